#!/usr/bin/python3
"""Adverts, read by somebody else's parser: Python's email package, which keeps a
list of every defect it sees.  Structure, every file bit for bit, every text with
every kind of value in it, and the wire's own rules (CRLF, 998 octets).  TAP."""

import email
import email.policy
import os
import re
import shutil
import subprocess
import sys
import tempfile

import nptext
from npadvert import one_line, parse, text_of, tree, wire_faults
from nptext import TOP_SRC, ok

DUMP = os.path.join(nptext.TOP_BUILD, "tests/unit/advert_dump")

CONF = """
subject = "{{name}}, spring"
from = "\\"Jürgen & Söhne, Shop\\" <offers@shop.example>"
reply_to = "Hello <hello@shop.example>"
list_unsubscribe = {"https://shop.example/u?c={{name}}", "mailto:u@shop.example"}
list_id = "Frühling, the letter <spring.shop.example>"
creative "full" {
    html = "body.html" text = "body.txt"
    inline = {"a.png", "small.gif"}
    attach = {"clip one.mp4", "söng “x”.mp3", "old.eml", "empty.bin"}
}
creative "pictures" { html = "body.html" inline = {"a.png", "small.gif"} }
creative "both" { html = "plain.html" text = "body.txt" }
creative "html" { html = "plain.html" }
creative "text" { text = "body.txt" }
creative "text-files" { text = "body.txt" attach = {"clip one.mp4"} }
lists = {"likes"}
creative "many" { text = "many.txt" subject = "{{v0}}" }
creative "lists" { text = "lists.txt" subject = "{{likes}}: {{#likes}}<{{.}}>{{/likes}}" }
creative "empty" { html = "empty.html" text = "empty.txt" attach = {"clip one.mp4"} }
"""
HTML = '<p title="{{name}}">{{name}}</p>\n<img src="cid:a.png"><img src="cid:small.gif">\n'
PLAIN_HTML = "<p>{{name}}</p>\n"
TEXT = "Dear {{name}},\n\n.\nFrom us\ttrailing \n{{name}}\n"
BINARY = bytes(range(256)) * 700 + b"\r\n.\r\n--=_np_00112233445566778899aabbccddeeff_0--\r\n"

FILES = {
    "a.png": BINARY, "small.gif": b"G", "clip one.mp4": BINARY[::-1],
    "söng “x”.mp3": BINARY[7:], "old.eml": b"Subject: x\n\nFrom me\n.\n",
    "body.html": HTML.encode(), "plain.html": PLAIN_HTML.encode(),
    "body.txt": TEXT.encode(), "empty.html": b"{{! nothing }}",
    "empty.txt": b"{{! nothing }}", "empty.bin": b"",
    "lists.txt": "{{#likes}}- {{.}}\n{{/likes}}{{^likes}}none\n{{/likes}}"
                 "{{#other}}{{.}}\n{{/other}}".encode(),
    "many.txt": "".join("{{v%d}}\n" % i for i in range(20)).encode(),
}

# name: structure of media types
TREES = {
    "full": ("multipart/mixed", [
        ("multipart/alternative", ["text/plain", ("multipart/related", [
            "text/html", "image/png", "image/gif"])]),
        "video/mp4", "audio/mpeg", "application/octet-stream",
        "application/octet-stream"]),
    "pictures": ("multipart/related", ["text/html", "image/png", "image/gif"]),
    "both": ("multipart/alternative", ["text/plain", "text/html"]),
    "html": "text/html",
    "text": "text/plain",
    "text-files": ("multipart/mixed", ["text/plain", "video/mp4"]),
    "empty": ("multipart/mixed", [
        ("multipart/alternative", ["text/plain", "text/html"]), "video/mp4"]),
}

NASTY = {
    "plain": "Alice",
    "nothing": "",
    "Latin": "Jürgen Groß",
    "emoji with joiners": "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301",
    "right to left with overrides": "\u202eabc\u202c שלום \u200fعربى",
    "markup": "<script>alert('x')</script>\"&amp;",
    "a look-alike boundary": "--=_np_00112233445566778899aabbccddeeff_0--",
    "an encoded word": "=?utf-8?b?QmNjOiB4QHkuZXhhbXBsZQ==?=",
    "a broken encoded word": "=?utf-8?q?=ff?= ?= =?",
    "quoted-printable": "=3D=\t=0D=0A=",
    "a single dot": ".",
    "From at the start": "From me to you",
    "trailing blanks": "a  \t ",
    "leading blanks": "  a",
    "blanks only": "   ",
    "10 KB without a blank": "x" * 10240,
    "10 KB of two-octet letters": "ü" * 5120,
    "10 KB of words": "word " * 2048,
    "16 KB of emoji": "🎉" * 4096,
    "10 KB of dots": "." * 10240,
    "a tab": "a\tb",
    "line separators": "a\u2028b\u2029c\u0085d",
    "mustache": "{{name}} {{{x}}} {{/name}}",
    "percent signs": "%s%n%d %0d%0aBcc: x",
    "brackets and commas": "a, b <x@y.example>; \"c\" (d) \\",
}

NAMES = [
    "обложка весны.pdf", "派对 邀请.mp4", "دعوة לאביב.pdf", "🎂🏳️‍🌈.pdf",
    "Fru\u0308hling.mp3", "Frühling.mp3", "ที่อยู่.pdf", "O'Hara; 100 % off, *yes*.pdf",
    'say "hi" \\ “there”.pdf', "=?utf-8?q?x?=.pdf", "-rf.pdf", "a  b .pdf",
    "x" * 196 + ".pdf", "長" * 64 + ".pdf",
]


def dump(directory, creative, variables, recipient="alice@example.org",
         sender="Stub <stub@ignored.example>", reply_to="", subject="", campaign="spring"):
    return subprocess.run(
        [DUMP, directory, campaign, creative, recipient, sender, reply_to, subject] +
        ["%s=%s" % v for v in variables.items()], capture_output=True)


def advert(*args, **how):
    """The message as octets, or the error as str."""
    p = dump(*args, **how)
    return p.stdout if p.returncode == 0 else p.stderr.decode() or "status %d" % p.returncode


def bounce(*args, **how):
    """Its envelope sender."""
    return dump(*args, **how).stderr.decode().strip()


def name_tests(directory):
    """Names of files are those that the set has, for whoever reads RFC 2231."""
    listed = ", ".join('"%s"' % n.replace("\\", "\\\\").replace('"', '\\"') for n in NAMES)
    put(directory, "names/campaign.conf", (
        'from = "a@b.example"\ncreative "x" { text = "body.txt" attach = {%s} }\n' %
        listed).encode())
    put(directory, "names/x/body.txt", TEXT.encode())
    for i, name in enumerate(NAMES):
        put(directory, "names/x/" + name, b"%d" % i)
    message, defects = parse(advert(directory, "x", {"name": "A"}, campaign="names"))
    ok(defects == [], "names in any script: no defects", defects)
    got = [(p.get_filename(), p.get_payload(decode=True))
           for p in message.iter_attachments()]
    ok([n for n, _ in got] == NAMES, "all come, letter for letter", got)
    ok([c for _, c in got] == [b"%d" % i for i in range(len(NAMES))],
       "each with its own content", got)


def html_escaped(value):
    for a, b in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;"):
        value = value.replace(a, b)
    return value


def structure_tests(directory):
    for creative, wanted in TREES.items():
        raw = advert(directory, creative, {"name": "Alice"})
        if isinstance(raw, str):
            ok(False, creative + ": an advert is made", raw)
            continue
        message, defects = parse(raw)
        ok(defects == [], "%s: no defects" % creative, defects)
        ok(tree(message) == wanted, "%s: the parts are as they should be" % creative,
           tree(message))
        for part in message.walk():
            if part.is_multipart() or part.get_content_maintype() == "text":
                continue
            filename = part.get_filename()
            ok(part.get_payload(decode=True) == FILES.get(filename),
               "%s: %s is the file, bit for bit" % (creative, filename),
               repr(part.get_payload(decode=True)[:80]))
            inline = part.get_content_disposition() == "inline"
            ok(inline == (part.get_content_maintype() == "image") and
               part["Content-ID"] == ("<%s>" % filename if inline else None),
               "%s: %s is shown where it belongs" % (creative, filename), part.items())


def header_tests(directory):
    raw = advert(directory, "full", {"name": "Zoë"}, recipient="alice@example.org")
    message, _ = parse(raw)
    names = [n.lower() for n in message.keys()]
    ok(len(names) == len(set(names)), "no field is there twice", names)
    ok(message["Subject"] == "Zoë, spring", "Subject is the template's", message["Subject"])
    sender = message["From"].addresses[0]
    ok(len(message["From"].addresses) == 1 and sender.addr_spec == "offers@shop.example" and
       sender.display_name == "Jürgen & Söhne, Shop", "From is the campaign's", repr(message["From"]))
    ok(message["To"].addresses[0].addr_spec == "alice@example.org" and
       len(message["To"].addresses) == 1, "To is the recipient", message["To"])
    ok(message["Reply-To"].addresses[0].addr_spec == "hello@shop.example", "Reply-To")
    ok(message["Message-ID"] == "<00112233445566778899aabbccddeeff@shop.example>",
       "Message-ID is the ticket's, in the sender's domain", message["Message-ID"])
    ok(message["Date"].datetime.timestamp() == 1795000000, "Date is the time given",
       message["Date"])
    ok(message["Precedence"] == "bulk" and message["MIME-Version"] == "1.0" and
       message["Auto-Submitted"] is None, "Precedence, no Auto-Submitted")
    ok(re.fullmatch(r"<https://shop\.example/u\?c=Zo%C3%AB>,\s*<mailto:u@shop\.example>",
                    message["List-Unsubscribe"]), "List-Unsubscribe has both ways",
       message["List-Unsubscribe"])
    ok(message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", "one click")
    ok(message["List-Id"].endswith("<spring.shop.example>"),
       "List-Id has the id as it is", message["List-Id"])
    ok(not [n for n in names if n.startswith("nearpost")], "nothing of ours shows")

    raw = advert(directory, "text", {"name": "B"}, subject="Für {{name}}: {{missing}}!")
    ok(parse(raw)[0]["Subject"] == "Für B: !", "the stub's subject is a template too")
    ok(message["Feedback-ID"] is None, "no Feedback-ID without a setting")
    ok(bounce(directory, "text", {"name": "B"}) == "", "the stub's envelope sender stays")
    error = advert(directory, "text", {"name": "B"}, subject="{{#name}}")
    ok(isinstance(error, str) and "Subject:1: the section" in error,
       "a subject that is no template is told", error)


def list_tests(directory):
    for likes, lines in (("sports; music, <b>", ["- sports", "- music", "- <b>"]),
                         ("", ["none"]), (None, ["none"])):
        values = {"other": "a, b", **({} if likes is None else {"likes": likes})}
        message, defects = parse(advert(directory, "lists", values))
        ok(defects == [] and text_of(message).split("\n") == lines + ["a, b"],
           "lists: %r is a list, what is not named there is none" % likes,
           (defects, text_of(message)))
        ok(message["Subject"] == one_line("%s: %s" % (likes or "", "".join(
            "<%s>" % x[2:] for x in lines if x != "none"))),
           "lists: %r in the subject" % likes, message["Subject"])
    error = advert(directory, "lists", {"likes": "x," * 201})
    ok(isinstance(error, str) and "more than 200 items" in error,
       "lists: too many items are told", error)


def kept_sender_tests(directory):
    for sender, domain in (("Offers <o@stub.example>", "stub.example"),
                           ("o@stub.example", "stub.example"),
                           ('"a <x@no.example>, b" <o@stub.example>', "stub.example"),
                           ("(c <x@no.example>) o@stub.example", "stub.example"),
                           ("=?utf-8?q?J=C3=BC?= <o@stub.example>", "stub.example")):
        raw = advert(directory, "x", {}, sender=sender, campaign="kept")
        if isinstance(raw, str):
            ok(False, "From %s is kept" % sender, raw)
            continue
        message, defects = parse(raw)
        ok(defects == [] and message["From"].addresses[0].addr_spec == "o@stub.example" and
           message["Message-ID"].endswith("@%s>" % domain), "From %s is kept" % sender,
           (defects, message["From"], message["Message-ID"]))
        ok(message["List-Unsubscribe"] is None and message["List-Id"] is None and
           message["Reply-To"] is None, "what the campaign does not have is not there")
    for sender in ("", "Offers", "Offers <>", "undisclosed:;"):
        error = advert(directory, "x", {}, sender=sender, campaign="kept")
        ok(isinstance(error, str) and error.startswith("From"),
           "From %r without an address is refused" % sender, error)


SET_CONF = """
from = "Bücher (Käse) <offers@bücher.example>"
bounce = "bounces@Bücher.example"
feedback_id = "fernfield"
defaults = {"name = friend = Ü{{x}}", "gone=x"}
postal_address = {"Fern & Field <Ltd>", "12 Glasshouse Lane"}
creative "x" { html = "x.html" text = "x.txt" }
"""
SET_HTML = "<p>{{name}}|{{postal_address}}</p>\n<p>{{> postal_address}}</p>\n"
SET_TEXT = "{{name}}|{{postal_address}}\n\n  {{> postal_address}}\n--\n{{#gone}}yes{{/gone}}"
ADDRESS = "Fern & Field <Ltd>, 12 Glasshouse Lane"


def campaign_tests(directory):
    """What campaign.conf adds to it."""
    for what, given, name in (("a missing variable", {}, "friend = Ü{{x}}"),
                              ("an empty one", {"name": ""}, "friend = Ü{{x}}"),
                              ("one that is there", {"name": "Zoë"}, "Zoë")):
        raw = advert(directory, "x", {"postal_address": "somebody's", **given}, campaign="set")
        message, defects = parse(raw)
        ok(defects == [], "%s and its default: no defects" % what, defects)
        plain, html = map(text_of, message.iter_parts())
        ok(plain.split("|")[0] == name, "%s and its default" % what, plain)
        ok(plain.endswith("\n--\nyes"), "a default makes a section true", plain)
        lines = ADDRESS.split(", ")
        ok(ADDRESS + "\n\n  %s\n  %s\n--" % tuple(lines) in plain,
           "the postal address in a line and in lines", plain)
        ok(html == "<p>%s|%s</p>\n<p>%s</p>" % (
            html_escaped(name), html_escaped(ADDRESS),
            "<br>\n".join(map(html_escaped, lines)) + "\n"),
           "and in the html, as data", html)
    sender = message["From"].addresses[0]
    ok(sender.addr_spec == "offers@xn--bcher-kva.example" and
       message["Message-ID"].endswith("@xn--bcher-kva.example>"),
       "an international domain is written in ASCII", message["From"])
    ok(message["Feedback-ID"] == "set:x::fernfield",
       "Feedback-ID is filled up with campaign and creative", message["Feedback-ID"])
    got = bounce(directory, "x", {}, campaign="set")
    ok(got == "bounces+00112233445566778899aabbccddeeff@xn--bcher-kva.example",
       "bounces come back under the advert's id", got)
    got = bounce(directory, "x", {}, campaign="own")
    ok(got == "bounces@shop.example", "or not, as campaign.conf says", got)
    raw = advert(directory, "x", {}, campaign="own", sender="a@b.example",
                 reply_to="Büro <jo@bücher.example>, =?utf-8?q?K=C3=A4the?= <k@b.example>")
    message, defects = parse(raw)
    ok(message["Feedback-ID"] == "a::c:fernfield", "a whole Feedback-ID is written as it is",
       message["Feedback-ID"])
    ok(defects == [] and [str(a) for a in message["Reply-To"].addresses] ==
       ["Büro <jo@xn--bcher-kva.example>", "Käthe <k@b.example>"],
       "the stub's Reply-To goes on", (defects, message["Reply-To"]))
    message, _ = parse(advert(directory, "full", {"name": "A"}, reply_to="x@stub.example"))
    ok(str(message["Reply-To"]) == "Hello <hello@shop.example>",
       "but for a campaign that has its own", message["Reply-To"])


def smtputf8_tests(directory):
    """Nothing needs it but a local part that cannot be written otherwise."""
    raw = advert(directory, "x", {"name": "ü"}, campaign="kept", recipient="jürgen@xn--tda.example",
                 sender="Ü <o@ü.example>", reply_to="(ü) r@ü.example")
    head, _, body = raw.partition(b"\r\n\r\n")
    beyond = [line for line in head.split(b"\r\n") if not line.isascii()]
    ok(beyond == ["To: <jürgen@xn--tda.example>".encode()] and body.isascii(),
       "only the recipient's local part is beyond ASCII", beyond)


def injection_tests(directory):
    evil = "\r\nBcc: spy@evil.example\r\n\r\nbody"
    for what, args in (("From", {"sender": "A%s <o@stub.example>" % evil}),
                       ("From, behind the address", {"sender": "<o@stub.example>" + evil}),
                       ("Subject", {"subject": "Hi" + evil}),
                       ("Reply-To", {"reply_to": "A%s <r@stub.example>" % evil}),
                       ("To", {"recipient": "alice@example.org" + evil})):
        raw = advert(directory, "x", {"name": "A"}, campaign="kept",
                     **{"sender": "o@stub.example", **args})
        if isinstance(raw, str):
            ok(True, "%s with line ends is refused" % what)
            continue
        message, _ = parse(raw)
        ok(message["Bcc"] is None and wire_faults(raw) == [] and
           tree(message) == TREES["both"],
           "%s with line ends makes no field and no body" % what, raw[:600])


def value_tests(directory):
    for what, value in NASTY.items():
        raw = advert(directory, "full", {"name": value})
        if isinstance(raw, str):
            ok(len(value) > 600 and "list_unsubscribe" in raw,
               "%s: an unsubscribe address that cannot be is told" % what, raw)
        for creative in ("full",) if isinstance(raw, bytes) else ():
            message, defects = parse(raw)
            ok(defects == [], "%s: no defects" % what, defects)
            ok(tree(message) == TREES[creative], "%s: the same parts" % what, tree(message))
        raw = advert(directory, "x", {"name": value}, campaign="kept")
        if isinstance(raw, str):
            ok(False, what + ": an advert is made", raw)
            continue
        message, defects = parse(raw)
        ok(defects == [], "%s: no defects" % what, defects)
        ok(tree(message) == TREES["both"], "%s: the same two parts" % what, tree(message))
        ok((message["Subject"] or "").strip(" ") == one_line(value + ", hello"),
           "%s: the subject arrives" % what, (message["Subject"] or "")[:300])
        plain, html = message.iter_parts()
        ok(text_of(plain) == TEXT.replace("{{name}}", value).rstrip("\n"),
           "%s: the plain text arrives" % what, text_of(plain)[:300])
        ok(text_of(html) == PLAIN_HTML.replace("{{name}}", html_escaped(value)).rstrip("\n"),
           "%s: the html arrives, as data" % what, text_of(html)[:300])


def every_character_test(directory):
    """All of Unicode but what vars_set() refuses, 16 KB a variable."""
    values, now, size = [], [], 0
    for code in list(range(0x20, 0x7f)) + list(range(0x80, 0x110000)):
        if 0xd800 <= code < 0xe000:
            continue
        c = chr(code)
        if size + len(c.encode()) > 16384:
            values.append("".join(now))
            now, size = [], 0
        now.append(c)
        size += len(c.encode())
    values.append("".join(now))
    bad = []
    for i in range(0, len(values), 20):
        some = values[i:i + 20]
        raw = advert(directory, "many", {"v%d" % k: v for k, v in enumerate(some)},
                     campaign="many")
        if isinstance(raw, str):
            bad.append(raw)
            continue
        faults = wire_faults(raw)
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        got = text_of(message)
        if faults or message.defects or got != "\n".join(some).rstrip("\n"):
            bad.append((i, faults, message.defects, len(got)))
    ok(bad == [], "every character there is arrives", bad)


def sample_set_test(directory):
    """The set that comes with the project, whole."""
    shutil.copytree(os.path.join(TOP_SRC, "assets"), directory)
    for campaign in sorted(os.listdir(directory)):
        conf = os.path.join(directory, campaign, "campaign.conf")
        if not os.path.exists(conf):
            continue
        with open(conf, encoding="utf-8") as f:
            creatives = re.findall(r'^creative "([^"]+)"', f.read(), re.M)
        for creative in creatives:
            what = "%s/%s" % (campaign, creative)
            raw = advert(directory, creative, {"first_name": "Zoë", "coupon": "X7-99",
                                               "city": "Köln"}, campaign=campaign)
            if isinstance(raw, str):
                ok(False, "%s makes an advert" % what, raw)
                continue
            message, defects = parse(raw)
            ok(defects == [], "%s has no defects" % what, defects)
            wrong = []
            for part in message.walk():
                name = part.get_filename()
                if not name:
                    continue
                with open(os.path.join(directory, campaign, creative, name), "rb") as f:
                    if part.get_payload(decode=True) != f.read():
                        wrong.append(name)
            ok(not wrong, "%s: every file arrives bit for bit" % what, wrong)
            html = message.get_body(("html",)).get_content()
            cids = set(re.findall(r'cid:([^"\')\s]+)', html))
            have = {p["Content-ID"][1:-1] for p in message.walk() if p["Content-ID"]}
            ok(cids == have, "%s: every picture is shown" % what, cids ^ have)
            ok("{{" not in html and "Zoë" in html or "first_name" not in html,
               "%s: no tag is left" % what)


def man_page_test(directory):
    """The campaign that campaign.conf(5) writes step by step."""
    with open(os.path.join(TOP_SRC, "ctl/campaign.conf.5"), encoding="utf-8") as f:
        page = f.read().partition(".Ss A campaign, step by step")[2].partition("\n.Ss ")[0]
    for code, letter in (("\\(:u", "ü"), ("\\(:a", "ä"), ("\\e", "\\")):
        page = page.replace(code, letter)
    steps = re.findall(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", page, re.S)
    html = "<p>{{> postal_address}}</p><img src=cid:hero.jpg><img src=cid:mark.png>\n"
    for name, conf, film in (("first", steps[0], ""), ("second", steps[1], ""),
                             ("whole", "".join(steps[2:7]).replace("2026-04-30", "2099-04-30"),
                              "{{> video.garden}}\n")):
        shutil.rmtree(directory, ignore_errors=True)
        put(directory, "spring-2026/campaign.conf", conf.encode())
        creatives = re.findall(r'creative "([^"]+)"', conf)
        for creative in creatives:
            shown = html if name != "first" else "<p>"
            shown = shown if film else shown.replace("{{> postal_address}}", "")
            put(directory, "spring-2026/%s/body.html" % creative, (shown + film).encode())
            put(directory, "spring-2026/%s/body.txt" % creative, ("x\n" + film).encode())
            for file in ("mark.png", "hero.jpg", "garden.jpg", "garden.mp4"):
                put(directory, "spring-2026/%s/%s" % (creative, file), b"x")
        for creative in creatives:
            raw = advert(directory, creative, {}, campaign="spring-2026")
            ok(isinstance(raw, bytes) and parse(raw)[1] == [],
               "campaign.conf(5): the %s step makes %s" % (name, creative), raw)
    message, _ = parse(raw)
    text = message.get_body(("html",)).get_content()
    ok(message["Subject"] == "Friend of plants, der Frühling ist da" and
       'alt="Tulpen vor einem Gewächshaus"' in text and "Zum Film: ein Garten" in text,
       "and all that it says", (message["Subject"], text))


def put(directory, path, content):
    full = os.path.join(directory, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as f:
        f.write(content)


def main():
    scratch = tempfile.mkdtemp(prefix="nearpost-advert-")
    try:
        directory = os.path.join(scratch, "set")
        put(directory, "spring/campaign.conf", CONF.encode())
        for creative in re.findall(r'creative "([^"]+)"', CONF):
            for name, content in FILES.items():
                put(directory, "spring/%s/%s" % (creative, name), content)
        put(directory, "kept/campaign.conf",
            b'subject = "{{name}}, hello"\n'
            b'creative "x" { html = "plain.html" text = "body.txt" }\n')
        put(directory, "kept/x/plain.html", PLAIN_HTML.encode())
        put(directory, "kept/x/body.txt", TEXT.encode())
        put(directory, "set/campaign.conf", SET_CONF.encode())
        put(directory, "set/x/x.html", SET_HTML.encode())
        put(directory, "set/x/x.txt", SET_TEXT.encode())
        put(directory, "own/campaign.conf", b'bounce = "bounces@shop.example" verp = no\n'
            b'feedback_id = "a::c:fernfield"\ncreative "x" { text = "x.txt" }\n')
        put(directory, "own/x/x.txt", b"x")
        put(directory, "many/campaign.conf",
            b'from = "a@b.example"\ncreative "many" { text = "many.txt" }\n')
        put(directory, "many/many/many.txt", FILES["many.txt"])
        structure_tests(directory)
        name_tests(directory)
        header_tests(directory)
        list_tests(directory)
        kept_sender_tests(directory)
        campaign_tests(directory)
        smtputf8_tests(directory)
        injection_tests(directory)
        value_tests(directory)
        every_character_test(directory)
        man_page_test(os.path.join(scratch, "page"))
        sample_set_test(os.path.join(scratch, "sample"))
    finally:
        shutil.rmtree(scratch)
    return nptext.done()


sys.exit(main())
