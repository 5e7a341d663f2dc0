#!/usr/bin/python3
"""OpenDKIM on the gateways, behind nearpost-agent, set up as contrib/postfix tells
an admin: it signs the advert, not the stub, and the recipient can verify it."""

import base64
import hashlib
import re
import shutil
import subprocess
import time
from pathlib import Path as File

from nptest import TOP_SRC, Tap, need, wait_for
from path import Path

EXAMPLE = File(TOP_SRC, "contrib/postfix")
DOMAIN = "shop.example"
TOPOLOGY = f"""
initiator ini uplink_mbit=100 domain={DOMAIN}
gateway lon uplink_mbit=200
gateway nyc uplink_mbit=200
site one.test
site two.test
txt {DOMAIN} v=spf1 a:lon.gw.test a:nyc.gw.test -all
default_rtt 150
rtt ini lon 6
rtt ini nyc 20
rtt lon one.test 4
rtt nyc two.test 4
"""
GATEWAYS = ["lon", "nyc"]
SIGNED = {"from", "to", "subject", "date", "message-id", "mime-version",
          "content-type", "reply-to", "list-id", "list-unsubscribe",
          "list-unsubscribe-post"}
STUB = """\
From: Somebody <offers@shop.example>
To: %s
Subject: {{first_name}}, look
Date: Tue, 24 Nov 2026 12:00:00 +0000
Message-ID: <1@shop.example>
Nearpost-Campaign: spring-2026

first_name: Ada
"""


def make_key(path, selector):
    """A private key for that selector; the option that has its other half in
    the DNS."""
    keys = File(path.dir, "keys")
    keys.mkdir(exist_ok=True)
    subprocess.run(["opendkim-genkey", "-D", keys, "-d", DOMAIN, "-s", selector,
                    "-b", "2048"], check=True, timeout=60)
    shutil.chown(keys / f"{selector}.private", "opendkim")
    text = (keys / f"{selector}.txt").read_text()
    return "txt %s._domainkey.%s %s\n" % (
        selector, DOMAIN, "".join(re.findall(r'"([^"]*)"', text)))


def main_cf():
    """The example's lines for main.cf."""
    text = (EXAMPLE / "main.cf.dkim").read_text()
    return re.findall(r"(?m)^(\w+) = (.*)$", text)


def opendkim_conf(path, gateway, initiator=None):
    """The example's opendkim.conf, with what an admin has to fill in."""
    text = (EXAMPLE / "opendkim.conf").read_text()
    initiator = initiator or path.lab("exec", gateway, "getent", "hosts",
                                      "ini.test").stdout.split()[0]
    for old, new in (("gw1", gateway), ("192.0.2.10", initiator)):
        if old not in text:
            raise AssertionError(f"opendkim.conf of contrib has no {old}")
        text = text.replace(old, new)
    conf = File(path.dir, f"{gateway}.opendkim.conf")
    conf.write_text(text)
    return conf


# In a mount namespace of its own, as every program of the lab: the real /etc and
# /run stay as they are.
START = """
mount --bind "$1" /etc/opendkim.conf &&
mount --bind "$2" /etc/dkimkeys &&
mount -t tmpfs -o mode=0755 none /run/opendkim &&
chown opendkim /run/opendkim && exec opendkim -f
"""


def start_signer(path, gateway, initiator=None):
    signer = path.lab_background("exec", gateway, "sh", "-c", START, "sh",
                                 opendkim_conf(path, gateway, initiator),
                                 path.dir + "/keys")
    if not wait_for(lambda: path.lab("exec", gateway, "ss", "-Hltn",
                                     "sport = :8891").stdout, 30, 0.2):
        signer.kill()
        raise AssertionError(f"opendkim on {gateway} does not listen: "
                             + signer.communicate()[0])
    return signer


def stop_signer(signer):
    signer.kill()
    signer.wait()


def verify(path, message):
    """'' or what a verifier that finds the key in the DNS has against it."""
    done = path.lab("exec", "ini", "opendkim-testmsg", check=False,
                    text=message.replace(b"\r\n", b"\n").decode("ascii"))
    if done.returncode == 0 and not done.stderr:
        return ""
    return done.stderr.strip() or "status %d" % done.returncode


def sign(path, message, selector):
    """As the sender's own system may have done before."""
    done = path.lab("exec", "ini", "opendkim-testmsg", "-d", DOMAIN, "-s",
                    selector, "-k", f"{path.dir}/keys/{selector}.private",
                    text=message)
    return done.stdout


def signatures(message):
    """[{tag: value}] of the DKIM-Signature fields."""
    head = message.partition(b"\r\n\r\n")[0].decode("ascii")
    fields = re.findall(r"(?mi)^DKIM-Signature:([^\r]*(?:\r\n[ \t][^\r]*)*)",
                        head)
    return [dict(re.sub(r"\s", "", tag).split("=", 1)
                 for tag in field.split(";") if tag.strip())
            for field in fields]


def body_hash(message):
    """RFC 6376, simple."""
    body = message.partition(b"\r\n\r\n")[2].rstrip(b"\r\n") + b"\r\n"
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def altered(message, at):
    """One letter or digit at or after this place is another."""
    while not message[at:at + 1].isalnum():
        at += 1
    other = b"x" if message[at:at + 1] != b"x" else b"y"
    return message[:at] + other + message[at + 1:]


def tampered(message):
    """(what, message), each of which no verifier may take."""
    body = message.index(b"\r\n\r\n") + 4
    boundary = re.search(rb'boundary="([^"]+)"', message)[1]
    last = message.rindex(b"--" + boundary) - 80
    for what, at in (("the first line of the body", body),
                     ("the middle of the body", (body + len(message)) // 2),
                     ("the last attachment", last)):
        yield what, altered(message, at)
    for name in ("Subject", "To", "List-Unsubscribe-Post", "Content-Type"):
        at = message.index(b"\r\n%s:" % name.encode()) + len(name) + 4
        yield name, altered(message, at)
    yield "a line more", message + b"more\r\n"


def order(tap, path):
    """What nearpostctl print master made of the example's main.cf."""
    for gateway in GATEWAYS:
        out = path.lab("exec", gateway, "postconf", "-P",
                       "25/inet/smtpd_milters").stdout
        tap.ok(re.search(r"= unix:\S+/agent\.sock, inet:127\.0\.0\.1:8891$",
                         out.strip()),
               f"{gateway}: nearpost-agent is asked first, then OpenDKIM", out)


def one_advert(tap, path, rcpt, gateway, copies, what):
    """Waits for it; it came once, through that gateway, signed by it."""
    waited = path.wait(copies)
    got = path.collect().get(rcpt, [])
    tap.equal([c.gateway for c in got], [gateway], f"{what}: one advert, by "
              + gateway) or tap.note(waited.stderr)
    for c in got:
        found = signatures(c.raw)
        tap.equal([(s["d"], s["s"]) for s in found], [(DOMAIN, gateway)],
                  f"{what}: one signature, this gateway's")
        tap.equal(verify(path, c.raw), "", f"{what}: it verifies")
        tap.equal(c.leak(), "", f"{what}: nothing leaks")
    return got[0]


def covers_the_advert(tap, path, rcpt, gateway, copies):
    stub = sign(path, STUB % rcpt, "ini")
    tap.equal(verify(path, stub.replace("\n", "\r\n").encode()), "",
              "the sender has signed the stub")
    path.submit(stub, [rcpt])
    copy = one_advert(tap, path, rcpt, gateway, copies, f"to {rcpt}")
    tags = signatures(copy.raw)[0]
    tap.equal(tags["bh"], body_hash(copy.raw), "bh is the hash of the whole body "
              "that arrived")
    tap.ok(len(copy.raw) > 1000000 and "l" not in tags,
           "which is the advert's, with no limit of length", tags)
    signed = tags["h"].lower().split(":")
    missing = SIGNED - set(signed)
    tap.ok(not missing, "the fields that matter are signed", missing, signed)
    tap.equal([signed.count(n) for n in ("from", "to", "subject")], [2, 2, 2],
              "and nobody can add a second one")
    return copy


def nothing_else_verifies(tap, path, copy):
    for what, message in tampered(copy.raw):
        said = verify(path, message)
        tap.ok("Bad signature" in said, f"altered, {what}: refused", said)
    bare = re.sub(rb"(?m)^DKIM-Signature:.*\r\n([ \t].*\r\n)*", b"", copy.raw)
    said = verify(path, bare)
    tap.ok("No signature" in said, "the verifier asks for a signature", said)


def doctor(tap, path, signers):
    """nearpostctl doctor asks OpenDKIM itself, as the initiator's mail would."""
    def look(what, want, also=()):
        rows = path.lab("ctl", "lon", "doctor", check=False).stdout.splitlines()
        wrong = [r for r in rows if r.startswith(("  warn", "  FAIL"))]
        mine = [r for r in rows if "DKIM for" in r]
        tap.ok(len(mine) == 1 and re.search(want, mine[0]) and
               [r for r in wrong if r not in mine] ==
               [r for r in rows if any(re.search(a, r) for a in also)], what,
               *mine, *wrong)
    look("doctor sees that it signs",
         f"ok    DKIM for {DOMAIN} .*8891 signs what comes from 10")
    stop_signer(signers["lon"])
    other = ["warn  2525, a stub .*puts everything off: 451"]  # mail waits there too
    look("doctor sees that it is down",
         "FAIL  DKIM for .*Connection refused; every advert waits", also=other)
    milters = "25/inet/smtpd_milters"
    kept = path.lab("exec", "lon", "postconf", "-Ph", milters).stdout.strip()
    path.lab("exec", "lon", "postconf", "-e", "adverts_milters=" + re.sub(
        r"(inet:\S+)$", r"{ \1, connect_timeout=2s, default_action=accept }", kept))
    path.lab("exec", "lon", "postconf", "-P", milters + "=$adverts_milters")
    look("doctor sees that adverts leave without it",
         "FAIL  DKIM for .*Connection refused; every advert leaves without it",
         also=other)
    path.lab("exec", "lon", "postconf", "-P", milters + "=" + kept.replace(", ", ","))
    signers["lon"] = start_signer(path, "lon", "192.0.2.77")
    look("doctor sees that it verifies the initiator's mail and signs nothing",
         "warn  DKIM for .*InternalHosts: add 10[0-9.]* there")
    stop_signer(signers["lon"])
    signers["lon"] = start_signer(path, "lon")
    look("doctor sees that it is mended", "ok    DKIM for")


def without_signer(tap, path, signers):
    """An advert that cannot be signed goes by another gateway, or waits."""
    stop_signer(signers["lon"])
    path.submit(STUB % "b@one.test", ["b@one.test"])
    one_advert(tap, path, "b@one.test", "nyc", 3, "OpenDKIM of lon is down")
    stop_signer(signers["nyc"])
    path.submit(STUB % "c@two.test", ["c@two.test"])
    tap.ok(wait_for(lambda: re.search(
        r"to=<c@two\.test\..*status=deferred",
        path.log("ini", "../postfix/log/mail.log")), 60),
        "both are down: it waits")
    time.sleep(1)
    tap.ok("c@two.test" not in path.collect(), "and nothing leaves unsigned")
    for gateway in GATEWAYS:
        start_signer(path, gateway)
    path.lab("exec", "ini", "postqueue", "-f")
    waited = path.wait(4)
    got = path.collect().get("c@two.test", [])
    tap.ok(len(got) == 1 and not verify(path, got[0].raw),
           "they are back: one advert, signed", got, waited.stderr)


def main():
    need("opendkim", "opendkim-genkey", "opendkim-testmsg", "ss")
    path = Path(TOPOLOGY, options=["postfix.%s=%s" % line for line in main_cf()])
    for selector in [*GATEWAYS, "ini"]:
        path.topology += make_key(path, selector)
    # opendkim-testmsg signs with sha1 and cannot be told otherwise.
    path.topology = re.sub(r"(?m)^(txt ini\..*)h=sha256; ", r"\1", path.topology)
    with Tap() as tap, path:
        order(tap, path)
        signers = {g: start_signer(path, g) for g in GATEWAYS}
        doctor(tap, path, signers)
        missing = path.measured(["a@one.test", "a@two.test"])
        tap.ok(not missing, "the gateways have measured the sites", *missing)
        copy = covers_the_advert(tap, path, "a@one.test", "lon", 1)
        nothing_else_verifies(tap, path, copy)
        # A server that takes 7 bits only: what were encoded anew on the way to it
        # would spoil the signature.
        path.set_main("nyc", "smtp_discard_ehlo_keywords=8bitmime,smtputf8")
        copy = covers_the_advert(tap, path, "a@two.test", "nyc", 2)
        tap.ok("8BITMIME" not in copy.facts["mail_args"],
               "also where only 7 bits pass", copy.facts)
        without_signer(tap, path, signers)


if __name__ == "__main__":
    main()
