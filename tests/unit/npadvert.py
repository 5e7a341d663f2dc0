"""Messages as Python's email package reads them, which keeps a list of every defect
it sees, and what SMTP forbids whatever a parser thinks of it."""

import email
import email.policy
import re

from nptext import bail


def wire_faults(raw):
    """What SMTP and RFC 5322 forbid, whatever a parser thinks of it."""
    faults = []
    if raw.count(b"\n") != raw.count(b"\r\n") or raw.count(b"\r") != raw.count(b"\r\n"):
        faults.append("a CR or LF alone")
    if b"\0" in raw:
        faults.append("NUL")
    if not raw.endswith(b"\r\n"):
        faults.append("the last line has no end")
    longest = max(len(line) for line in raw.split(b"\r\n"))
    if longest > 998:
        faults.append("a line of %d octets" % longest)
    head, _, body = raw.partition(b"\r\n\r\n")
    if any(c > 126 for c in raw):
        faults.append("octets beyond ASCII")
    if re.search(rb"(?m)^(From |\.\r$)", body):
        faults.append("a line that MTAs change")
    blanks = re.search(rb"[^\n]*[ \t]\r\n", raw)
    if blanks:
        faults.append("blanks at a line's end: %r" % blanks[0][-100:])
    for line in head.split(b"\r\n"):
        # A fold right behind the name is no place that would help.
        if len(line) > 200 and b" " in re.sub(rb"^[A-Za-z-]+: ", b"", line.strip()):
            faults.append("a header line of %d octets: %r" % (len(line), line[:60]))
    return faults


def parse(raw):
    """The message and all defects, of parts and of header fields."""
    if isinstance(raw, str):
        bail("no advert: " + raw)
    defects = list(wire_faults(raw))
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    for part in message.walk():
        defects += part.defects
        for name, value in part.items():
            # List fields are text to the parser; the others are understood.
            defects += ["%s: %r" % (name, d) for d in getattr(value, "defects", ())]
        if not part.is_multipart():
            part.get_payload(decode=True)
            defects += part.defects
    return message, defects


def tree(part):
    kind = part.get_content_type()
    return (kind, [tree(p) for p in part.iter_parts()]) if part.is_multipart() else kind


def text_of(part):
    return part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n").rstrip("\n")


def one_line(value):
    """A value in a header: nothing there turns the sender's own words around."""
    value = re.sub("[\u202a-\u202e\u2066-\u2069]", "", value)
    return " ".join(re.sub("[\t \u0080-\u009f\u2028\u2029]+", " ", value).split(" ")).strip(" ")
