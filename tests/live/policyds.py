"""Several nearpost-policyds that share one Redis: an order to one reaches all, and
they spread load as one would."""

import signal
import subprocess
import threading
import time

from nppolicyd import *

SOON = 5.0  # bounds are for a noisy machine; what was measured is printed


class Beats:
    """An agent of each gateway, connected to every policyd, as a real one is."""

    def __init__(self, worlds, gateways=GATEWAYS):
        self.lines, self.lock = [], threading.Lock()
        self.stopped = False
        self.counts = {g: 0 for g in gateways}  # accepted
        for w in worlds:
            self.join(w, gateways)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        worlds[0].lab.own(self)

    def join(self, w, gateways=GATEWAYS):
        for g in gateways:
            a = w.agent(g)
            a.hello()
            a.report(rtt=[("mx1.one.test", 20000)])
            with self.lock:
                self.lines.append(a)

    def leave(self, w):
        with self.lock:
            self.lines = [a for a in self.lines if a.world is not w]

    def line(self, w, gateway):
        with self.lock:
            return next(a for a in self.lines
                        if a.world is w and a.gateway == gateway)

    def run(self):
        while not self.stopped:
            time.sleep(0.3)
            with self.lock:
                for a in list(self.lines):
                    try:
                        a.report(rtt=[("mx1.one.test", 20000)],
                                 accepted_messages=self.counts[a.gateway])
                    except OSError:
                        pass

    def stop(self):
        self.stopped = True
        self.thread.join(5)


def rows(w):
    answer = w.admin("gateways")
    found = [dict(p.split("=", 1) for p in answer[n].split(";"))
             for n in answer if n.startswith("gateway.")]
    return {row["id"]: row for row in found}


def state(w, gateway):
    return rows(w)[gateway]["state"]


def took(what, timeout=SOON):
    """Seconds until it was so; None when it was not in time."""
    start = time.monotonic()
    return time.monotonic() - start if wait_for(what, timeout, 0.01) else None


def nearpostctl(w, *argv):
    conf = w.lab.write("ctl.conf", open(w.path("nearpost%s.conf" % w.name),
                       encoding="utf-8").read() +
                       'milter { policyd = "unix:%s" }\n' %
                       w.path("policyd%s.sock" % w.name))
    done = subprocess.run([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", conf, *argv],
                          check=False, timeout=30, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def drains(tap, one, two):
    code, text = nearpostctl(one, "gateways", "drain", "tyo", "--for", "1h",
                             "--reason", "new kernel")
    tap.ok(code == 0, "nearpostctl drains a gateway", text)
    seconds = took(lambda: state(two, "tyo") == "drained")
    tap.ok(seconds is not None and state(one, "tyo") == "drained",
           "the other policyd knows it within a second: %s s" % seconds)
    for w in (one, two):
        tap.ok("tyo" not in w.select("alice@one.test")["gateways"],
               "neither chooses it")
    code, text = nearpostctl(two, "gateways")
    tap.ok("new kernel" in text and "drained since" in text and "until 20" in text,
           "the table says why and until when, whoever is asked", text)
    tap.equal(nearpostctl(two, "gateways", "resume", "tyo")[0], 0,
              "the other one may put it back")
    seconds = took(lambda: state(one, "tyo") == "live")
    tap.ok(seconds is not None, "and the first one follows: %s s" % seconds)
    for argv in (("drain",), ("drain", "par"), ("drain", "tyo", "--for", "soon"),
                 ("drain", "tyo", "--reason", "a;live=yes"), ("resume", "par"),
                 ("drain", "tyo", "--for"), ("resume", "tyo", "--for", "1h")):
        code, text = nearpostctl(one, "gateways", *argv)
        tap.ok(code != 0 and text.strip(), "refused: %s" % " ".join(argv), code, text)
    tap.equal(state(one, "tyo"), "live", "and nothing of these was done")


def timed_drain_over_restart(tap, one, two, beats):
    one.admin("drain", gateway="lon", **{"for": "6s"})
    end = time.monotonic() + 6
    tap.ok(wait_for(lambda: state(two, "lon") == "drained", SOON), "a drain for 6 s")
    beats.leave(two)
    two.policyd.kill()
    two.policyd.proc.wait()
    two.start_policyd()
    beats.join(two)
    tap.ok(wait_for(lambda: state(two, "lon") == "drained", 3) or
           time.monotonic() > end, "it holds over a restart of policyd")
    for w in (one, two):
        tap.ok(wait_for(lambda: state(w, "lon") == "live", 15) and
               time.monotonic() > end - 0.5, "and ends by itself, not before")


def drain_without_redis(tap, one, two):
    one.redis.kill()
    one.redis.proc.wait()
    tap.ok(wait_for(lambda: one.admin("ping")["redis"] == "down", SOON), "Redis is away")
    code, text = nearpostctl(one, "gateways", "drain", "nyc")
    tap.ok(code == 0 and "Redis is down" in text, "an order is taken all the same", text)
    tap.equal(state(one, "nyc"), "drained", "and done at once")
    one.redis.start()
    seconds = took(lambda: state(two, "nyc") == "drained", 20)
    tap.ok(seconds is not None, "the other one is told when Redis is back: %s s" % seconds)
    two.admin("resume", gateway="nyc")
    tap.ok(wait_for(lambda: state(one, "nyc") == "live", SOON), "all are in service")


def main(tap, lab):
    one = World(lab)
    one.start()
    two = Peer(one, "2")
    two.start_policyd()
    one.recipient("alice@one.test", first_name="Alice", lang="en")
    beats = Beats([one, two])
    for w in (one, two):
        tap.ok(wait_for(lambda: w.select("alice@one.test")["action"] == "RELAY"),
               "a policyd answers", w.policyd.log()[-2000:])
    drains(tap, one, two)
    timed_drain_over_restart(tap, one, two, beats)
    drain_without_redis(tap, one, two)
    beats.stop()
    for w in (one, two):
        tap.equal(w.policyd.stop(), 0, "it ends when told to")
        tap.ok("Sanitizer" not in w.policyd.log(), "no sanitizer complains")


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    main(all_tests, the_lab)
