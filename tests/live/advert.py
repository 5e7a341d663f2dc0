#!/usr/bin/python3
"""What the recipient gets, end to end: stubs in by SMTP and sendmail(1), and every
advert looked at, as its recipient's server took it."""

import email
import email.policy
import re
import shutil
import time
from datetime import datetime, timezone
from pathlib import Path as File

from nptest import TOP_SRC, Tap
from path import Path
from reader import Advert

TOPOLOGY = """
initiator ini uplink_mbit=100 domain=shop.example
gateway lon uplink_mbit=200
gateway nyc uplink_mbit=200
gateway tyo uplink_mbit=200
site one.test domains=one.test,uno.test
site two.test refuse=nobody,never,gone
site three.test
default_rtt 200
rtt ini lon 6
rtt ini nyc 20
rtt ini tyo 30
rtt lon one.test 4
rtt nyc two.test 4
rtt tyo three.test 4
"""
NEAREST = {"one.test": "lon", "uno.test": "lon", "two.test": "nyc",
           "three.test": "tyo"}
# address: first name, language, city, coupon.  The first four share a stub; not in
# the order of the gateways, which is that of a choice without reason.
PEOPLE = {
    "li@three.test": ("李小龍", "", "香港", "LI-3"),
    "zoe@one.test": ("Zoë O'Hara & <b>Co", "en", "Besançon", "ZO-1"),
    "lukasz@two.test": ('Łukasz "Ö" Żółć', "de", "Łódź", "LU-2"),
    "anna@one.test": ("Annegret", "en", "Åbo", "AN-4"),
    "to@one.test": ("Thorvald", "en", "Cork", ""),
    "cc@uno.test": ("Cecilie", "en", "Århus", ""),
    "bcc@three.test": ("Bernadette", "en", "Nice", ""),
    "here@one.test": ("Herta", "en", "", ""),
    "there@two.test": ("Thekla", "en", "", ""),
    "off1@three.test": ("Olga", "en", "", ""),
    "off2@one.test": ("Ottokar", "en", "", ""),
    "wish@one.test": ("Wanda", "en", "", ""),
    "wish@three.test": ("Walter", "en", "", ""),
    "good@one.test": ("Gudrun", "en", "", ""),
    "gone@two.test": ("Gero", "en", "", ""),
    "nobody@two.test": ("Noah", "en", "", ""),
    "never@two.test": ("Nele", "en", "", ""),
    "yes@two.test": ("Yrsa", "en", "", ""),
    "letter@three.test": ("Živa", "en", "Čadca", ""),
    "basket@one.test": ("Bruno", "", "", ""),
    "other@two.test": ("Ottilie", "", "", ""),
}
# What two of them have left in their baskets: columns items.1.name and so on.
ITEMS = {
    "basket@one.test": (("Farn <1>", "1.50"), ("Moos", "2.00")),
    "other@two.test": (("Efeu", "3.00"), ("Gras", "4.00"), ("Klee", "5.00")),
}
SECRET = "s3cret-of-sender"
FOREIGN = f"""\
Received: from laptop.{SECRET}.test ([203.0.113.9]) by client.test
DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s={SECRET}; h=from;
 bh=c2VjcmV0; b=c2VjcmV0
ARC-Seal: i=1; a=rsa-sha256; d={SECRET}.test; b=c2VjcmV0
Authentication-Results: {SECRET}.test; dkim=pass
X-Mailer: {SECRET} 1.0
Disposition-Notification-To: {SECRET}@shop.example
Return-Path: <{SECRET}@shop.example>
"""
# A campaign that asks for trouble: what mail systems like to change, a subject and
# a sender of the stub's, no bounce address.
ODD_CONF = """\
required = {"first_name"}
record_fields = {"first_name", "city"}
creative "only" {
	html = "body.html"
	text = "body.txt"
	inline = {"dot.png"}
	attach = {"every octet.bin", "Grüße aus Łódź.txt"}
}
"""
ODD_TEXT = """\
.a dot in front
..
From here, {{first_name}}
blanks at the end \t\x20
=3D is no escape, {{city}}
%s
the last line has no end""" % ("Ä long line. " * 300)
ODD_HTML = ("<!DOCTYPE html><html><head><title>x</title></head><body>\n"
            "<p>{{first_name}}</p><img src=\"cid:dot.png\" alt=\"\">\n%s\n"
            "</body></html>\n" % ("<i>long</i> " * 300))
BASKET_CONF = """\
subject = "{{first_name}}: {{#items}}{{name}} {{/items}}"
required = {"items"}
record_fields = {"first_name", "items"}
creative "only" {
	html = "body.html"
	text = "body.txt"
}
"""
BASKET_TEXT = """\
{{#items}}
- {{name}}, {{price}}{{^price}}free{{/price}}
{{/items}}
{{^items}}
nothing
{{/items}}
"""
BASKET_HTML = """\
<ul>{{#items}}<li><a href="https://shop.example/i?n={{name}}">{{name}}</a></li>\
{{/items}}</ul>
"""
ODD_FILES = {
    "every octet.bin": bytes(range(256)) * 9 + b"\r\n.\r\nFrom \n\r\0",
    "Grüße aus Łódź.txt": "Grüße\n".encode(),
    "dot.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
}


def make_set(directory):
    shutil.copytree(TOP_SRC + "/assets", directory)
    only = File(directory, "odd", "only")
    only.mkdir(parents=True)
    (only.parent / "campaign.conf").write_text(ODD_CONF)
    (only / "body.txt").write_text(ODD_TEXT)
    (only / "body.html").write_text(ODD_HTML)
    for name, data in ODD_FILES.items():
        (only / name).write_bytes(data)
    basket = File(directory, "basket", "only")
    basket.mkdir(parents=True)
    (basket.parent / "campaign.conf").write_text(BASKET_CONF)
    (basket / "body.txt").write_text(BASKET_TEXT)
    (basket / "body.html").write_text(BASKET_HTML)


def make_people(path):
    with open(path, "w", encoding="utf-8") as f:
        f.write("email,first_name,lang,city,coupon")
        for i in range(1, 4):
            f.write(f",items.{i}.name,items.{i}.price")
        f.write("\n")
        for address, row in PEOPLE.items():
            row = row + sum(ITEMS.get(address, ()), ())
            f.write(",".join([address] + ['"%s"' % v.replace('"', '""')
                                          for v in row]) + "\n")


def stub(to, campaign="spring-2026", head="", body=""):
    return (f"From: Somebody <offers@shop.example>\nTo: {to}\n"
            f"Message-ID: <{SECRET}.{time.monotonic_ns()}@shop.example>\n"
            f"Nearpost-Campaign: {campaign}\n"
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            f"Content-Transfer-Encoding: 8bit\n{head}\n{body}")


def look_at_form(tap, adverts):
    bad = {r: a.faults() for r, a in adverts.items() if a.faults()}
    tap.ok(not bad, "strict MIME: no defect, lines of 998 octets at most, CRLF",
           bad)
    now = datetime.now(timezone.utc)
    wrong = [r for r, a in adverts.items() if
             abs((now - a.mail["Date"].datetime).total_seconds()) > 600]
    tap.ok(not wrong, "Date is the moment", wrong)
    ids = {a.mail["Message-ID"] for a in adverts.values()}
    tap.ok(len(ids) == len(adverts) and all(re.fullmatch(
        r"<[^@<>\s]{16,}@shop\.example>", i) for i in ids),
        "a Message-ID for each, of the sender's domain", ids)
    wrong = {r: a.mail["To"] for r, a in adverts.items()
             if [str(t) for t in a.mail["To"].addresses] != [r]}
    tap.ok(not wrong, "To: is the recipient alone", wrong)


def look_for_machinery(tap, adverts):
    def shows(recipient, advert):
        others = [o for o in PEOPLE if o != recipient]
        data = [w for o in others for w in (PEOPLE[o][0], PEOPLE[o][3]) if w]
        return [w for w in ["nearpost", SECRET, "client.test", *others]
                if w.encode() in advert.raw.lower()
                or w in advert.words().lower()] + [
                    w for w in data if w in advert.words()]
    found = {r: shows(r, a) for r, a in adverts.items() if shows(r, a)}
    tap.ok(not found, "nothing of the machinery shows, nor of the sender's own "
           "headers, nor another recipient's address or data", found)
    hops = [a.mail["Received"] for a in adverts.values()]
    tap.ok(all(re.search(r"by (lon|nyc|tyo)\.gw\.test ", h) for h in hops),
           "the only Received is the gateway's own", hops[:2])
    names = {r for r, a in adverts.items()
             if f"for <{r}>" not in a.mail["Received"]}
    tap.ok(not names, "it names the recipient as everybody knows them",
           [adverts[r].mail["Received"] for r in names])


def look_at_parts(tap, directory, advert, campaign, creative, files):
    """Bit for bit the files of the set."""
    here = File(directory, campaign, creative)
    got = {**advert.inline(), **advert.attached()}
    tap.equal(sorted(got), sorted(files), f"{campaign}/{creative}: each file is "
              "a part")
    wrong = [n for n, p in got.items()
             if p.get_payload(decode=True) != (here / n).read_bytes()]
    tap.ok(not wrong, f"{campaign}/{creative}: bit for bit the files of the set",
           wrong)
    tap.ok(advert.page.wants == set(advert.inline()), f"{campaign}/{creative}: "
           "the letter asks for the pictures that are there",
           advert.page.wants, set(advert.inline()))


def media(directory, campaign, creative):
    return [f.name for f in File(directory, campaign, creative).iterdir()
            if not f.name.startswith("body.")]


def look_at_words(tap, advert, recipient, subject, hello, city):
    name, _, _, coupon = PEOPLE[recipient]
    tap.equal(advert.mail["Subject"], subject, f"{recipient}: the subject")
    tap.equal((advert.mail["From"].addresses[0].display_name,
               advert.mail["From"].addresses[0].addr_spec),
              ("Fern & Field", "offers@shop.example"),
              f"{recipient}: From is the campaign's")
    for what, text in (("text", advert.text), ("letter", advert.page.text)):
        missing = [w for w in (hello + name, city, coupon) if w not in text]
        tap.ok(not missing, f"{recipient}: name, city, coupon in the {what}",
               missing, text[:2000])
        tap.ok("{{" not in text, f"{recipient}: no template left in the {what}")
    tap.ok("<b>Co" not in advert.html, f"{recipient}: escaped in the letter")


def several(path):
    """One stub, four people, three sites; To: names them all."""
    four = list(PEOPLE)[:4]
    path.submit(stub(", ".join(four), head=FOREIGN), four)
    return four


def check_several(tap, path, four, got, adverts):
    tap.equal({r: [c.gateway for c in got.get(r, [])] for r in four},
              {r: [NEAREST[r.partition("@")[2]]] for r in four},
              "a stub to several is one advert for each, by the nearest gateway")
    spring, here = "spring-2026", path.dir + "/set"
    for who, creative in (("zoe@one.test", "hero-en"), ("li@three.test",
                          "hero-any"), ("lukasz@two.test", "hero-de")):
        look_at_parts(tap, here, adverts[who], spring, creative,
                      media(here, spring, creative))
    for who, subject, hello, city in (
            ("zoe@one.test", "Zoë O'Hara & <b>Co, spring is here",
             "Good morning, ", "Besançon"),
            ("lukasz@two.test", 'Łukasz "Ö" Żółć, der Frühling ist da',
             "Guten Morgen, ", "Łódź"),
            ("li@three.test", "李小龍, spring is here", "", "香港")):
        look_at_words(tap, adverts[who], who, subject, hello, city)


def look_at_campaign(tap, advert, creative, film):
    """What campaign.conf says of it all."""
    tap.equal(advert.mail["Feedback-ID"], f"spring-2026:{creative}::fernfield",
              f"{creative}: Feedback-ID")
    address = ["Fern & Field Nurseries Ltd", "12 Glasshouse Lane",
               "Littlemoor EX0 4FF"]
    tap.ok("\n".join(address) in advert.text.replace("\r", "") and
           ", ".join(address) in advert.page.text,
           f"{creative}: the postal address in both", advert.text[-600:])
    url = "https://shop.example/spring-2026/spring-film.mp4"
    tap.ok(f"{film}\n{url}\n" in advert.text.replace("\r", ""),
           f"{creative}: the film in the text", advert.text[-900:])
    tap.ok(re.search(rf'<video [^>]*poster="cid:film-poster\.jpg"[^>]*><source '
                     rf'src="{url}" type="video/mp4">\s*<a href="{url}"[^>]*><img '
                     rf'src="cid:film-poster\.jpg" alt="{film}"', advert.html),
           f"{creative}: a player, and a picture where there is none", advert.html)


def odd(path):
    subject = "=?utf-8?B?xb1pdmEsIHt7Y2l0eX19PyBKYSE=?="  # Živa, {{city}}? Ja!
    path.submit(stub("letter@three.test", "odd", f"Subject: {subject}\n",
                     'first_name: "Ž" <i> & {{city}}\n'), ["letter@three.test"])


def check_films(tap, adverts):
    english = "Watch the film: a garden from first light to full bloom."
    for who, creative, film in (
            ("zoe@one.test", "hero-en", english),
            ("lukasz@two.test", "hero-de", "Zum Film: ein Garten vom ersten Licht "
             "bis zur vollen Blüte."),
            ("li@three.test", "hero-any", english)):
        look_at_campaign(tap, adverts[who], creative, film)


def check_odd(tap, path, advert):
    name = '"Ž" <i> & {{city}}'
    tap.equal(advert.mail["Subject"], "Živa, Čadca? Ja!",
              "the stub's own subject, its variables filled in")
    tap.equal(str(advert.mail["From"]), "Somebody <offers@shop.example>",
              "the stub's own From, where the campaign has none")
    want = ODD_TEXT.replace("{{city}}", "Čadca").replace("{{first_name}}", name)
    tap.ok(advert.text.replace("\r\n", "\n").rstrip("\n") == want,
           "the text arrives octet for octet", advert.text[:300])
    tap.ok(name in advert.page.text and "<i> &" not in advert.html,
           "the stub's variable wins over the record, and is no markup",
           advert.html[:300])
    look_at_parts(tap, path.dir + "/set", advert, "odd", "only", ODD_FILES)


def baskets(path):
    """A list from the record, and one from the stub in its place."""
    path.submit(stub("basket@one.test", "basket"), ["basket@one.test"])
    path.submit(stub("other@two.test", "basket", body="items.7.name: Tulpe\n"),
                ["other@two.test"])
    return ["basket@one.test", "other@two.test"]


def check_baskets(tap, adverts):
    mine, other = adverts["basket@one.test"], adverts["other@two.test"]
    tap.equal(mine.mail["Subject"], "Bruno: Farn <1> Moos",
              "a list from the record, in the subject")
    tap.equal(mine.text.splitlines()[:2],
              ["- Farn <1>, 1.50", "- Moos, 2.00"], "in the text")
    tap.ok('<li><a href="https://shop.example/i?n=Farn%20%3C1%3E">Farn &lt;1&gt;'
           '</a></li><li>' in mine.html, "in the letter, escaped by place",
           mine.html)
    tap.equal((other.mail["Subject"], other.text.strip()),
              ("Ottilie: Tulpe", "- Tulpe, free"),
              "a list in the stub is there instead of the record's")


def by_sendmail(path):
    path.lab("exec", "ini", "sendmail", "-t", "-i", "-f", "offers@shop.example",
             text=stub("to@one.test\nCc: cc@uno.test\nBcc: bcc@three.test",
                       "jazz-night", FOREIGN))
    return ["to@one.test", "cc@uno.test", "bcc@three.test"]


def suppressed(tap, path):
    for who in ("off1@three.test", "off2@one.test"):
        path.lab("ctl", "suppress", "add", who, "--reason", "asked by phone")
    some = ["here@one.test", "off1@three.test", "there@two.test"]
    none = ["off1@three.test", "off2@one.test"]
    for rcpts, what in ((some, "one of three"), (none, "all")):
        done = path.submit(stub(", ".join(rcpts)), rcpts, check=False)
        tap.equal((done.returncode, done.stdout), (0, "taken=1 failed=0\n"),
                  f"{what} suppressed: the stub is taken")
    tap.ok(re.search(r'recipient=off2@one\.test reason="asked by phone since '
                     r'20\d\d-\d\d-\d\d \d\d:\d\d"', path.log("ini", "milter.log")),
           "the log says why and since when")
    return ["here@one.test", "there@two.test"]


def wishes(path):
    """DSN wishes: with a bounce address of the campaign's, and without."""
    for who, campaign in (("wish@one.test", "spring-2026"),
                          ("wish@three.test", "odd")):
        path.submit(stub(who, campaign, "Subject: x\n"), [who], words=[
            "--mail-option", "RET=HDRS", "--mail-option", "ENVID=camp+2B7",
            "--rcpt-option", "NOTIFY=SUCCESS,FAILURE", "--rcpt-option",
            "ORCPT=rfc822;Before+2Bx@shop.example"])
    return ["wish@one.test", "wish@three.test"]


def bounces_to(advert):
    """Where bounces of that advert of spring-2026 go: its id is its Message-ID's."""
    return "bounces+%s@shop.example" % re.match(
        r"<([0-9a-f]{32})@", advert.mail["Message-ID"])[1]


def check_wishes(tap, adverts):
    for who, sender in (("wish@one.test", bounces_to(adverts["wish@one.test"])),
                        ("wish@three.test", "offers@shop.example")):
        f = adverts[who].facts
        tap.equal((f["mail_from"], sorted(f["rcpt_args"].split())),
                  (sender, ["NOTIFY=SUCCESS,FAILURE",
                            "ORCPT=rfc822;Before+2Bx@shop.example"]),
                  f"{who}: NOTIFY and ORCPT arrive")
        tap.ok({"RET=HDRS", "ENVID=camp+2B7"} <= set(f["mail_args"].split()),
               f"{who}: RET and ENVID arrive", f["mail_args"])
    args = adverts["zoe@one.test"].facts["rcpt_args"]
    tap.equal(args, "ORCPT=rfc822;zoe@one.test", "unasked: the original address")


def reported(path):
    """Recipients whose server says 550, and one who is to be told of the success:
    by the gateway, since two.test is made one that knows no DSN."""
    path.set_main("nyc", "smtp_discard_ehlo_keywords=dsn")
    path.submit(stub("yes@two.test"), ["yes@two.test"],
                words=["--rcpt-option", "NOTIFY=SUCCESS"])
    path.submit(stub("never@two.test"), ["never@two.test"],
                words=["--rcpt-option", "NOTIFY=NEVER"])
    path.submit(stub("good@one.test, gone@two.test"),
                ["good@one.test", "gone@two.test"])
    path.submit(stub("nobody@two.test", "odd", "Subject: x\n"),
                ["nobody@two.test"], words=[
                    "--mail-option", "RET=HDRS", "--mail-option", "ENVID=e+2B8",
                    "--rcpt-option", "NOTIFY=FAILURE", "--rcpt-option",
                    "ORCPT=rfc822;No+2Bbody@two.test"])
    return ["good@one.test", "yes@two.test"]


def status_of(bounce):
    """Fields of both blocks of message/delivery-status."""
    report = next((p for p in bounce.walk() if p.get_content_type() ==
                   "message/delivery-status"), None)
    return {k.lower(): v for block in (report.get_payload() if report else [])
            for k, v in block.items()}


def check_reports(tap, path, adverts):
    raws = path.returned()
    bounces = {}
    for raw in raws:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        bounces.setdefault(status_of(mail).get("final-recipient", "?"),
                           []).append((raw, mail, status_of(mail)))
    tap.equal({k: len(v) for k, v in bounces.items()},
              {f"rfc822; {n}@two.test": 1 for n in ("gone", "nobody", "yes")},
              "a refused recipient: one bounce for each, none for NOTIFY=NEVER; "
              "success told once")
    for _, mail, status in bounces.get("rfc822; yes@two.test", []):
        tap.equal((status["action"], mail["To"]),
                  ("relayed", bounces_to(adverts["yes@two.test"])),
                  "yes: where to, and what")
    leaks = [w for raw in raws for w in (b"nearpost", b"good@one.test")
             if w in raw.lower()]
    tap.ok(not leaks, "bounces show nothing of the machinery either", leaks)
    for name, to, original, envid, returns in (
            ("gone", r"bounces\+[0-9a-f]{32}", "gone@two.test", None,
             "message/rfc822"),
            ("nobody", "offers", "No+body@two.test", "e+8",
             "text/rfc822-headers")):
        for _, mail, status in bounces.get(f"rfc822; {name}@two.test", []):
            tap.ok(mail["Delivered-To"] == mail["To"] and
                   re.fullmatch(to + "@shop.example", mail["To"]),
                   f"{name}: the bounce goes to {to}@", mail["Delivered-To"],
                   mail["To"])
            tap.ok(name == "nobody" or f"{name}@two.test" in path.lab(
                "ctl", "why", mail["To"]).stdout, f"{name}: and says whose it is")
            tap.equal(status.get("original-recipient"), "rfc822;" + original,
                      f"{name}: it names the recipient as the sender did")
            tap.equal(status.get("original-envelope-id"), envid,
                      f"{name}: it has the sender's envelope id")
            tap.ok(status.get("status") == "5.1.1" and
                   mail.get_content_type() == "multipart/report",
                   f"{name}: it says why", status)
            parts = [p.get_content_type() for p in mail.iter_parts()]
            tap.equal(parts[2:], [returns], f"{name}: RET is obeyed")


def main():
    path = Path(TOPOLOGY, options=["lab.assets=set",
                                   "lab.recipients=people.csv"])
    make_set(path.dir + "/set")
    make_people(path.dir + "/people.csv")
    with Tap() as tap, path:
        missing = path.measured(list(PEOPLE)[:3])
        tap.ok(not missing, "the gateways have measured the sites", *missing)
        four = several(path)
        odd(path)
        rcpts = [*four, "letter@three.test", *baskets(path), *by_sendmail(path),
                 *suppressed(tap, path), *wishes(path), *reported(path)]
        got = path.exactly_one(tap, rcpts)
        tap.equal(sorted(got), sorted(rcpts), "nobody else gets anything")
        adverts = {r: Advert(got[r][0]) for r in rcpts if got.get(r)}
        look_at_form(tap, adverts)
        look_for_machinery(tap, adverts)
        check_several(tap, path, four, got, adverts)
        check_films(tap, adverts)
        check_odd(tap, path, adverts["letter@three.test"])
        check_baskets(tap, adverts)
        check_wishes(tap, adverts)
        check_reports(tap, path, adverts)


if __name__ == "__main__":
    main()
