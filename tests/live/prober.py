#!/usr/bin/python3
"""How the agent visits a mail server: never twice in the interval whoever asks, and
never without QUIT; two policyds that ask all the time, real servers at port 25."""

import collections
import re
import socket
import threading
import time

import nptest
from nptest import Lab, Tap, wait_for
from npagent import Ear, Gateway

PATIENCE_S = 10  # of the agent, for a greeting


class Server:
    """A mail server that says so much, each piece after so many seconds, and keeps
    what it hears.  close: it hangs up then."""

    def __init__(self, host, says, close=False):
        self.says, self.close = says, close
        self.visits = []  # [when, heard, when it was heard, how it ended]
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((host, 25))
        self.sock.listen(20)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                c, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(c,), daemon=True).start()

    def serve(self, c):
        visit = [time.monotonic(), b"", None, None]
        self.visits.append(visit)
        threading.Thread(target=self.speak, args=(c,), daemon=True).start()
        try:
            while True:
                data = c.recv(100)
                if not data:
                    visit[3] = "closed"
                    break
                visit[1], visit[2] = visit[1] + data, time.monotonic()
                if visit[1] == b"QUIT\r\n":
                    c.sendall(b"221 2.0.0 bye\r\n")
        except OSError as e:
            visit[3] = str(e)
        c.close()

    def speak(self, c):
        try:
            for seconds, text in self.says:
                time.sleep(seconds)
                c.sendall(text)
            if self.close:
                c.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def stop(self):
        self.sock.close()


GREETING = b"220 mx.test ESMTP\r\n"
SERVERS = {
    "plain": [(0, GREETING)],
    "late": [(3, GREETING)],
    "lines": [(0.2, b"220-mx"), (0.3, b".test\r\n220-welcome\r\n"),
              (0.5, b"220 ESM"), (0.3, b"TP\r\n")],
    "mute": [],
    "half": [(0.1, b"220-mx.test\r\n")],
    "busy": [(0.1, b"554 5.7.1 go away\r\n")],
    "rude": [(0.1, b"")],  # hangs up
    "often": [(0, GREETING)],
    "two": [(0, GREETING)],  # two servers of one site
    "also": [(0, GREETING)],
    "last": [],  # mute, when the agent ends
}


class Asker(Ear):
    """Wants everything probed, in every answer."""

    def __init__(self, keys):
        self.wanted = []  # (host, site, interval_ms)
        super().__init__(keys)

    def answer(self, request):
        text = "action=OK\n"
        if request["request"] == "nearpost_report":
            # One interval an answer: take turns.
            intervals = sorted({w[2] for w in self.wanted})
            if intervals:
                ms = intervals[len(self.heard) % len(intervals)]
                text += "probe_interval_ms=%d\n" % ms
                for i, (host, site, _) in enumerate(
                        [w for w in self.wanted if w[2] == ms]):
                    text += "probe.%d=%s\nprobe_site.%d=%s\n" % (i, host, i, site)
        return text + "\n"


class Visitor(Gateway):
    """The agent alone, between two policyds and many servers."""

    def start_dns(self):
        port, net = nptest.free_port(), nptest.random.randrange(101, 250)
        hosts = {n: "127.%d.7.%d" % (net, i + 1) for i, n in enumerate(SERVERS)}
        self.servers = {n: self.lab.own(Server(hosts[n], SERVERS[n], n == "rude"))
                        for n in SERVERS}
        self.dns = self.lab.program(
            "/usr/sbin/dnsmasq", "-k", "-C", "/dev/null", "-p", str(port),
            "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv",
            "--no-hosts", "--user=root", "--pid-file=", "--local=/test/",
            *["--host-record=%s.test,%s" % p for p in hosts.items()])
        self.dns.start()
        return "127.0.0.1:%d" % port

    def config(self):
        self.ears = [self.lab.own(Asker(self.keys)) for _ in range(2)]
        text = super().config()
        text = re.sub(r"policyd = .*", "policyd = {%s}" % ", ".join(
            '"inet:127.0.0.1:%d"' % e.port for e in self.ears), text)
        return text.replace("report_interval = 200ms",
                            "report_interval = 200ms probe_rate = 50")

    def want(self, *wanted):
        for e in self.ears:
            e.wanted = e.wanted + list(wanted)


def all_end(tap, v, names):
    def visits(n):
        return list(v.servers[n].visits)
    tap.ok(wait_for(lambda: all(any(x[3] for x in visits(n)) for n in names),
                    PATIENCE_S + 8, 0.1), "every visit ends",
           {n: visits(n) for n in names})
    for n in names:
        began, heard, when, end = visits(n)[0]
        if n == "rude":
            tap.ok(heard == b"", "%s: who hung up hears nothing" % n, heard, end)
            continue
        tap.ok(heard == b"QUIT\r\n" and end == "closed",
               "%s hears QUIT and nothing else" % n, heard, end)
        said = sum(s for s, _ in v.servers[n].says)
        if n in ("mute", "half"):
            said = PATIENCE_S
        tap.ok(when and -0.05 <= when - began - said < 3,
               "%s hears it %.1f s after the connection" % (n, when - began))


def once(tap, v, names):
    """Both policyds have asked for them in a hundred answers by now."""
    counts = {n: len(v.servers[n].visits) for n in names}
    tap.equal(counts, {n: 1 for n in names}, "each was visited once")
    reports = sum(len(e.reports()) for e in v.ears)
    tap.ok(reports > 60, "in %d answers" % reports)
    tap.equal(len(v.servers["two"].visits) + len(v.servers["also"].visits), 1,
              "of two servers of one site one was visited")
    times = [x[0] for x in v.servers["often"].visits]
    gaps = [b - a for a, b in zip(times, times[1:])]
    tap.ok(len(gaps) >= 2 and min(gaps) > 2.95,
           "with an interval of 3 s: every 3 s", gaps)


def samples(tap, v):
    for e in v.ears:
        found = collections.Counter(
            value.split()[0] for r in e.reports() for name, value in r.items()
            if name.startswith("rtt."))
        tap.ok(all(found["%s.test" % n] == 1 for n in ("plain", "mute", "rude")),
               "both policyds learn the round trip, also of those who do not greet",
               found)


def end(tap, v):
    server = v.servers["last"]
    v.want(("last.test", "last.test", 60000))
    tap.ok(wait_for(lambda: server.visits), "a visit is under way")
    time.sleep(0.3)
    status = v.agent.stop(20)
    tap.ok(status == 0 and wait_for(lambda: server.visits[0][3], 3) and
           server.visits[0][1] == b"QUIT\r\n",
           "an agent that ends says QUIT first", status, server.visits)


def off(tap, v):
    n = len(v.servers["often"].visits)
    for e in v.ears:
        e.heard.clear()
    v.lab.write("nearpost.conf", v.text.replace("probe_rate = 50", "probes = no"))
    v.agent.start()
    tap.ok(wait_for(lambda: all(len(e.reports()) > 5 for e in v.ears), 15),
           "the agent is back")
    hello = [r for e in v.ears for r in e.heard
             if r["request"] == "nearpost_hello"]
    tap.equal({h["probe_rate"] for h in hello}, {"0"},
              "off: it says that it does not probe")
    tap.equal(len(v.servers["often"].visits), n, "and does not")


def main():
    nptest.need("dnsmasq")
    with Lab() as lab, Tap() as tap:
        v = Visitor(lab, tap)
        names = ["plain", "late", "lines", "mute", "half", "busy", "rude"]
        v.want(*[("%s.test" % n, "%s.test" % n, 60000) for n in names],
               ("two.test", "pair.test", 60000), ("also.test", "pair.test", 60000),
               ("often.test", "often.test", 3000))
        v.agent.start()
        all_end(tap, v, names)
        hello = v.ears[0].heard[0]
        tap.equal(hello.get("probe_rate"), "50", "the agent says how often it probes")
        once(tap, v, names)
        samples(tap, v)
        end(tap, v)
        off(tap, v)
        tap.ok("Sanitizer" not in v.agent.log(), "no sanitizer has a complaint")
        if tap.failed:
            tap.note(v.agent.log()[-4000:])


if __name__ == "__main__":
    main()
