#!/usr/bin/python3
"""Before the first mail: who is asked to measure a site, in which order and how
often; twenty agents in five towns, the real policyd, Redis, DNS and nearpostctl."""

import collections
import math
import re
import signal
import subprocess
import threading

from nppolicyd import *

TOWNS = {"ams": (0, 0), "gru": (100, 0), "nyc": (40, 30), "sin": (0, 90),
         "syd": (90, 90)}  # ms
FLEET = sorted(t + str(n) for t in TOWNS for n in range(4))
LANDMARKS, BEST = 8, 4
INTERVAL_S = 4
RATE = 100
BEAT_S = 0.4
SITES = 40


def town(name):
    return TOWNS[name[:3]]


class Big(World):
    gateways = FLEET

    def zone(self):
        text = "".join("mx-host={0}{1}.test,mx.{0}{1}.test,10\n".format(t, n)
                       for t in TOWNS for n in range(SITES))
        return self.lab.write("dnsmasq.conf", text)


class Agents:
    """All of them, in one thread: they report and measure what they are asked."""

    def __init__(self, world):
        self.asked = []  # (when, gateway, host)
        self.silent, self.mute, self.answers = set(), set(), []
        self.agents = {g: world.agent(g) for g in FLEET}
        self.samples = collections.defaultdict(list)
        self.intervals, self.sites = set(), {}
        self.stopped, self.holding = False, False
        for a in self.agents.values():
            a.hello(probe_rate=50)
            self.beat(a)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        world.lab.own(self)

    def beat(self, agent):
        g = agent.gateway
        ready, self.samples[g] = self.samples[g], []
        if self.holding:
            ready, self.samples[g] = [], ready
        answer = agent.report(rtt=ready)
        for name, host in sorted(answer.items()):
            if not re.match(r"probe\.\d+$", name):
                continue
            self.asked.append((time.monotonic(), g, host))
            self.intervals.add(answer.get("probe_interval_ms"))
            self.sites[answer.get("probe_site" + name[5:])] = host
            if host not in self.mute:
                self.samples[g].append((host, self.rtt_us(g, host)))

    @staticmethod
    def rtt_us(gateway, host):
        (ax, ay), (bx, by) = town(gateway), town(host[3:])
        return int(1000 * (math.hypot(ax - bx, ay - by) + 2 +
                           0.1 * int(gateway[3:])))

    def run(self):
        while not self.stopped:
            time.sleep(BEAT_S)
            for g, a in self.agents.items():
                if g not in self.silent and not self.stopped:
                    self.beat(a)

    def stop(self):
        self.stopped = True
        self.thread.join(5)

    def who(self, host):
        """Who was asked to measure it, in the order of the first time."""
        return list(dict.fromkeys(g for _, g, h in list(self.asked)
                                  if h == host))


def landmarks(w):
    return set(re.findall(r'nearpost_gateway_landmark\{gateway="(\w+)"\} 1',
                          w.http("/metrics")[1]))


class Ctl:
    def __init__(self, w, sink):
        self.w = w
        with open(w.path("nearpost.conf"), encoding="utf-8") as f:
            text = f.read()
        self.conf = w.lab.write("ctl.conf", text + '''
milter { policyd = "unix:%s" }
send { smtp = "inet:127.0.0.1:%d" state_directory = "%s" }
''' % (w.path("policyd.sock"), sink.port, w.path("send")))

    def start(self, *argv):
        return subprocess.Popen(
            [os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", self.conf, *argv],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8")

    def run(self, *argv):
        p = self.start(*argv)
        said = p.communicate(timeout=30)[0]
        return p.returncode, said


def send(tap, w, agents, ctl, sink):
    """The stub cannot go out yet: what is measured is measured before."""
    host = "mx.ams0.test"
    w.recipient("a@ams0.test", first_name="A", lang="en")
    sink.script = lambda line: "450 4.3.2 later" if line[:4] == "MAIL" else None
    agents.holding = True
    sending = ctl.start("send", "spring", "--from", "offers@shop.test")
    tap.ok(wait_for(lambda: len(agents.who(host)) >= LANDMARKS),
           "a site is measured before the first stub is sent to it",
           agents.who(host))
    time.sleep(3 * BEAT_S)
    first = agents.who(host)
    tap.equal(set(first), landmarks(w), "first by the landmarks")
    tap.equal(len(first), LANDMARKS, "which are eight, and by nobody else")
    agents.holding = False
    tap.ok(wait_for(lambda: len(agents.who(host)) == LANDMARKS + BEST),
           "by four more when these have answered", agents.who(host))
    sink.script = None
    said = sending.communicate(timeout=30)[0]
    tap.ok(sending.returncode == 0 and len(sink.messages) == 1,
           "and then it is sent", said)


def spread(tap, w, agents, ctl):
    """Every gateway meets some sites, then a new one is measured by those who
    are near it."""
    rows = ["email,first_name"]
    rows += ["b@%s%d.test,B" % (t, n) for t in TOWNS for n in range(1, 5)]
    code, said = ctl.run("recipients", "import",
                         w.lab.write("people.csv", "\n".join(rows) + "\n"))
    tap.equal(code, 0, "an import has its sites measured, too")
    hosts = ["mx.%s%d.test" % (t, n) for t in TOWNS for n in range(1, 5)]
    tap.ok(wait_for(lambda: all(len(agents.who(h)) == LANDMARKS + BEST
                                for h in hosts), 30),
           "twelve of twenty each", [(h, len(agents.who(h))) for h in hosts])
    # What was measured before the landmarks lay somewhere places nobody: again.
    time.sleep(INTERVAL_S + 2 * BEAT_S)
    new = ["mx.%s9.test" % t for t in TOWNS]
    w.admin("warm", domains=",".join(h[3:] for h in new))
    tap.ok(wait_for(lambda: all(len(agents.who(h)) == LANDMARKS + BEST
                                for h in new)), "a new site in every town",
           [(h, agents.who(h)) for h in new])
    near = len([g for h in new for g in agents.who(h) if g[:3] == h[3:6]])
    # Of four gateways in each of five towns; six by chance in twelve of twenty.
    tap.ok(near >= 17, "the nearest measure it: %d of 20 in its own town" % near)
    w.recipient("c@syd9.test", first_name="C", lang="en")
    answer = w.select("c@syd9.test")
    tap.ok(answer["gateways"].startswith("syd"),
           "its first mail goes by one of them", answer)


def death(tap, w, agents):
    dead = sorted(landmarks(w))[0]
    agents.silent.add(dead)
    tap.ok(wait_for(lambda: dead not in landmarks(w) and
                    len(landmarks(w)) == LANDMARKS),
           "a landmark that dies is replaced", landmarks(w))
    host = "mx.gru20.test"
    w.admin("warm", domains="gru20.test")
    tap.ok(wait_for(lambda: len(agents.who(host)) == LANDMARKS + BEST) and
           dead not in agents.who(host), "by one that measures the next site",
           agents.who(host))
    agents.silent.discard(dead)


MUTE = "mx.nyc30.test"


def failing(tap, w, agents):
    host = MUTE
    agents.mute.add(host)
    w.admin("warm", domains="nyc30.test")
    tap.ok(wait_for(lambda: len(agents.who(host)) == LANDMARKS + BEST, 15),
           "landmarks that reach nobody hold up nobody", agents.who(host))


def politeness(tap, agents):
    last, least, again, mute = {}, 1e9, 0, 1e9
    for when, *pair in agents.asked:
        if tuple(pair) in last:
            again += 1
            least = min(least, when - last[tuple(pair)])
            if pair[1] == MUTE:
                mute = min(mute, when - last[tuple(pair)])
        last[tuple(pair)] = when
    tap.ok(again > 50 and least >= INTERVAL_S - 0.05,
           "nobody measures a site twice in %d s: %d did again, after %.2f s "
           "or more" % (INTERVAL_S, again, least))
    tap.ok(2 * INTERVAL_S - 0.05 <= mute < 1e9,
           "and not in twice that, who had no answer: %.2f" % mute)
    times = [when for when, _, _ in agents.asked]
    # What is planned is fetched with the next report.
    worst = max(j - i + 1 - RATE * (times[j] - times[i] + BEAT_S + 0.3)
                for i in range(len(times)) for j in range(i, len(times)))
    tap.ok(worst <= RATE + 1, "all together keep to the rate: %d probes in "
           "%.0f s" % (len(times), times[-1] - times[0]), worst)
    tap.ok(agents.intervals == {"%d" % (INTERVAL_S * 1000)} and
           all(host == "mx." + site for site, host in agents.sites.items()),
           "the agents are told the interval and the site", agents.intervals,
           agents.sites)


def off(tap, w, agents):
    w.configure(probes="no")
    w.policyd.kill(signal.SIGHUP)
    wait_for(lambda: "reload" in w.policyd.log(), 1)
    time.sleep(2 * BEAT_S)
    before = len(agents.asked)
    w.admin("warm", domains="sin30.test")
    time.sleep(5 * BEAT_S)
    tap.equal(len(agents.asked), before, "off is off")
    asked = int(re.search(r"(?m)^nearpost_probes_asked_total (\d+)",
                          w.http("/metrics")[1]).group(1))
    tap.equal(asked, before, "and all were counted")


def main():
    need("redis-server", "redis-cli", "dnsmasq", "openssl")
    with Tap() as tap, Lab() as lab:
        w = Big(lab, probe_interval="%ds" % INTERVAL_S, probe_rate=RATE)
        w.start()
        agents = Agents(w)
        sink = lab.sink()
        ctl = Ctl(w, sink)
        send(tap, w, agents, ctl, sink)
        failing(tap, w, agents)
        spread(tap, w, agents, ctl)
        death(tap, w, agents)
        politeness(tap, agents)
        off(tap, w, agents)
        if tap.failed:
            tap.note(w.policyd.log()[-4000:])


if __name__ == "__main__":
    main()
