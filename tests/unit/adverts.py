#!/usr/bin/python3
"""Adverts of random creatives for random people, read by two parsers that have
nothing to do with ours: Python's email package, told to forgive nothing, and GMime.
No value may make or unmake a header, a recipient, a part, a tag or an attribute,
and every part is bit for bit what it should be.

The seed is printed; NEARPOST_SEED=N repeats a run, NEARPOST_ROUNDS=N makes a
longer one.  TAP."""

import email
import email.policy
import hashlib
import os
import random
import re
import shutil
import sys
import tempfile
from html.parser import HTMLParser

import npletter
import nptext
from npadvert import one_line, text_of, wire_faults
from npletter import BOUNDARY, Words, Writer, flat, harmless, render, source
from nptext import Batch, ok

STRICT = email.policy.strict.clone(linesep="\r\n")
CAMPAIGNS, CREATIVES, READERS = 5, 5, 3
TYPES = {"png": "image/png", "gif": "image/gif", "mp3": "audio/mpeg",
         "mp4": "video/mp4", "txt": "text/plain"}
BOUNCE = "bounces@shop.example"
VERP = "bounces+00112233445566778899aabbccddeeff@shop.example"  # the ticket's id


class Creative:
    """Files, templates, and what was asked for."""

    def __init__(self, rng, name, pages, texts):
        self.name = name
        self.subject = Writer(rng, []).run(npletter.as_is, [])
        both = rng.random()
        self.page = Writer(rng, pages).page() if both < 0.8 else None
        self.text = Writer(rng, texts).plain() if both > 0.4 or not self.page else None
        self.inline = self.files(rng, "p%d.", ("png", "gif"), 1) if self.page else {}
        self.attach = self.files(rng, rng.choice((
            "clip %d.", "söng “%d”.", "日本 %d.", "a'b;c=%d, d (e) [f]@.",
            "a-very-long-name-" * 9 + "%d.", "\u202egnp.%d.")), ("mp3", "mp4", "txt"))

    @staticmethod
    def files(rng, form, kinds, least=0):
        """least: octets; a picture of none is refused when the set is built."""
        out = {}
        for i in range(rng.randrange(3)):
            data = rng.randbytes(rng.choice((least, 1, 56, 57, 58, 1000, 40000)))
            if rng.random() < 0.3:
                data += ("\r\n--%s0--\r\n.\r\nFrom \0" % BOUNDARY).encode()
            out[form % i + rng.choice(kinds)] = data
        return out

    def conf(self):
        lines = ['creative "%s" {' % self.name, '  subject = "%s"' % source(self.subject)]
        if self.page:
            lines.append('  html = "body.html"')
        if self.text:
            lines.append('  text = "body.txt"')
        for what, files in (("inline", self.inline), ("attach", self.attach)):
            lines.append("  %s = {%s}" % (what, ", ".join('"%s"' % f for f in files)))
        return "\n".join(lines) + "\n}\n"

    def kinds(self):
        """Types of the parts, by the tree that advert.h promises."""
        tree = ["text/html"]
        if self.inline:
            tree = ["multipart/related", *tree, *(TYPES[n[-3:]] for n in self.inline)]
        if self.page and self.text:
            tree = ["multipart/alternative", "text/plain", *tree]
        elif self.text:
            tree = ["text/plain"]
        if self.attach:
            tree = ["multipart/mixed", *tree, *(TYPES[n[-3:]] for n in self.attach)]
        return tree


class Campaign:
    def __init__(self, rng, name, pages, texts):
        self.name = name
        self.own_sender = rng.random() < 0.5
        self.unsubscribe = None
        if rng.random() < 0.5:
            w = Writer(rng, [])
            self.unsubscribe = [w.value(npletter.bare_start, [])] \
                if rng.random() < 0.3 else [
                    Words("https://shop.example/u?a="), w.value(npletter.url, []),
                    Words("&b="), w.value(npletter.url, [])]
        self.creatives = [Creative(rng, "c%d" % i, pages, texts)
                          for i in range(CREATIVES)]

    def conf(self):
        text = 'bounce = "%s"\n' % BOUNCE
        if self.own_sender:
            text += 'from = "Fern & Field <offers@shop.example>"\n'
        if self.unsubscribe:
            text += 'list_unsubscribe = {"%s", "mailto:u@shop.example"}\n' % source(
                self.unsubscribe)
        return text + "".join(c.conf() for c in self.creatives)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def write_set(directory, campaigns, pages, texts):
    for partials, ending in ((pages, "mustache"), (texts, "txt.mustache")):
        for p in partials:
            write("%s/partials/%s.%s" % (directory, p.name, ending), source(p.body))
    for campaign in campaigns:
        here = os.path.join(directory, campaign.name)
        write(here + "/campaign.conf", campaign.conf())
        for c in campaign.creatives:
            if c.page:
                write("%s/%s/body.html" % (here, c.name), source(c.page))
            if c.text:
                write("%s/%s/body.txt" % (here, c.name), source(c.text))
            for name, data in {**c.inline, **c.attach}.items():
                write("%s/%s/%s" % (here, c.name, name), data)


class Structure(HTMLParser):
    """Tags and attributes' names, comments and declarations; those in Outlook's
    comments, too."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, [name for name, _ in attrs]))

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, [name for name, _ in attrs], "/"))

    def handle_endtag(self, tag):
        self.seen.append("/" + tag)

    def handle_comment(self, data):
        inside = Structure(data).seen if data.startswith("[if") else None
        self.seen.append(("comment", inside))

    def handle_decl(self, decl):
        self.seen.append(("declaration", decl))

    def unknown_decl(self, data):
        self.seen.append(("unknown", data))


def sender_for(name):
    return '"%s" <offers@stub.example>' % name.replace("\\", "\\\\").replace('"', '\\"')


class Reading:
    """One message, and what is wrong with it."""

    def __init__(self, raw, gmime):
        self.raw = raw
        self.faults = list(wire_faults(raw))
        try:
            self.mail = email.message_from_bytes(raw, policy=STRICT)
            self.parts = list(self.mail.walk())
            for part in self.parts:
                for name, value in part.items():
                    self.faults += ["%s: %s" % (name, d)
                                    for d in getattr(value, "defects", ())]
        except (email.errors.MessageError, ValueError) as e:
            self.faults.append("strict: %r" % e)
            self.mail, self.parts = email.message.EmailMessage(), []
        self.leaves = [p for p in self.parts if not p.is_multipart()]
        self.gmime = gmime.decode().splitlines()
        self.faults += ["GMime: " + x for x in self.gmime if x.startswith("defect")]
        self.compare_parsers()
        self.check_boundaries()

    def differ(self, what, got, wanted):
        if got != wanted:
            self.faults.append("%s: %.600r, not %.600r" % (what, got, wanted))

    def compare_parsers(self):
        mine = []

        def walk(part, depth):
            kind = part.get_content_type()
            if part.is_multipart():
                mine.append("part %d %s - -" % (depth, kind))
                for p in part.iter_parts():
                    walk(p, depth + 1)
            else:
                digest = hashlib.sha256(part.get_payload(decode=True)).hexdigest()
                mine.append("part %d %s %s %s" % (depth, kind, digest,
                                                  part.get_filename() or "-"))
        walk(self.mail, 0)
        self.differ("GMime's parts", [x for x in self.gmime if x.startswith("part")],
                    mine)
        subject = "\n".join(self.gmime).split("\nsubject ")[1].split("\naddress ")[0]
        self.differ("GMime's subject", one_line(subject),
                    one_line(self.mail["Subject"] or ""))

    def check_boundaries(self):
        """A delimiter for each part and the end, and no line besides that could be
        taken for one; nor does the boundary stand in any part."""
        wanted = sum(len(p.get_payload()) + 1 for p in self.parts if p.is_multipart())
        lines = [x for x in self.raw.split(b"\r\n") if x.startswith(b"--=_")]
        self.differ("lines that look like a boundary", len(lines), wanted)
        self.differ("parts with a boundary in them", [
            p.get_content_type() for p in self.leaves if "=_" in p.get_payload()], [])

    def addresses(self):
        return {f: [a.addr_spec for a in self.mail[f].addresses]
                for f in ("From", "To", "Cc", "Bcc", "Reply-To") if self.mail[f]}


def look(reading, plain, campaign, creative, data, bounce):
    """plain: the same creative for a harmless reader."""
    differ = reading.differ
    # One click goes with an https: address, which the record may give.
    click = "List-Unsubscribe-Post"
    differ("the fields", [n for n in reading.mail.keys() if n != click],
           [n for n in plain.mail.keys() if n != click])
    differ("one click", click in reading.mail,
           bool(re.search("(?i)<https://[^>]", reading.mail["List-Unsubscribe"] or "")))
    differ("the addresses", reading.addresses(),
           {"From": ["offers@shop.example" if campaign.own_sender else
                     "offers@stub.example"], "To": ["alice@example.org"]})
    differ("GMime's addresses", [x for x in reading.gmime if x.startswith("address")],
           ["address %s %s" % (f, a) for f, some in reading.addresses().items()
            for a in some])
    differ("the bounce address", bounce, VERP)
    differ("the subject", (reading.mail["Subject"] or "").strip(" "),
           one_line(render(creative.subject, [data])))
    differ("the parts", [p.get_content_type() for p in reading.parts], creative.kinds())
    files = {p.get_filename(): p.get_payload(decode=True) for p in reading.leaves
             if p.get_filename()}
    differ("the files", files, {**creative.inline, **creative.attach})
    texts = {p.get_content_type(): text_of(p) for p in reading.leaves
             if not p.get_filename()}
    for kind, nodes in (("text/html", creative.page), ("text/plain", creative.text)):
        if nodes:
            wanted = render(nodes, [data]).rstrip("\n")
            differ(kind, texts.get(kind), wanted)
    if creative.page:
        other = [text_of(p) for p in plain.leaves
                 if p.get_content_type() == "text/html"][0]
        differ("the tags", Structure(texts["text/html"]).seen, Structure(other).seen)


def letters(rng, batch, campaign, creative):
    faults, made = [], 0
    for _ in range(READERS):
        data, name = npletter.record(rng), npletter.value(rng)
        readings = []
        for who, said in ((harmless(data), "x" if name else ""), (data, name)):
            raw, bounce, gmime, error = batch.ask(
                [campaign.name, creative.name, "alice@example.org", sender_for(said),
                 "", "", flat(who)], 4)
            if error:
                if not error.startswith(b"list_unsubscribe") or who is not data:
                    faults.append("no letter: %s" % error.decode())
                break
            readings.append(Reading(raw, gmime))
        if len(readings) < 2:
            continue
        made += 1
        fields = [r.mail["Subject"] is None for r in readings]
        if fields[0] != fields[1]:  # blanks alone make no subject
            continue
        look(readings[1], readings[0], campaign, creative, data, bounce.decode())
        for r in readings:
            faults += r.faults
        if faults:
            faults.append("record: %a, said: %a" % (data, name))
            break
    ok(not faults, "%s/%s: %s for a random reader, and nothing of it out of place" % (
        campaign.name, creative.name, ", ".join(creative.kinds())), "\n".join(faults))
    return made


def refusals(batch, campaign):
    for bad in npletter.TOO_MUCH:
        answer = batch.ask([campaign.name, "c0", "alice@example.org", sender_for("x"),
                            "", "", {"s0": bad}], 4)
        ok(b'variable "s0"' in answer[3] and not answer[0],
           "%.40r as a value: no letter, and it is named" % bad, answer[3])


def main():
    seed = int(os.environ.get("NEARPOST_SEED", random.randrange(10 ** 9)))
    rounds = int(os.environ.get("NEARPOST_ROUNDS", 1))
    print("# seed %d" % seed)
    made = 0
    for i in range(rounds):
        rng = random.Random(seed + i)
        scratch = tempfile.mkdtemp(prefix="nearpost-adverts-")
        try:
            w = Writer(rng, [])
            pages = [npletter.Partial("p%d" % k, w.markup([], 1)) for k in range(3)]
            texts = [npletter.Partial("p%d" % k, w.run(npletter.as_is, []))
                     for k in range(3)]
            campaigns = [Campaign(rng, "r%d-%d" % (i, k), pages, texts)
                         for k in range(CAMPAIGNS)]
            write_set(scratch, campaigns, pages, texts)
            batch = Batch("tests/unit/advert_dump", scratch)
            for campaign in campaigns:
                for creative in campaign.creatives:
                    made += letters(rng, batch, campaign, creative)
            refusals(batch, campaigns[0])
            batch.close()
        finally:
            shutil.rmtree(scratch)
    ok(made > rounds * CAMPAIGNS * CREATIVES * READERS // 2,
       "most readers got a letter (seed %d)" % seed, made)
    return nptext.done()


if __name__ == "__main__":
    sys.exit(main())
