#!/usr/bin/python3
"""An import of many domains asks no more of the DNS than it takes at a time, and a
stub does not wait behind it."""

import collections
import re
import select
import threading

from nppolicyd import *

DOMAINS = 3000
# What dnsmasq forwards at a time (dns-forward-max), beyond which it refuses.
FORWARD_MAX = 150
ROUND_TRIP_S = 0.05


class Distance:
    """A DNS server that is a round trip away and, as dnsmasq and others do, drops
    what is too much for it.  Questions about mute names are not answered."""

    def __init__(self, server_port):
        self.server = ("127.0.0.1", server_port)
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asked = {}  # number towards the server: (client, its number)
        self.answers = collections.deque()  # (when, number, answer)
        self.most = self.dropped = self.number = self.mute = 0
        self.stopped = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def stop(self):
        self.stopped = True
        self.thread.join(5)

    def question(self):
        data, client = self.front.recvfrom(4096)
        if b"\x04mute\x04test\x00" in data:
            self.mute += 1
            return
        if len(self.asked) >= FORWARD_MAX:
            self.dropped += 1
            return
        self.number = (self.number + 1) % 65536
        self.asked[self.number] = (client, data[:2])
        self.most = max(self.most, len(self.asked))
        self.back.sendto(self.number.to_bytes(2, "big") + data[2:],
                         self.server)

    def run(self):
        while not self.stopped:
            ready, _, _ = select.select([self.front, self.back], [], [], 0.005)
            if self.back in ready:
                data = self.back.recv(4096)
                self.answers.append((time.monotonic() + ROUND_TRIP_S,
                                     int.from_bytes(data[:2], "big"), data))
            if self.front in ready:
                self.question()
            while self.answers and self.answers[0][0] < time.monotonic():
                _, number, data = self.answers.popleft()
                client, theirs = self.asked.pop(number)
                self.front.sendto(theirs + data[2:], client)


def known_domains(w):
    return int(re.search(r"(?m)^nearpost_domains (\d+)", w.http("/metrics")[1])
               .group(1))


def warm(w, names):
    for n in range(0, len(names), 1000):
        w.admin("warm", domains=",".join(names[n:n + 1000]))


def many(tap, w, dns):
    names = ["d%d.many.test" % n for n in range(DOMAINS)]
    began = time.monotonic()
    warm(w, names)
    tap.ok(wait_for(lambda: known_domains(w) >= DOMAINS, 60),
           "%d domains are asked for" % DOMAINS, known_domains(w))
    tap.note("%.1f s, at most %d questions at a time, %d dropped" % (
        time.monotonic() - began, dns.most, dns.dropped))
    tap.equal(dns.dropped, 0, "no question is too many for the DNS")
    talk = w.talk()
    found = collections.Counter(talk.ask({
        "request": "nearpost_explain", "campaign": "spring",
        "recipient": "a@" + name})["site_status"] for name in names)
    talk.close()
    tap.equal(dict(found), {"no_name": DOMAINS}, "every one was answered")


def urgent(tap, w, dns):
    """Hundreds of names whose servers are silent are being asked for."""
    warm(w, ["d%d.mute.test" % n for n in range(900)])
    tap.ok(wait_for(lambda: dns.mute >= 100), "silent names are under way",
           dns.mute)
    # Without a turn of its own it would be asked after all of them.
    tap.equal(w.explain("alice@one.test")["site_status"], "site",
              "a stub does not wait behind them")
    tap.ok(known_domains(w) < DOMAINS + 900, "they were still waiting",
           known_domains(w))
    # Ends with lookups under way and waiting.
    tap.equal(w.policyd.stop(), 0, "nor does the end of the daemon")


def main():
    need("redis-server", "redis-cli", "dnsmasq", "openssl")
    with Tap() as tap, Lab() as lab:
        w = World(lab)
        dns = lab.own(Distance(w.dns_port))
        w.configure(dns_servers="127.0.0.1:%d" % dns.port)
        w.start()
        w.agent("tyo").hello()
        many(tap, w, dns)
        urgent(tap, w, dns)


if __name__ == "__main__":
    main()
