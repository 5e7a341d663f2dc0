#!/usr/bin/python3
"""nearpostctl send where an admin allows a site so much a second: a campaign goes out
at that rate, others do not wait for it, and it may be interrupted."""

import collections
import os
import re
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path as File

from nptest import Tap, wait_for
from path import Path
from send import LAST

# pylint: disable=wrong-import-position
from nplab import policy, product

N, OTHERS, RATE = 1000, 50, 20
TOPOLOGY = """
initiator ini uplink_mbit=100
gateway lon uplink_mbit=400
gateway nyc uplink_mbit=400
site one.test domains=one.test,uno.test uplink_mbit=1000
site two.test
default_rtt 2
option lab.assets={0}
option lab.recipients={0}/people.csv
"""
CAMPAIGN = """
subject = "{{first_name}}, spring is here"
creative "hero" { text = "body.txt" html = "body.html" }
"""
FROM = "Offers <offers@shop.test>"
# policyd's line of a choice.
CHOICE = re.compile(r"^(\S+) \S+ info: recipient=\S+@(?:one|uno)\.test .* gateways=(\w+)",
                    re.M)
# The limited site has two domains.
LIMITED = ["r%d@%s.test" % (i, "uno" if i % 3 == 0 else "one") for i in range(N)]
FREE = ["o%d@two.test" % i for i in range(OTHERS)]


def small_set(directory):
    hero = File(directory, "spring/hero")
    hero.mkdir(parents=True)
    (hero.parent / "campaign.conf").write_text(CAMPAIGN)
    (hero / "body.txt").write_text("Hello {{first_name}}\n")
    (hero / "body.html").write_text("<p>Hello {{first_name}}</p>\n")
    # The order in which Redis gives them is its own.
    File(directory, "people.csv").write_text("email,first_name\n" + "".join(
        "%s,Ada\n" % r for r in LIMITED + FREE))
    return directory


class Campaign:
    def __init__(self, path):
        self.path, self.state = path, path.state()
        self.etc = File(path.lab("path", "ini").stdout.strip()) / "nearpost"

    def limit(self, text):
        conf = self.etc / "nearpost.conf"
        plain = re.sub(r'(?m)^site .*\n', "", conf.read_text())
        conf.write_text(plain + text)
        policy.ask(product.socket_path(self.state, "ini", "policyd"),
                   request="nearpost_admin", verb="reload")

    def journal(self):
        file = self.etc / "send/spring.journal"
        return [line.split(" ", 1) for line in file.read_text().splitlines()
                ] if file.exists() else []

    def start(self, *options):
        return self.path.lab_background(
            "ctl", "ini", "send", "spring", "--from", FROM, "--creative", "hero",
            *options)

    def run(self, *options, timeout=200):
        began = time.monotonic()
        p = self.start(*options)
        said = p.communicate(timeout=timeout)[0]
        found = LAST.search(said)
        return (time.monotonic() - began, p.returncode,
                tuple(map(int, found.groups())) if found else None, said)

    def pid(self):
        """Of the nearpostctl itself."""
        for d in File("/proc").glob("[0-9]*"):
            try:
                words = (d / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/nearpostctl") and b"send" in words and \
                    str(self.etc).encode() in b" ".join(words):
                return int(d.name)
        return None

    def choices(self):
        """[(seconds, gateway)] of the limited site's mail."""
        return [(datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp(), g)
                for at, g in CHOICE.findall(self.path.log("ini", "policyd.log"))]


def most(times, seconds):
    first, best = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        best = max(best, last - first + 1)
    return best


def at_rate(tap, c):
    took, status, n, said = c.run()
    tap.ok((status, n) == (0, (N + OTHERS, 0, 0, 0, 0)), "all are sent in one run", said)
    # 40 at once, then 40 a second.
    least = (N - 2 * RATE) / (2 * RATE)
    tap.ok(least * 0.95 < took < least * 1.35 + 4,
           "%d at 2 x %d/s take %.1f s" % (N, RATE, took), said[-500:])
    journal = c.journal()
    words = collections.Counter(w for w, _ in journal)
    tap.ok(words["later"] < N / 4 and words["done"] == N + OTHERS,
           "few are tried in vain: %d" % words["later"], words)
    done = [a for w, a in journal if w == "done"]
    tap.ok(max(i for i, a in enumerate(done) if a in FREE) < N / 2,
           "another site's recipients do not wait for it",
           [i for i, a in enumerate(done) if a in FREE])
    tap.ok(said.count("waits, and all of that site") == 1 and
           re.search(r"for site one\.test; come back in [0-9.]+ s", said) and
           re.search(r"(?m)^spring: \d+ of 1050 stubs, \d\d+ wait$", said),
           "the run says for what it waits, and how many do", said[-1500:])
    choices = c.choices()
    tap.equal(len(choices), N, "as many were chosen for")
    for g in ("lon", "nyc"):
        times = sorted(at for at, by in choices if by == g)
        tap.ok(most(times, 1) <= 2 * RATE and most(times, 5) <= 6 * RATE,
               "%s never had more than is allowed: %d in a second, %d in five" % (
                   g, most(times, 1), most(times, 5)))
    tap.ok("no gateway is alive" not in c.path.log("ini", "policyd.log"),
           "no gateway was thought dead")


def interrupted(tap, c):
    """Ended by a signal, killed, and gone on with."""
    p = c.start("--again")
    # The journal is a new one.
    tap.ok(wait_for(lambda: 200 < len(c.journal()) < N and any(
        w == "later" for w, _ in c.journal()), 30), "a run that meets the limit")
    began = time.monotonic()
    os.kill(c.pid(), signal.SIGINT)
    said = p.communicate(timeout=20)[0]
    found = LAST.search(said)
    tap.ok(p.returncode == 75 and found and int(found.group(5)) > 0 and
           time.monotonic() - began < 5, "ends at once when it is told to", said[-600:])
    states = dict((a, w) for w, a in c.journal())
    tap.ok("try" not in states.values(), "and nobody is uncertain")
    p = c.start()
    before = len(c.journal())
    tap.ok(wait_for(lambda: len(c.journal()) > before + 100, 30), "it goes on")
    os.kill(c.pid(), signal.SIGKILL)
    p.communicate(timeout=20)
    states = dict((a, w) for w, a in c.journal())
    torn = [a for a, w in states.items() if w == "try"]
    tap.ok(len(torn) <= 1, "killed, it leaves one in doubt at most", torn)
    _, status, n, said = c.run()
    tap.ok(status == 0 and n and n[2:] == (0, len(torn), 0) and
           n[0] + n[1] == N + OTHERS - len(torn), "the next run does the rest", n, said[-600:])
    dones = collections.Counter(a for w, a in c.journal() if w == "done")
    tap.ok(max(dones.values()) == 1, "nobody is sent two stubs")


def main():
    with Tap() as tap, tempfile.TemporaryDirectory() as assets, \
            Path(TOPOLOGY.format(small_set(assets))) as path:
        c = Campaign(path)
        c.limit('site "uno.test" { max_rate = %d/s }\n' % RATE)
        at_rate(tap, c)
        path.exactly_one(tap, LIMITED + FREE, "of the campaign ")
        interrupted(tap, c)


if __name__ == "__main__":
    sys.exit(main())
