"""What has arrived: reading the sites' mail, waiting for it, collecting it."""

import os
import re
import shutil
import time
from urllib.parse import quote

from . import mta, product, wan
from .fault import Fault


def parse_facts(text):
    """(facts of the message, [(rcpt, its ESMTP arguments)])"""
    facts, rcpts = {}, []
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key == "rcpt":
            rcpts.append([value, ""])
        elif key == "rcpt_args":
            rcpts[-1][1] = value
        else:
            facts[key] = value
    return facts, rcpts


class Arrivals:
    """Every copy that a site has taken; look() reads only what is new."""

    def __init__(self, state):
        self.state = state
        self.seen = set()
        self.copies = []
        self.by_ip = {a: h.name for h in state.top.hosts.values()
                      for a in h.addresses()}

    def look(self):
        for site in self.state.top.role("site"):
            mail = self.state.host(site.name) / "mail"
            try:
                names = sorted(n for n in os.listdir(mail)
                               if n.endswith(".facts"))
            except FileNotFoundError:
                continue
            for name in names:
                if (site.name, name) not in self.seen:
                    self.seen.add((site.name, name))
                    self.add(site.name, mail / name)
        return self.copies

    def add(self, site, path):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        facts, rcpts = parse_facts(text)
        facts["site"] = site
        facts["gateway"] = self.by_ip.get(facts["from_ip"], "")
        for rcpt, args in rcpts:
            self.copies.append({**facts, "rcpt": rcpt, "rcpt_args": args,
                                "path": path.with_suffix(".eml")})


def queued(state):
    return sum(mta.of(state, h.name).queued(state, h.name)
               for h in state.top.mail_hosts())


def wait(state, copies, timeout_s, progress=None):
    """Until that many copies have arrived and every queue is empty.  With
    copies None: until the queues have been empty for a second, so that mail
    between two hosts is not missed."""
    arrivals = Arrivals(state)
    deadline = time.monotonic() + timeout_s
    quiet_since = None
    while True:
        have, waiting = len(arrivals.look()), queued(state)
        if progress:
            progress(have, waiting)
        now = time.monotonic()
        if waiting > 0:
            quiet_since = None
        elif quiet_since is None:
            quiet_since = now
        quiet = quiet_since is not None and now - quiet_since >= 1
        if quiet and (copies is None or have >= copies):
            return have
        if now > deadline:
            raise Fault(f"after {timeout_s:g} s {have} copies have arrived"
                        + (f" of {copies}" if copies is not None else "")
                        + f" and {waiting} messages are in the queues")
        time.sleep(0.1)


def directory_name(address):
    """The address, safe as one path component."""
    name = quote(address, safe="@+=,!#$&'*?^_`{|}~ \"")
    return "%2E" + name[1:] if name.startswith(".") else name


def place(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


NEARPOST = re.compile(rb"(?mi)^nearpost-[^:\r\n]*:")
BOUNDARY = re.compile(rb"(?i)^content-type:\s*multipart/[^\r\n]*?"
                      rb"(?:\r\n[ \t][^\r\n]*?)*?"
                      rb"boundary=\"?([^\";\r\n]+)", re.M)


def is_expanded(message):
    """A whole advert that shows nothing of the machinery.  An ordinary mail
    is none, unless it is multipart too."""
    head, _, body = message.partition(b"\r\n\r\n")
    boundary = BOUNDARY.search(head)
    return bool(boundary and b"--" + boundary[1] + b"\r\n" in body
                and b"--" + boundary[1] + b"--" in body
                and not NEARPOST.search(head)
                and not NEARPOST.search(body)
                and product.RELAY_DOMAIN.encode() not in message.lower())


def wire_totals(state):
    totals = {}
    for host in state.top.hosts.values():
        count = wan.counters(state, host.name)
        totals[f"tx_bytes.{host.name}"] = count["tx"]
        totals[f"rx_bytes.{host.name}"] = count["rx"]
    return totals


def collect(state, directory):
    """Writes DIR/RECIPIENT/N.eml with N.facts, and DIR/facts."""
    if directory.exists() and any(directory.iterdir()):
        raise Fault(f"{directory} is not empty: name a new directory")
    directory.mkdir(parents=True, exist_ok=True)
    copies = sorted(Arrivals(state).look(), key=lambda c: (
        int(c["received_ms"]), str(c["path"])))
    counts = {}
    for copy in copies:
        name = directory_name(copy["rcpt"])
        n = counts[name] = counts.get(name, 0) + 1
        whole = is_expanded(copy["path"].read_bytes())
        copy["expanded"] = "yes" if whole else "no"
        (directory / name).mkdir(exist_ok=True)
        place(copy["path"], directory / name / f"{n}.eml")
        text = "".join(f"{k}={v}\n" for k, v in copy.items() if k != "path")
        (directory / name / f"{n}.facts").write_text(
            text, encoding="utf-8", errors="surrogateescape")
    name = state.top.initiator.name
    returned = mta.of(state, name).bounces(state, name)
    if returned:
        (directory / "returned").mkdir()
    for n, path in enumerate(returned, 1):
        shutil.copyfile(path, directory / "returned" / f"{n}.eml")
    totals = {
        "messages": len(copies),
        "recipients": len(counts),
        "repeats": sum(n - 1 for n in counts.values()),
        "returned": len(returned),
        "expanded": sum(c["expanded"] == "yes" for c in copies),
        "unexpanded": sum(c["expanded"] == "no" for c in copies),
        "delivered_bytes": sum(int(c["size"]) for c in copies),
        "initiator_bytes": wan.counters(
            state, state.top.initiator.name)["tx"],
        **wire_totals(state),
    }
    (directory / "facts").write_text(
        "".join(f"{k}={v}\n" for k, v in totals.items()))
    return totals
