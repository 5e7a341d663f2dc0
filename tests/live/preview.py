#!/usr/bin/python3
"""nearpostctl preview: against what real gateways sent, octet for octet, and what it
says when nothing would be sent.  preview_pictures.py has its pictures."""

import re
from email.utils import parsedate_to_datetime
from pathlib import Path as File

from advert import TOPOLOGY, make_people, make_set, stub
from nptest import Tap
from path import Path

PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(100)
# Every form of message that there is, beside those of the other campaigns.  They ask
# for a field that does not travel, city.
FORMS_CONF = """\
from = "Forms <offers@shop.example>"
subject = "Forms for {{first_name}}"
reply_to = "hello@shop.example"
defaults = {"first_name = you"}
record_fields = {"first_name"}
creative "text" { text = "t" }
creative "html" { html = "h" }
creative "both" { text = "t" html = "h" }
creative "picture" { html = "p" inline = {"dot.png"} }
creative "letter" { text = "t" attach = {"Brief \u2116 1, f\u00fcr Sie.pdf", "none"} }
"""
LATER_CONF = """\
from = "Later <offers@shop.example>"
valid_from = "2099-01-01"
creative "only" { text = "t" }
"""
# What receives what: campaign, words of the stub and those of preview for it.
CASES = {
    "zoe@one.test": ("spring-2026", [], "", []),
    "lukasz@two.test": ("spring-2026", [], "", []),
    "li@three.test": ("spring-2026", [], "", []),
    "anna@one.test": ("jazz-night", [], "interest: jazz\n",
                      ["--var", "interest=jazz"]),
    "to@one.test": ("jazz-night", [], "", []),
    "letter@three.test": (
        "odd", ["Subject: =?utf-8?B?xb1pdmEsIHt7Y2l0eX19PyBKYSE=?="],
        'first_name: "\u017d" <i> & {{city}}\n',
        ["--from", "Somebody <offers@shop.example>", "--subject",
         "\u017diva, {{city}}? Ja!", "--var", 'first_name="\u017d" <i> & {{city}}']),
    "basket@one.test": ("basket", [], "", [
        "--from", "Somebody <offers@shop.example>"]),
    "other@two.test": ("basket", ["Reply-To: B\u00fcro <jo@shop.example>"],
                       "items.7.name: Tulpe\n",
                       ["--var", "items.7.name=Tulpe", "--reply-to",
                        "B\u00fcro <jo@shop.example>", "--from",
                        "Somebody <offers@shop.example>"]),
    **{who: ("forms", ["Nearpost-Creative: " + name], "", ["--creative", name])
       for who, name in (("cc@uno.test", "text"), ("here@one.test", "html"),
                         ("there@two.test", "both"), ("wish@one.test", "picture"),
                         ("good@one.test", "letter"))},
}


def add_forms(directory):
    forms = File(directory, "forms")
    for name in ("text", "html", "both", "picture", "letter"):
        (forms / name).mkdir(parents=True)
        for file, text in (("t", "Dear {{first_name}}{{city}}\n.\n"),
                           ("h", "<p>Dear {{first_name}}{{city}}</p>"),
                           ("p", '<img src="cid:dot.png" alt="">')):
            (forms / name / file).write_text(text)
    (forms / "campaign.conf").write_text(FORMS_CONF)
    (forms / "picture/dot.png").write_bytes(PIXEL)
    (forms / "letter/Brief \u2116 1, f\u00fcr Sie.pdf").write_bytes(PIXEL * 9)
    (forms / "letter/none").write_bytes(b"")
    later = File(directory, "later/only")
    later.mkdir(parents=True)
    (later / "t").write_text("x")
    (later.parent / "campaign.conf").write_text(LATER_CONF)


def fields(head):
    return re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", head)


def comparable(data):
    """The gateway's Postfix puts its Received above, which no preview can know, and
    the fields that the agent gives it in an order of its own; all else must be the
    same, octet for octet."""
    head, _, body = data.partition(b"\r\n\r\n")
    return sorted(f for f in fields(head)
                  if not f.lower().startswith(b"received:")), body


def send_all(path):
    for who, (campaign, head, body, _) in CASES.items():
        path.submit(stub(who, campaign, "".join(h + "\n" for h in head), body),
                    [who])


def preview(path, who, campaign, *words, check=False):
    return path.lab("ctl", "preview", campaign, "--to", who, "--assets",
                    path.dir + "/set", *words, check=check)


def check_same(tap, path, who, copy):
    campaign, _, _, words = CASES[who]
    sent = {f.partition(b":")[0].lower(): f.partition(b":")[2].strip().decode()
            for f in fields(copy.raw.partition(b"\r\n\r\n")[0])}
    at = parsedate_to_datetime(sent[b"date"]).strftime("%Y-%m-%dT%H:%M:%SZ")
    file = f"{path.dir}/{who}.eml"
    done = preview(path, who, campaign, *words, "--ticket",
                   sent[b"message-id"], "--at", at, "-o", file)
    if not tap.ok(done.returncode == 0 and not done.stderr,
                  f"{who}: a preview", done.stderr):
        return
    got = File(file).read_bytes()
    tap.equal([len(part) for part in comparable(got)],
              [len(part) for part in comparable(copy.raw)],
              f"{who}: as long as the advert")
    differ = [f for f in comparable(got)[0] + comparable(copy.raw)[0]
              if f not in comparable(got)[0] or f not in comparable(copy.raw)[0]]
    tap.ok(not differ, f"{who}: field for field the advert's header", *differ)
    tap.ok(comparable(got)[1] == comparable(copy.raw)[1],
           f"{who}: octet for octet the advert's body")
    fresh = preview(path, who, campaign, *words, "--eml", check=True).stdout
    tap.ok(fresh and sent[b"message-id"] not in fresh,
           f"{who}: without --ticket another id")


def check_refusals(tap, path):
    path.lab("ctl", "suppress", "add", "off1@three.test", "--reason", "by phone")
    spring = "spring-2026"
    cases = [
        ("suppressed", "off1@three.test", spring, [], 65,
         "off1@three.test gets no adverts: by phone"),
        ("a campaign that has not begun", "zoe@one.test", "later", [], 65,
         "campaign later begins on 2099-01-01 00:00 UTC"),
        ("an unknown campaign", "zoe@one.test", "autumn", [], 65,
         'there is no campaign "autumn"; known are: basket, forms, jazz-night, '
         "later, odd, spring-2026"),
        ("an unknown creative", "zoe@one.test", spring, ["--creative", "x"], 65,
         'has no creative "x"; it has: hero-en, hero-de, hero-any'),
        ("a required variable that is missing", "nobody@one.test", spring, [], 65,
         'variable "first_name" is required by campaign spring-2026'),
        ("a sender that is missing", "zoe@one.test", "odd", [], 65,
         "no advert can be made of the stub: From"),
        ("no address", "zoe", spring, [], 64, '--to "zoe": '),
        ("no ticket", "zoe@one.test", spring, ["--ticket", "x"], 64,
         '--ticket "x" has no ticket\'s id'),
        ("no time", "zoe@one.test", spring, ["--at", "noon"], 64,
         '--at "noon" is no time; write it as'),
        ("no variable", "zoe@one.test", spring, ["--var", "x"], 64,
         '--var "x": write it as name=value'),
        ("a variable that cannot be", "zoe@one.test", spring,
         ["--var", "1=x"], 64, "--var: "),
    ]
    for name, who, campaign, words, status, text in cases:
        done = preview(path, who, campaign, *words)
        tap.ok(done.returncode == status and text in done.stderr and
               not done.stdout, f"refused: {name}", done)
    done = preview(path, "zoe@one.test", "later", "--at", "2099-06-01")
    tap.ok(done.returncode == 0 and "Date: Mon, 1 Jun 2099 00:00:00" in
           done.stdout, "a campaign of later, as of then", done)
    done = path.lab("ctl", "preview", spring, "--to", "zoe@one.test", check=False)
    tap.ok(done.returncode == 65 and "is missing" in done.stderr and
           "--assets" in done.stderr,
           "an initiator without the media: says how to go on", done)


def with_policyd(tap, path):
    """Refusals are in policyd's words."""
    def said(who, words):
        done = path.submit(stub(who, "spring-2026", *words), [who], check=False)
        return done.stdout + done.stderr
    for who, words, more in (
            ("stranger@one.test", ("", ""), []),
            ("zoe@one.test", ("Nearpost-Creative: x\n", ""), ["--creative", "x"])):
        text = preview(path, who, "spring-2026", *more).stderr.rsplit(
            "nearpostctl: warning: ", 1)[-1].strip()
        log = path.log("ini", "policyd.log")
        said(who, words)
        told = path.log("ini", "policyd.log")[len(log):].replace('\\x22', '"')
        tap.ok(text and text in told, f"{who}: refused in policyd's words", text,
               told)


def main():
    path = Path(TOPOLOGY, options=["lab.assets=set", "lab.recipients=people.csv"])
    make_set(path.dir + "/set")
    add_forms(path.dir + "/set")
    make_people(path.dir + "/people.csv")
    with Tap() as tap, path:
        send_all(path)
        got = path.exactly_one(tap, list(CASES), letters=[
            w for w in CASES if CASES[w][0] == "forms"])
        for who in CASES:
            copies = got.get(who, [])
            if tap.equal(len(copies), 1, f"{who}: an advert came"):
                check_same(tap, path, who, copies[0])
        check_refusals(tap, path)
        with_policyd(tap, path)


if __name__ == "__main__":
    main()
