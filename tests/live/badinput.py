#!/usr/bin/python3
"""Bad input, on the whole path: each gets an answer that says what to mend, nothing of
it arrives, and a good stub right after it does."""

# What no test here looks at has one of its own:
#   Redis or policyd accepting and silent          silent.py
#   200 stubs while Redis or policyd is killed     kill_redis.py, kill_policyd.py
#   malformed requests, octet by octet             policyd.py, unit test_policy
#   a set of another signer; files of other sizes  policyd.py, unit test_manifest
#   tickets under other clocks; pending tickets    agent.py
#   what doctor says of a damaged set              doctor.py
#   who may send stubs; headers that are forged    milter.py

import base64
import os
import re
import shutil
import socket
import time
from pathlib import Path as File

from nptest import Tap, wait_for
from path import Path
from nphouse import RELAY, House, crlf, flip, ranked, stub
from nplab import product
from nplab.collect import directory_name

LONG_DOMAIN = ".".join(["d" * 58] * 4) + ".test"
TOPOLOGY = """
initiator ini uplink_mbit=100 domain=shop.test
gateway lon uplink_mbit=200
gateway nyc uplink_mbit=200
site one.test domains=one.test,xn--bcher-kva.test,LONG
default_rtt 20
rtt lon one.test 4
""".replace("LONG", LONG_DOMAIN)
CSV = """email,first_name,lang,city
listed@one.test,Listed,en,Cork
gone@one.test,Gone,en,Cork
here@one.test,Herta,en,Cork
nobody@one.test,,en,Cork
"""
WEEK_MS = 7 * 24 * 3600 * 1000


def tickets(h):
    rcpt = h.fresh("ticket")
    good = h.mkstub(rcpt)
    now = int(time.time() * 1000)
    expired = h.mkstub(rcpt, requested_ms=now - 2 * WEEK_MS, expires_ms=now - WEEK_MS)
    for name, data, rcpts, code, words in (
            ("a forged ticket", flip(good, b"b=", 4), [ranked(rcpt)], "550 5.7.1",
             ["signature is wrong"]),
            ("a forged recipient", flip(good, b"r=", 4), [ranked(rcpt)], "550 5.7.1",
             ["ticket"]),
            ("altered variables", good.replace(b"Ada", b"Eve"), [ranked(rcpt)],
             "550 5.7.1", ["altered after it was signed"]),
            ("an expired ticket", expired, [ranked(rcpt)], "550 5.7.1", ["expired"]),
            ("a ticket for another recipient", good, [ranked(h.fresh("other"))],
             "550 5.7.1", ["no ticket for this recipient"]),
            ("two recipients at the gateway", good,
             [ranked(rcpt), ranked(h.fresh("other"))], "451 4.7.1", ["one recipient"]),
            ("no ticket", stub(), [ranked(rcpt)], "550 5.7.1", ["ticket"]),
            ("a recipient outside the relay domain", good, [rcpt], "554 5.7.1",
             ["only stubs for ." + RELAY])):
        h.answers(name, h.to_gateway(data, *rcpts), code, "nearpost: ", *words)
    reply = h.to_gateway(good, ranked(rcpt))
    h.expected[rcpt] = "Ada, spring"
    h.tap.ok(reply.code == 250, "the true stub is taken after all that", reply)
    replayed(h, rcpt, good)
    for name, data in (("a campaign", stub()), ("a ticket", good.replace(
            b"Nearpost-Campaign: spring-2026\r\n", b""))):
        c = h.path.client("lon", h.state.top.plain_port(h.state.top.hosts["lon"]))
        c.ehlo()
        reply = c.mail("a@lon.gw.test", [h.fresh("other")], data)
        c.close()
        h.answers("%s on a gateway's ordinary mail" % name, reply, "550 5.7.1",
                  "nearpost: ", "only from an initiator")


def replayed(h, rcpt, data):
    ticket = re.search(rb"i=([0-9a-f]{32})", data).group(1).decode()
    h.tap.ok(wait_for(lambda: "ticket=%s status=sent" % ticket in
                      h.path.log("lon", "agent.log"), 30), "it is delivered")
    replies = [h.to_gateway(data, ranked(rcpt)).code for _ in range(2)]
    h.tap.equal(replies, [250, 250], "a replayed ticket: taken and thrown away")
    h.tap.ok("ticket=%s repeated" % ticket in h.path.log("lon", "agent.log"),
             "the log says so")


def refused_stubs(h):
    b64 = "Content-Transfer-Encoding: base64"
    kind = "Content-Type: text/plain; charset=utf-8"

    def encoded(text):
        return stub(base64.encodebytes(text).decode(), "MIME-Version: 1.0", kind, b64)

    rcpt = h.fresh("bad")
    for name, data, rcpts, code, words in (
            ("an unknown campaign", stub(campaign="autumn"), [rcpt], "550 5.6.0",
             ['no campaign "autumn"', "jazz-night, spring-2026"]),
            ("an unknown creative", stub("first_name: A\n", "Nearpost-Creative: nix"),
             [rcpt], "550 5.6.0", ['no creative "nix"', "hero-de"]),
            ("a missing variable", stub("lang: en\n"), [rcpt], "550 5.6.0",
             ['"first_name" is required', "the stub nor the recipient's record", rcpt]),
            ("an empty body, and no record", stub(""), [rcpt], "550 5.6.0",
             ['"first_name" is required']),
            ("NUL in a variable", stub("lang: en\nfirst_name: A\0B\n"), [rcpt],
             "550 5.6.0", ["line 2", "control character"]),
            ("CR in base64", encoded(b"first_name: A\rX: y\n"), [rcpt], "550 5.6.0",
             ["control character"]),
            ("NUL in base64", encoded(b"first_name: A\0\n"), [rcpt], "550 5.6.0",
             ["control character"]),
            ("LF in a variable", encoded(b"first_name: A\nX-Header y\n"), [rcpt],
             "550 5.6.0", ["line 2", "name: value"]),
            ("a line of 999 octets", stub("first_name: Ada\nnote: " + "n" * 993 + "\n"),
             [rcpt], "550 5.6.0", ["line 2", "998"]),
            ("a domain literal", stub(), ["x@[192.0.2.9]"], "550 5.1.3", ["literal"]),
            ("a domain of 240 octets", stub(), ["x@" + LONG_DOMAIN], "550 5.1.3",
             ["too long"]),
            ("a domain that there is not", stub(), ["x@nowhere.test"], "550 5.1.2",
             ["nowhere.test does not exist"]),
            ("a stub of 1 MB", stub("note: " + "n" * 70 + "\nx: y" * 200000 + "\n"),
             [rcpt], "552 5.3.4", ["262144 octets", "asset set"]),
            ("HTML alone", stub("<p>first_name: A</p>\n", "MIME-Version: 1.0",
                                "Content-Type: text/html"), [rcpt], "550 5.6.0",
             ["plain text", "multipart/alternative"]),
            ("21 recipients", stub(), ["crowd%d@one.test" % n for n in range(21)],
             "550 5.5.3", ["21 recipients", "may have 20"])):
        h.answers(name, h.send(data, *rcpts), code, "nearpost: ", *words)
    h.answers("UTF-8 without SMTPUTF8", h.send(stub(), "jürgen@one.test"),
              "553 5.6.7", "SMTPUTF8")
    for port, word in ((product.STUB_PORT, "from outside"), (25, "from outside")):
        for address in (ranked(rcpt), ranked(rcpt, "lon-nyc.split").upper(), "x@" + RELAY):
            h.answers("the relay domain from outside, port %d" % port,
                      h.send(stub(), address, port=port), "550 5.7.1", "nearpost: ", word)
    h.answers("a stub to another service", h.send(stub(), rcpt, port=25), "550 5.7.1",
              "nearpost: send campaigns to the stub service (587)")
    h.answers("a stub to 20, one of them without a name",
              h.send(stub("lang: en\n"), "here@one.test", "nobody@one.test"),
              "550 5.6.0", "nobody@one.test", "first_name")


OUTLOOK = """\
Thread-Index: AdwAAAAA1234567890==
X-Mailer: Microsoft Outlook 16.0
Content-Language: de
X-MS-Has-Attach:
MIME-Version: 1.0
Content-Type: multipart/related;
	boundary="----=_NextPart_000_0001_01DC5D3A.7A6B1C20";
	type="multipart/alternative"

This is a multipart message in MIME format.

------=_NextPart_000_0001_01DC5D3A.7A6B1C20
Content-Type: multipart/alternative;
	boundary="----=_NextPart_001_0002_01DC5D3A.7A6B1C20"


------=_NextPart_001_0002_01DC5D3A.7A6B1C20
Content-Type: text/plain;
	charset="windows-1252"
Content-Transfer-Encoding: quoted-printable

first_name:=A0Ren=E9e =96 d=92=
Arc

=A0

lang: en

=A0


------=_NextPart_001_0002_01DC5D3A.7A6B1C20
Content-Type: text/html;
	charset="windows-1252"
Content-Transfer-Encoding: quoted-printable

<html xmlns:o=3D"urn:schemas-microsoft-com:office:office"><body lang=3DDE>
<p class=3DMsoNormal>first_name: Ren=E9e<o:p></o:p></p></body></html>
------=_NextPart_001_0002_01DC5D3A.7A6B1C20--

------=_NextPart_000_0001_01DC5D3A.7A6B1C20--
"""
THUNDERBIRD = f"""\
User-Agent: Mozilla Thunderbird
Content-Language: en-GB
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="------------yJ0zC1k2mQ3pXwYV9d0oZt8r"

This is a multi-part message in MIME format.
--------------yJ0zC1k2mQ3pXwYV9d0oZt8r
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: 8bit

first_name: Zo\u00eb Maria van der{" "}
Berg
lang: en

--{" "}
Offers, shop.test

--------------yJ0zC1k2mQ3pXwYV9d0oZt8r
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: 8bit

<!DOCTYPE html><html><body><p>first_name: Zo\u00eb</p></body></html>
--------------yJ0zC1k2mQ3pXwYV9d0oZt8r--
"""
GMAIL = """\
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="000000000000a1b2c30642f1d2e3"

--000000000000a1b2c30642f1d2e3
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: base64

%s
--000000000000a1b2c30642f1d2e3
Content-Type: text/html; charset="UTF-8"
Content-Transfer-Encoding: base64

%s
--000000000000a1b2c30642f1d2e3--
""" % (base64.encodebytes("first_name: \u0141ukasz\r\nlang: en\r\n".encode()).decode(),
       base64.encodebytes(b"<div dir=\"ltr\">first_name: x</div>\r\n").decode())
APPLE = """\
X-Mailer: Apple Mail (2.3826.200.121)
Mime-Version: 1.0 (Mac OS X Mail 16.0)
Content-Type: multipart/alternative;
	boundary="Apple-Mail=_5D1C7F3A-0B1E-4E0F-9C55-1B6E3D2A4F60"


--Apple-Mail=_5D1C7F3A-0B1E-4E0F-9C55-1B6E3D2A4F60
Content-Transfer-Encoding: quoted-printable
Content-Type: text/plain;
	charset=utf-8

first_name: Bj=C3=B6rk=20
lang: en

--Apple-Mail=_5D1C7F3A-0B1E-4E0F-9C55-1B6E3D2A4F60
Content-Transfer-Encoding: 7bit
Content-Type: text/html;
	charset=us-ascii

<html><body>first_name: x</body></html>
--Apple-Mail=_5D1C7F3A-0B1E-4E0F-9C55-1B6E3D2A4F60--
"""


def taken_stubs(h):
    """What looks odd, and is good."""
    def of_client(text):
        return crlf("From: Offers <offers@shop.test>\nTo: x@one.test\n"
                    "Nearpost-Campaign: spring-2026\nNearpost-Creative: hero-en\n" + text)

    for name, text, says in (
            ("HTML mail from Outlook", OUTLOOK, "Ren\u00e9e \u2013 d\u2019Arc, spring"),
            ("HTML mail from Thunderbird", THUNDERBIRD,
             "Zo\u00eb Maria van der Berg, spring"),
            ("HTML mail from Gmail", GMAIL, "\u0141ukasz, spring"),
            ("HTML mail from Apple Mail", APPLE, "Bj\u00f6rk, spring")):
        h.takes(name, of_client(text), h.fresh("client"), says)
    h.takes("CR alone, which Postfix makes a blank", stub("first_name: A\rBcc: x\n"),
            h.fresh("cr"), "A Bcc: x, spring")
    h.takes("a line of 998 octets", stub("first_name: " + "n" * 986 + "\n"),
            h.fresh("long"), "n" * 986)
    h.takes("a quoted local part", stub(), '"a b@c.d\\"e"@one.test')
    h.takes("a UTF-8 local part", stub(), "j\u00fcrgen@one.test", mail_args="SMTPUTF8")
    h.takes("an IDN recipient", stub(), "x@b\u00fccher.test", mail_args="SMTPUTF8")
    h.expected["x@xn--bcher-kva.test"] = h.expected.pop("x@b\u00fccher.test")
    h.takes("an IDN recipient in A-labels", stub(), "y@xn--bcher-kva.test")
    h.takes("an empty body, with a record", stub(""), "listed@one.test", "Listed, spring")
    h.path.lab("ctl", "suppress", "add", "gone@one.test", "--reason", "complaint")
    reply = h.send(stub(), "gone@one.test", "stranger@one.test", "here@one.test")
    h.tap.ok(reply.code == 250, "one suppressed, one in no list, one listed: taken", reply)
    h.expected.update({"stranger@one.test": "Ada, spring", "here@one.test": "Ada, spring"})
    h.tap.ok(re.search("stub=suppressed .*recipient=gone@one.test reason=\"complaint",
                       h.path.log("ini", "milter.log")), "the log says who gets none, and why")
    reply = h.send(stub(), *["twenty%d@one.test" % n for n in range(20)])
    h.tap.ok(reply.code == 250, "20 recipients are taken", reply)
    h.expected.update(("twenty%d@one.test" % n, "Ada, spring") for n in range(20))


def bad_records(h):
    """A line break inside a field of the recipients' file."""
    done = h.path.lab("ctl", "recipients", "import", "-", check=False, text=(
        'email,first_name\nbreak@one.test,"Eve\r\nBcc: x@y.test"\nfine@one.test,Fine\n'))
    h.tap.ok(done.returncode != 0 and "line 2: " in done.stderr and
             "first_name" in done.stderr, "CR and LF in a record: refused, with its line",
             done.returncode, done.stderr, done.stdout)
    h.takes("the next line's recipient", stub(""), "fine@one.test", "Fine, spring")
    h.answers("the refused one has no name", h.send(stub(""), "break@one.test"),
              "550 5.6.0", "first_name")


def spoil_missing(assets):
    (assets / "spring-2026/hero-en/hero.jpg").unlink()


def spoil_digest(assets):
    path = assets / "spring-2026/hero-en/hero.jpg"
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)


def spoil_signature(assets):
    path = assets / "MANIFEST.sig"
    path.write_bytes(flip(path.read_bytes(), b" ", 10))


def bad_assets(h):
    """At a gateway that starts with such a set, and at one that reloads it."""
    assets, kept = product.directory(h.state, "lon") / "assets", h.state.dir / "kept"
    shutil.copytree(assets, kept)
    for name, spoil, says in (
            ("an asset missing", spoil_missing, "hero.jpg"),
            ("an asset with a wrong digest", spoil_digest, "hero.jpg"),
            ("a manifest with a wrong signature", spoil_signature, "MANIFEST.sig")):
        spoil(assets)
        seen = len(h.path.log("lon", "agent.log"))
        h.reload("agent", "lon")
        h.tap.ok(wait_for(lambda: says in h.path.log("lon", "agent.log")[seen:], 10),
                 name + ": the log names it", h.path.log("lon", "agent.log")[seen:])
        rcpt = h.fresh("held")
        reply = h.to_gateway(h.mkstub(rcpt), ranked(rcpt))
        h.tap.ok(reply.code == 250, "the set that was loaded goes on", reply)
        h.expected[rcpt] = "Ada, spring"
        h.restart("agent", "lon")
        rcpt = h.fresh("other")
        reply = h.to_gateway(h.mkstub(rcpt), ranked(rcpt))
        h.answers(name + ", from the start", reply, "451 4.7.1",
                  "nearpost: ", "does not hold the asset set")
        shutil.rmtree(assets)
        shutil.copytree(kept, assets)
        h.reload("agent", "lon")
        h.serving()


def bad_manifest_at_home(h):
    assets = product.directory(h.state, "ini") / "assets"
    sig = assets / "MANIFEST.sig"
    whole = sig.read_bytes()
    spoil_signature(assets)
    seen = len(h.path.log("ini", "policyd.log"))
    h.reload("policyd", "ini")
    h.tap.ok(wait_for(lambda: "MANIFEST.sig" in h.path.log("ini", "policyd.log")[seen:], 10),
             "a wrong signature at the initiator: policyd's log names it",
             h.path.log("ini", "policyd.log")[seen:])
    h.tap.ok(not h.good(), "and the set that was loaded goes on")
    h.restart("policyd", "ini")
    reply = wait_for(lambda: (r := h.send(stub(), "nobody@one.test")) and
                     "MANIFEST.sig" in r.text and r, 15, 0.5)
    h.tap.ok(reply and reply.code == 451, "from the start: stubs wait, and hear why",
             h.path.log("ini", "policyd.log")[-2000:])
    h.tap.note(reply.text if reply else "")
    sig.write_bytes(whole)
    h.restart("policyd", "ini")
    h.serving()
    h.tap.ok(wait_for(lambda: not h.good(), 20, 0.5), "with the true one they go out")


def malformed_requests(h):
    path = str(product.socket_path(h.state, "ini", "policyd"))
    for data in (b"nonsense\n\n", b"request=nearpost_what\n\n", b"\0\0\n\n",
                 b"request=nearpost_select\nrecipient=" + b"x" * 100000 + b"\n\n",
                 b"a=b\n" * 5000 + b"\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\n\n"):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(path)
            try:
                s.sendall(data)
                answer = s.recv(1000)
            except ConnectionError:
                answer = b""
            bad = h.good()
        h.tap.ok(answer == b"" and not bad, "a malformed policy request: hung up on, "
                 "and stubs go on (%r)" % data[:20], answer, bad)


def look_at_all(h):
    """Everything that was taken has arrived once, and nothing else has."""
    h.path.wait(len(h.expected), 60)
    got = h.path.collect()
    h.expected = {directory_name(r): says for r, says in h.expected.items()}
    lost = sorted(set(h.expected) - set(got))
    more = {r: len(c) for r, c in got.items() if len(c) != 1}
    strange = sorted(set(got) - set(h.expected))
    leaks = {r: c.leak() for r, cs in got.items() for c in cs if c.leak()}
    h.tap.ok(not lost, "of %d adverts none is lost" % len(h.expected), lost)
    h.tap.ok(not more, "none is sent twice", more)
    h.tap.ok(not strange, "nothing came of what was refused", strange)
    h.tap.ok(not leaks, "no stub leaks", leaks)
    wrong = {r: got[r][0].parsed()["Subject"] for r, says in h.expected.items()
             if r in got and says not in got[r][0].parsed()["Subject"]}
    h.tap.ok(not wrong, "each has the variables of its stub", wrong)
    back = h.path.returned()
    h.tap.ok(not back, "no sender gets a bounce for what was taken", *back)


def main():
    with Tap() as tap:
        csv = File("/tmp/np.badinput.%d.csv" % os.getpid())
        csv.write_text(CSV, encoding="utf-8")
        try:
            with Path(TOPOLOGY, ["lab.recipients=%s" % csv]) as path:
                h = House(tap, path)
                for step in (tickets, refused_stubs, taken_stubs, bad_records, bad_assets,
                             bad_manifest_at_home, malformed_requests):
                    step(h)
                look_at_all(h)
        finally:
            csv.unlink()


if __name__ == "__main__":
    main()
