"""The lines of nearpost(7) that operate nearpost, as they stand there."""

import re

PAGE = "ctl/nearpost.7"
WHERE = re.compile(r"on the (initiator|gateway)", re.I)


def plain(line):
    return line.replace(r"\(dq", '"').replace(r"\(aq", "'").replace(r"\e", "\\")


def sections(text):
    """{heading: [block]}; a block is (host, [command]), its host the one that the
    text above it named last."""
    found, blocks, host, inside = {}, None, "", False
    for line in text.split("\n.Sh OPERATION\n", 1)[1].splitlines():
        if line.startswith(".Ss "):
            blocks = found.setdefault(line[4:], [])
        elif line.startswith(".Bd -literal"):
            inside = True
            blocks.append((host, []))
        elif line.startswith(".Ed"):
            inside = False
        elif inside:
            blocks[-1][1].append(plain(line))
        elif named := WHERE.search(line):
            host = named[1].lower()
    return found
