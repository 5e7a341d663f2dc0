"""A strict reader of mail, for live tests: what Python's parser, told to forgive
nothing, finds in the message a recipient's server took."""

import email
import email.policy
import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """What a reader sees of it, and which parts it asks for."""

    def __init__(self, text):
        super().__init__()
        self.text, self.wants = "", set()
        self.feed(text)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        for _, value in attrs:
            self.wants.update(re.findall(r"cid:([^\"')\s]+)", value or ""))


class Advert:
    """A copy, parsed by a strict reader."""

    def __init__(self, copy):
        self.copy = copy
        self.facts, self.raw = copy.facts, copy.raw
        self.mail = email.message_from_bytes(
            copy.raw, policy=email.policy.SMTP.clone(raise_on_defect=True))
        self.parts = list(self.mail.walk())
        self.text = self.only("text/plain")
        self.html = self.only("text/html")
        self.page = Page(self.html)

    def only(self, kind):
        found = [p for p in self.parts if p.get_content_type() == kind
                 and not p.get_filename()]
        return found[0].get_content() if len(found) == 1 else "?"

    def inline(self):
        return {p["Content-ID"].strip("<>"): p for p in self.parts
                if p["Content-ID"]}

    def attached(self):
        return {p.get_filename(): p for p in self.parts
                if p.get_content_disposition() == "attachment"}

    def words(self):
        """All that is there to be read, decoded."""
        return "\n".join([self.text, self.html, self.page.text,
                          *map(str, self.mail.values())])

    def faults(self):
        """Of form."""
        bad = []
        lines = self.raw.split(b"\r\n")
        if any(b"\r" in line or b"\n" in line or b"\0" in line
               for line in lines):
            bad.append("CR, LF or NUL alone")
        if max(map(len, lines)) > 998:
            bad.append("a line of %d octets" % max(map(len, lines)))
        if not self.raw.isascii():
            bad.append("octets above 127")
        for part in self.parts:
            for name, value in part.items():
                bad += [f"{name}: {d}" for d in value.defects]
            bad += part.defects
        once = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version",
                "Content-Type", "Received"]
        bad += [f"{len(self.mail.get_all(n, []))} {n}" for n in once
                if len(self.mail.get_all(n, [])) != 1]
        return bad
