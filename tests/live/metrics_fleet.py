#!/usr/bin/python3
"""policyd's /metrics of what others did: the milter that refuses stubs by itself, and
while policyd is away; and the agent."""

import re
import time

from nptest import Tap, wait_for
from path import Path
from nphouse import House, flip, ranked

TOPOLOGY = """
initiator ini
gateway lon
site one.test
default_rtt 2
"""
SCRAPE = ("import urllib.request as u;"
          "print(u.urlopen('http://127.0.0.1:4618/metrics').read().decode())")
HEAD = "From: a <offers@shop.test>\r\nTo: b@one.test\r\nSubject: x\r\n"
STUB = HEAD + "Nearpost-Campaign: spring-2026\r\n\r\nfirst_name: Ada\r\n"
REJECTED, DEFERRED = ("nearpost_%s_stubs_total" % w for w in ("rejected", "deferred"))

# Cause, sender, recipients, message; each recipient of a refused stub counts.
REFUSED = [
    ("syntax", "offers@shop.test", ["b@one.test", "c@one.test"],
     STUB.replace("first_name", "first name")),
    ("sender", "", ["b@one.test"], STUB),
    ("recipient", "offers@shop.test", ["b@[192.0.2.1]"], STUB),
    ("size", "offers@shop.test", ["b@one.test"],
     STUB + "".join("v%d: %s\r\n" % (i, "x" * 900) for i in range(400))),
]


class Metrics:
    def __init__(self, path):
        self.path = path

    def page(self):
        done = self.path.lab("exec", "ini", "/usr/bin/python3", "-c", SCRAPE,
                             check=False)
        return done.stdout

    def get(self, name, label=""):
        """label: 'cause="syntax"'.  None when it is not there."""
        found = re.search(r"(?m)^%s%s (\S+)$" % (
            name, re.escape("{%s}" % label) if label else ""), self.page())
        return float(found[1]) if found else None

    def becomes(self, tap, name, label, value, what):
        seen = []
        tap.ok(wait_for(lambda: seen.append(self.get(name, label)) or
                        seen[-1] == value, 15, 0.5), what, name, label, value,
               seen[-3:])


def refused(tap, path, metrics):
    """Each cause, and only once."""
    for cause, sender, rcpts, text in REFUSED:
        reply = path.say("ini", 587, rcpts, text.encode(), sender=sender)
        tap.ok(reply.code // 100 == 5, "refused for its %s" % cause, reply)
    for cause, _, rcpts, _ in REFUSED:
        metrics.becomes(tap, REJECTED, 'cause="%s"' % cause, len(rcpts),
                        "and counted: " + cause)
    path.say("ini", 587, ["b@one.test"], (HEAD + "\r\nhello\r\n").encode())
    time.sleep(1.5)
    tap.equal({c[0]: metrics.get(REJECTED, 'cause="%s"' % c[0]) for c in REFUSED},
              {c[0]: len(c[2]) for c in REFUSED},
              "no more is counted afterwards, nor for ordinary mail")


def policyd_away(tap, path, metrics):
    path.lab("kill", "policyd")
    reply = path.say("ini", 587, ["d@one.test"], STUB.encode())
    tap.ok(reply.code == 451, "without policyd a stub waits", reply)
    reply = path.say("ini", 587, ["d@one.test"],
                     STUB.replace("first_name", "first name").encode())
    tap.ok(reply.code == 550, "and one that is wrong is refused", reply)
    path.lab("start", "policyd")
    metrics.becomes(tap, DEFERRED, 'cause="policyd"', 1,
                    "policyd hears of the first when it is back")
    metrics.becomes(tap, REJECTED, 'cause="syntax"', 1, "and of the second")


def agent(tap, path, metrics):
    """What a gateway's agent did, as its reports tell."""
    h = House(tap, path)
    path.exactly_one(tap, ["e@one.test", "f@one.test"] if h.send(
        STUB.encode(), "e@one.test", "f@one.test").code == 250 else [])
    good = h.mkstub("g@one.test")
    now = int(time.time() * 1000)
    replies = [h.to_gateway(data, ranked(rcpt)).code for rcpt, data in (
        ("g@one.test", good), ("g@one.test", good), ("g@one.test", flip(good, b"b=", 4)),
        ("i@one.test", h.mkstub("i@one.test", requested_ms=now - 7200000,
                                expires_ms=now - 3600000)),
        ("j@one.test", h.mkstub("j@one.test", digest="sha256:" + "0" * 64)),
        ("k@one.test", h.mkstub("k@one.test", creative="nix")))]
    tap.equal(replies, [250, 250, 550, 550, 451, 451], "stubs at the gateway")
    lon = 'gateway="lon"'
    for name, label, value in (
            ("expanded_total", lon, 3), ("repeated_stubs_total", lon, 1),
            ("refused_stubs_total", lon + ',cause="ticket"', 2),
            ("refused_stubs_total", lon + ',cause="content"', 0),
            ("deferred_stubs_total", lon + ',cause="content"', 1),
            ("deferred_stubs_total", lon + ',cause="assets"', 1),
            ("deferred_stubs_total", lon + ',cause="observer"', 0),
            ("events_waiting", lon, 0), ("events_dropped_total", lon, 0)):
        metrics.becomes(tap, "nearpost_agent_" + name, label, value,
                        "the agent's %s: %d" % (name, value))
    size = metrics.get("nearpost_agent_expanded_bytes_total", lon)
    seconds = metrics.get("nearpost_agent_expanding_seconds_total", lon)
    tap.ok(size > 100000 and 0 < seconds < 60, "octets and seconds of them", size, seconds)
    ended = metrics.get("nearpost_agent_probes_total", lon)
    tap.ok(ended and metrics.get("nearpost_agent_probes_failed_total", lon) == 0,
           "probes are counted", ended)
    path.lab("cut", "lon", "one.test")
    tap.ok(wait_for(lambda: metrics.get("nearpost_agent_probes_failed_total", lon), 120, 1),
           "and those that fail")
    path.lab("mend", "lon", "one.test")
    path.lab("kill", "agent@lon")
    path.lab("start", "agent@lon")
    metrics.becomes(tap, "nearpost_agent_expanded_total", lon, 0,
                    "an agent that is started anew begins with nothing")


def main():
    with Tap() as tap, Path(TOPOLOGY, ["policyd.probe_interval=2s"]) as path:
        metrics = Metrics(path)
        agent(tap, path, metrics)
        refused(tap, path, metrics)
        policyd_away(tap, path, metrics)


if __name__ == "__main__":
    main()
