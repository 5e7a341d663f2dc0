#!/usr/bin/python3
"""A Sendmail initiator, real, with two Postfix gateways and a Sendmail one."""

import base64
import re
import subprocess
import sys

from nptest import Tap, need, wait_for
from path import Path, people
from nplab import sendmail
from nplab.fault import Fault

FLEET = """
initiator ini uplink_mbit=100 mta=sendmail
gateway lon uplink_mbit=200
gateway nyc uplink_mbit=200
gateway tyo uplink_mbit=200 mta=sendmail
site one.test domains=one.test,uno.test
site two.test
site three.test
site four.test
site five.test domains=five.test,cinco.test
default_rtt 60
rtt ini lon 6
rtt lon one.test 4
rtt nyc three.test 4
rtt tyo four.test 4
"""
HEAD = (b"From: =?utf-8?q?J=C3=BCrgen?= <offers@shop.test>\r\n"
        b"To: x@one.test\r\nSubject:no blank, and\r\n"
        b"  folded\r\nDate: Thu, 26 Nov 2026 05:00:00 +0000\r\n"
        b"Message-ID: <%d@shop.test>\r\nX-Odd:   three blanks  \r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n")
BODY = (b"\r\n.\r\n..dots\r\nJ\xc3\xbcrgen  \r\n" + b"x" * 900 + b"\r\n"
        b"\ttab and blank \r\n\r\n")
STUB = (b"From: <offers@shop.test>\r\nTo: x@one.test\r\n"
        b"Nearpost-Campaign: spring-2026\r\n\r\nfirst_name: Ada\r\n")
MILTER = re.compile(r"stub=relayed .*recipient=(\S+) gateways=([a-z,]+)")


def stub(extra=b"", body=b""):
    head, _, rest = STUB.partition(b"\r\n\r\n")
    return head + extra + b"\r\n\r\n" + rest + body


def chosen(path):
    """{recipient: [gateways]} by the milter's log."""
    return {r: g.split(",") for r, g in
            MILTER.findall(path.log("ini", "milter.log"))}


def mail_log(path):
    return sendmail.log_path(path.state(), "ini").read_text(errors="replace")


def test_stubs(tap, path):
    rcpts = people(21, "one")
    path.send(rcpts)
    grouped = people(7, "three")
    path.send(grouped, words=["--group", "7"])
    got = path.exactly_one(tap, rcpts + grouped, "stubs: ")
    choice = chosen(path)
    second = ["%s by %s, not %s" % (r, got[r][0].gateway, choice[r])
              for r in rcpts + grouped if r in got
              and got[r][0].gateway != choice[r][0]]
    # On a busy machine a gateway may say 451 once; then it is the next one.
    tap.ok(len(second) <= 2 and all(
        got[r][0].gateway in choice[r] for r in rcpts + grouped if r in got),
           "each by the gateway that was chosen for it, or the next", *second)
    used = {got[r][0].gateway for r in rcpts if r in got}
    tap.equal(used, {"lon", "nyc", "tyo"}, "and every gateway was")
    bad = ["%s: %s" % (r, got[r][0].facts.get("rcpt_args")) for r in rcpts
           if r in got and "ORCPT=rfc822;" + r
           not in got[r][0].facts.get("rcpt_args", "")]
    tap.ok(not bad, "with the recipient's own address as ORCPT", *bad)
    return rcpts + grouped


def test_wishes(tap, path):
    """NOTIFY and RET, odd addresses, and lines as long as mail has them."""
    want = "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Dsn+2Bx@one.test"
    reply = path.say("ini", 587, [("dsn+x@one.test", want)], stub(),
                     mail_args="RET=HDRS ENVID=e1")
    tap.ok(reply.code == 250, "a stub with wishes is taken", reply)
    long = b"note: " + b"c" * 992
    tap.equal(len(long), 998, "a line as long as it may be")
    reply = path.say("ini", 587, ["long@two.test"], stub(body=long + b"\r\n"))
    tap.ok(reply.code == 250, "a stub with it is taken", reply)
    odd = ['"a b"@one.test', "o'hara+x@two.test", "UPPER@Two.Test"]
    for rcpt in odd:
        reply = path.say("ini", 587, [rcpt], stub())
        tap.ok(reply.code == 250, "a stub to %s is taken" % rcpt, reply)
    rcpts = ["dsn+x@one.test", "long@two.test", '"a b"@one.test',
             "o'hara+x@two.test", "UPPER@two.test"]
    got = path.exactly_one(tap, rcpts, "odd ones: ")
    args = got.get(rcpts[0]) and got[rcpts[0]][0].facts
    tap.ok(args and set(want.split()) == set(args["rcpt_args"].split())
           and "RET=HDRS" in args["mail_args"]
           and "ENVID=e1" in args["mail_args"],
           "NOTIFY, ORCPT, RET and ENVID arrive", args)
    return rcpts


LETTERS = []  # who got ordinary mail


def original(raw):
    """Without the one field that a mail server adds."""
    return re.sub(rb"\AReceived:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", b"", raw)


def test_ordinary(tap, path, n, port, what):
    sent = HEAD % n + b"\r\n" + BODY
    rcpt = "ordinary%d@one.test" % n
    LETTERS.append(rcpt)
    reply = path.say("ini", port, [rcpt], sent, mail_args="BODY=8BITMIME")
    tap.ok(reply.code == 250 and reply.seconds < 5, "%s is taken" % what, reply)
    copies = wait_for(lambda: path.arrived(rcpt), 30, 0.1) or []
    tap.ok(len(copies) == 1 and original(copies[0]["raw"]) == sent,
           "%s arrives once, octet for octet" % what,
           *(repr(original(c["raw"])) for c in copies), repr(sent))


def test_refusals(tap, path):
    campaign = path.say("ini", 25, ["x@one.test"], stub())
    tap.ok(campaign.code == 550 and "stub service (587)" in campaign.text,
           "a stub on another daemon: 550, and it names the right one",
           campaign)
    ranked = "x@one.test.lon.nearpost.internal"
    for port in (25, 587):
        reply = path.say("ini", port, [ranked], HEAD % 0 + b"\r\nx\r\n")
        tap.ok(reply.code == 550, "the relay domain from outside at %d" % port,
               reply)
    other = path.say("ini", 587, ["x@one.test"], stub(), path.address("ini"))
    tap.ok(other.code == 550 and "may not send campaigns" in other.text,
           "a client that is not listed: 550", other)
    crowd = path.say("ini", 587, people(21, "c"), stub())
    tap.ok(crowd.code == 550 and "21 recipients" in crowd.text,
           "too many recipients: 550", crowd)
    large = path.say("ini", 587, ["x@one.test"],
                     stub(body=b"note: x\r\n" * 32000))
    tap.ok(large.code == 552 and "octets" in large.text,
           "a body that is no stub's: 552", large)
    unknown = path.say("ini", 587, ["x@one.test"],
                       stub().replace(b"spring-2026", b"nix%d"))
    tap.ok(unknown.code == 550 and '"nix%d"' in unknown.text,
           "a campaign's name that is none: 550, and it is said as it came",
           unknown)
    LETTERS.append("forged@one.test")
    forged = path.say("ini", 587, ["forged@one.test"],
                      b"X-A: b\r\nnearpost-creative: x\r\nSubject: y\r\n\r\nz\r\n")
    copies = wait_for(lambda: path.arrived("forged@one.test"), 30, 0.1)
    tap.ok(forged.code == 250 and copies and b"X-A: b" in copies[0]["raw"]
           and b"nearpost-" not in copies[0]["raw"].lower(),
           "a forged field is taken out of ordinary mail", forged, copies)


def test_logins(tap, path):
    """Who may send stubs from an address that is nobody's."""
    address = path.state().top.hosts["ini"].address
    for login, code, text in ((None, 550, "log in, or have the postmaster"),
                              ("other", 550, "login other"), ("shop", 250, "")):
        client = path.client("ini", 587, address, 30)
        client.ehlo()
        if login:
            sendmail.add_login(path.state(), "ini", login, "geheim")
            words = "\0%s\0geheim" % login
            reply = client.say("AUTH PLAIN " + base64.b64encode(
                words.encode()).decode())
            tap.equal(reply.code, 235, "%s logs in" % login) or tap.note(reply.text)
        reply = client.mail("offers@shop.test", ["login@one.test"], stub())
        client.close()
        tap.ok(reply.code == code and text in reply.text,
               "a stub with login %s: %d" % (login, code), reply)
    path.exactly_one(tap, ["login@one.test"], "a login that may: ", letters=LETTERS)


def test_routes(tap, path):
    """Sendmail's own word for where an address goes, which asks no DNS."""
    asked = []
    for label in ("tyo-lon", "tyo-lon.split", "zzz-lon", "zzz.split"):
        asked.append("3,0 x@one.test.%s.nearpost.internal" % label)
    done = subprocess.run(
        sendmail.spaces.command(path.state(), "ini", sendmail.logged(
            path.state(), "ini", [
                sendmail.root() / sendmail.BINARY, "-bt",
                "-C%s/sendmail.cf" % sendmail.directory(path.state(), "ini")])),
        input="\n".join(asked) + "\n", capture_output=True, text=True,
        check=False, timeout=30, env=sendmail.spaces.environment())
    found = re.findall(r"parse +returns: \$# nearpost \$@ (.*?) \$:",
                       done.stdout)
    hosts = [f.replace(" ", "") for f in found]
    tap.equal(hosts[:2], ["[tyo.gw.test]:[lon.gw.test]:[nyc.gw.test]"] * 2,
              "a label's gateways in their order, then the others")
    tap.equal(hosts[2:], ["[lon.gw.test]:[nyc.gw.test]:[tyo.gw.test]"] * 2,
              "a label that the table lacks goes to any")
    if len(hosts) != 4:
        tap.note(done.stdout + done.stderr)


def test_stranger(tap, path):
    """A name in the mailertable that is no gateway of ours gets no stub."""
    table = path.state().host("ini") / "nearpost/mailertable"
    true = table.read_text()
    table.write_text(re.sub(r"\[lon\.gw\.test\]", "[mx1.two.test]", true))
    sendmail.makemap(table)
    path.send(["stranger@one.test"])
    tap.ok(wait_for(lambda: re.search(
        r"to=<stranger@one\.test\.lon\S*>.*stat=(Deferred: 454|Sent)",
        mail_log(path)), 20), "a stub of lon's is tried")
    table.write_text(true)
    sendmail.makemap(table)
    tap.ok(not path.arrived("stranger@one.test.lon.nearpost.internal")
           and not any("nearpost.internal" in c["rcpt"] for c in
                       path.arrivals.look()), "nobody else gets it")
    path.exactly_one(tap, ["stranger@one.test"], "with the true table again: ",
                     letters=LETTERS)


def test_milter_away(tap, path):
    path.lab("kill", "milter@ini")
    refused = path.say("ini", 587, ["away@one.test"], stub())
    tap.ok(refused.code // 100 == 4, "milter away: a stub waits", refused)
    test_ordinary(tap, path, 2, 25, "milter away: ordinary mail")
    later = path.send_background(["away@one.test"])
    path.lab("start", "milter@ini")
    later.communicate(timeout=60)
    path.exactly_one(tap, ["away@one.test"], "milter back: ",
                     letters=LETTERS)


def test_policyd_away(tap, path):
    path.lab("kill", "policyd@ini")
    refused = path.say("ini", 587, ["policy@two.test"], stub())
    tap.ok(refused.code == 451, "policyd away: 451 for a stub", refused)
    test_ordinary(tap, path, 3, 587, "policyd away: ordinary mail among stubs")
    later = path.send_background(["policy@two.test"])
    path.lab("start", "policyd@ini")
    later.communicate(timeout=90)
    path.exactly_one(tap, ["policy@two.test"], "policyd back: ",
                     letters=LETTERS)


def serving(path, n):
    def live():
        text = path.lab("ctl", "gateways", check=False).stdout
        return len(re.findall(r"(?m)^\w+ +live\b", text)) >= n
    return wait_for(live, 60, 0.5)


def test_gateway_away(tap, path):
    """Its queue is not asked for: it is dead before its agent is missed."""
    for what, words in (("postfix@lon", ["kill", "postfix@lon"]),
                        ("tyo's agent", ["kill", "agent@tyo"])):
        tap.ok(serving(path, 3), "%s: all gateways are live before" % what,
               path.lab("ctl", "gateways", check=False).stdout)
        site = "one.test" if "lon" in what else "four.test"
        rcpts = ["down%d@%s" % (i, site) for i in range(4)]
        path.lab(*words)
        path.send(rcpts)
        got = path.exactly_one(tap, rcpts, "without %s: " % what,
                               letters=LETTERS)
        dead = "lon" if "lon" in what else "tyo"
        by = {c.gateway for r in rcpts for c in got.get(r, [])}
        tap.ok(by and dead not in by, "without %s: the next gateway had them"
               % what, by)
        log = mail_log(path)
        tap.ok(not re.search(r"to=<down\d@%s\.%s.*stat=Deferred" % (
            site, dead), log), "in the same attempt", log[-3000:])
        path.lab("start", words[1])


def main():
    need("postfix", "dnsmasq", "redis-server", "ip", "m4")
    try:
        sendmail.root()
    except Fault as fault:
        print("1..0 # SKIP %s" % fault)
        sys.exit(0)
    with Tap() as tap, Path(FLEET, [
            'milter.clients={"127.0.0.0/8"}', 'milter.logins={"shop"}',
            "sendmail.confAUTH_MECHANISMS=PLAIN"]) as path:
        everybody = people(7, "m")
        test_routes(tap, path)
        bad = path.measured(everybody)
        tap.ok(not bad, "every gateway has measured every site", *bad[:2])
        path.sendmail_doctor(tap, "ini")
        test_stubs(tap, path)
        test_wishes(tap, path)
        test_ordinary(tap, path, 0, 25, "ordinary mail")
        test_ordinary(tap, path, 1, 587, "ordinary mail among stubs")
        test_refusals(tap, path)
        test_logins(tap, path)
        test_stranger(tap, path)
        test_milter_away(tap, path)
        test_policyd_away(tap, path)
        test_gateway_away(tap, path)
        if tap.failed:
            tap.note(mail_log(path)[-6000:])


main()
