#!/usr/bin/python3
"""Recipients that are far or slow do not make their gateway look loaded; too
few processes and a line that is too slow do."""

import os
import sys
import time

from nptest import TOP_SRC, Tap, wait_for
from path import Path

sys.path.insert(0, os.path.join(TOP_SRC, "tests/lab"))
# pylint: disable=wrong-import-position
from nplab import postfix, product  # noqa: E402
from nplab.state import State  # noqa: E402

# One gateway, so that policyd cannot go round it.  What goes far cannot fill its
# line, not even for a moment.
TOPOLOGY = """
initiator ini uplink_mbit=100
gateway lon uplink_mbit=400
site one.test
site two.test
site three.test
site four.test
site slow.test mute=yes
site far.test
default_rtt 4
rtt lon far.test 400
"""
NEAR = ["one.test", "two.test", "three.test", "four.test"]
ADVERT = 1000000  # octets; they are larger


class Gateway:
    def __init__(self, path):
        os.environ["NEARPOST_LAB"] = path.env["NEARPOST_LAB"]
        self.path, self.state, self.everybody = path, State(), []

    def send(self, prefix, n, domains):
        rcpts = [f"{prefix}{i}@{domains[i % len(domains)]}" for i in range(n)]
        self.everybody += rcpts
        self.path.send(rcpts)

    def reported(self, name):
        return int(product.gateways(self.state)["lon"][name])

    def queued(self):
        return postfix.queued(self.state, "lon")

    def watch(self, seconds):
        """While there is mail in its queue: [(queued, sessions, queue_bytes)]"""
        rows, end = [], time.monotonic() + seconds
        while time.monotonic() < end and (self.queued() or not rows):
            rows.append((self.queued(), self.reported("in_flight"),
                         self.reported("queue_bytes")))
            time.sleep(0.25)
        return rows

    def looks_loaded(self, tap, adverts, what):
        began = time.monotonic()
        good = wait_for(
            lambda: self.reported("queue_bytes") > adverts * ADVERT, 40, 0.2)
        tap.ok(good, what, self.queued(), product.gateways(self.state))
        tap.note("%d octets wait after %.1f s" % (
            self.reported("queue_bytes"), time.monotonic() - began))

    def looks_free(self, tap, what):
        tap.ok(wait_for(lambda: self.reported("queue_bytes") == 0, 40, 0.2),
               what, self.queued(), product.gateways(self.state))


def slow_site(tap, gateway):
    gateway.send("slow", 30, ["slow.test"])
    wait_for(lambda: gateway.queued() == 30 and
             gateway.reported("in_flight") >= 5, 20)
    rows = gateway.watch(6)
    tap.ok(min(q for q, _, _ in rows) == 30 and
           max(s for _, s, _ in rows) >= 5,
           "a server that says nothing keeps 30 adverts waiting", rows)
    tap.ok(max(b for _, _, b in rows) == 0,
           "its gateway does not look loaded", rows)


def few_processes(tap, gateway):
    path = gateway.path
    path.lab("exec", "lon", "postconf", "-F", "smtp/unix/process_limit=3")
    path.reload("lon")
    gateway.send("few", 24, NEAR)
    gateway.looks_loaded(tap, 12, "a gateway short of processes looks loaded")
    path.lab("exec", "lon", "postconf", "-F", "smtp/unix/process_limit=-")
    path.reload("lon")
    path.lab("set", "fault", "slow.test", "none")
    path.lab("kill", "sink@slow.test")
    path.lab("start", "sink@slow.test")
    # What was under way at a reload stays until the queue is looked through.
    wait_for(lambda: path.lab("exec", "lon", "postqueue", "-f") and
             gateway.queued() == 0, 60, 2)
    gateway.looks_free(tap, "when all is sent it looks free")


def far_site(tap, gateway):
    gateway.send("far", 15, ["far.test"])
    rows = gateway.watch(30)
    tap.ok(len(rows) > 12 and max(s for _, s, _ in rows) >= 5,
           "a site 400 ms away takes its time", rows)
    tap.ok(max(b for _, _, b in rows) == 0,
           "nor does that make the gateway look loaded", rows)


def slow_line(tap, gateway):
    gateway.path.lab("set", "uplink", "lon", "6")
    gateway.send("line", 16, NEAR)
    gateway.looks_loaded(tap, 4, "a line slower than it is said to be does")
    gateway.path.lab("set", "uplink", "lon", "400")
    gateway.looks_free(tap, "until it is fast again")


def main():
    with Tap() as tap, Path(TOPOLOGY) as path:
        gateway = Gateway(path)
        slow_site(tap, gateway)
        few_processes(tap, gateway)
        far_site(tap, gateway)
        slow_line(tap, gateway)
        path.exactly_one(tap, gateway.everybody)


if __name__ == "__main__":
    main()
