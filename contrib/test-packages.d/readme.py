"""The lines of README that install nearpost, as they stand there."""

import re

SECTION = "Installing it on an MTA you have"
COMMAND = re.compile(r"(apt-get|nearpostctl|rsync|chown|postconf|systemctl|"
                     r"postfix|cp) ")


def section(text):
    """{head: [line]}; each line without its tab."""
    part = text.split(f"\n{SECTION}\n", 1)[1]
    blocks, head, above = {}, "", ""
    for line in part.splitlines():
        if line and line[0] not in " \t":
            break
        # The rest of a paragraph is not a head of its own.
        if line.startswith("  ") and not above.strip():
            head = line.strip()
            blocks[head] = []
        elif line.startswith("\t") and head:
            blocks[head].append(line[1:])
        above = line
    return blocks


def block(text, head):
    """([command], [other line]) of the block whose head begins so.  A note stands
    behind two blanks or more; a deeper line goes on with the note."""
    lines = next(v for k, v in section(text).items() if k.startswith(head))
    commands, others = [], []
    for line in lines:
        command = re.split(r" {2,}", line)[0]
        if line.startswith(" "):
            continue
        (commands if COMMAND.match(command) else others).append(command)
    return commands, others


def redis_settings(others):
    """What the line about redis.conf asks for: [(name, value)]"""
    line = next(o for o in others if o.startswith("redis.conf: "))
    return [tuple(s.split()) for s in
            line.removeprefix("redis.conf: ").split(", ")]


def stub(text, to=None):
    """The message under "A stub"; to: in place of its recipient."""
    part = text.split("\nA stub\n", 1)[1]
    lines = []
    for line in part.splitlines():
        if line.startswith("\t"):
            lines.append(line[1:])
        elif line and lines:
            break
        elif lines:
            lines.append("")
    message = "\r\n".join(lines).strip() + "\r\n"
    return re.sub(r"(?m)^To: \S+\r$", f"To: {to}\r", message) if to else message
