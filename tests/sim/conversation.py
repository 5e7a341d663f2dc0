#!/usr/bin/python3
"""tests/sim/choose by itself: a conversation as a simulator would hold it, and
what must be true of the answers whatever the constants of the model are."""

import os
import subprocess
import sys

BUILD = os.environ.get("top_builddir", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../.."))
CHOOSE = os.path.join(BUILD, "tests/sim/choose")
GATEWAYS = 4
# Seconds from each gateway to site 0, 1, 2.
RTT = [[0.010, 0.200, 0.030], [0.200, 0.010, 0.030],
       [0.100, 0.100, 0.030], [0.300, 0.300, 0.030]]


class Talk:
    """One program, one conversation."""

    def __init__(self, daemons=1):
        self.p = subprocess.Popen([CHOOSE], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.mails = 0
        self.accepted = [0] * GATEWAYS
        self.say("hello 1 %d 3 %d 1.000" % (GATEWAYS, daemons))
        for g in range(GATEWAYS):
            self.say("gw %d 12500000 60000000 0.05 500 20" % g)
        for g in range(GATEWAYS):
            for s in range(3):
                self.say("rtt 0.0 %d %d %.6f" % (g, s, RTT[g][s]))

    def say(self, line):
        self.p.stdin.write(line + "\n")

    def report(self, t, only=range(GATEWAYS), queue=0):
        for g in only:
            self.say("report %.6f %d %d %d %d %d 0 1.0 0" % (
                t, g, queue, 1 if queue else 0, self.accepted[g] * 100000,
                self.accepted[g]))

    def choose(self, t, site, size=100000, daemon=0):
        self.mails += 1
        self.say("choose %.6f %d %d %d %d" % (t, self.mails, daemon, site, size))
        self.p.stdin.flush()
        g = int(self.p.stdout.readline())
        self.accepted[g] += 1
        return g

    def done(self, t, g, site, size=100000):
        self.say("done %.6f %d %d %d 0.5 %.6f 0.3" % (
            t, g, site, size, RTT[g][site]))

    def end(self):
        self.say("bye")
        self.p.stdin.close()
        self.p.stdout.close()
        return self.p.wait(timeout=20)


def nearest():
    t = Talk()
    got = [t.choose(1.0, s) for s in (0, 1)]
    return got == [0, 1] and t.end() == 0, got


def ties():
    t = Talk()
    got = t.choose(1.0, 2)
    return got == 0 and t.end() == 0, got


def burst():
    """Half a second's worth for every gateway, before any report."""
    t = Talk()
    got = [t.choose(1.0, 0, 1000000) for _ in range(200)]
    share = [got.count(g) for g in range(GATEWAYS)]
    return share[0] > share[3] > 0 and t.end() == 0, share


def silence():
    t = Talk()
    t.report(1.0)
    for second in (2, 3, 4, 5, 6):
        t.report(second, only=(1, 2, 3))
    away = t.choose(6.0, 0)
    t.report(6.5)
    back = t.choose(6.6, 0)
    return away != 0 and back == 0 and t.end() == 0, (away, back)


def refusal():
    t = Talk()
    t.report(1.0)
    t.say("fail 1.5 0")
    away = t.choose(1.6, 0)
    t.report(2.0)
    back = t.choose(2.1, 0)
    return away != 0 and back == 0 and t.end() == 0, (away, back)


def throttle():
    t = Talk()
    t.report(1.0)
    for i in range(6):
        g = t.choose(1.1 + i / 100, 0)
        t.say("defer %.3f %d 0" % (1.15 + i / 100, g))
    got = t.choose(1.3, 0)
    other = t.choose(1.3, 1)
    return got != 0 and other == 1 and t.end() == 0, (got, other)


def undone():
    """Lost mail leaves no load behind."""
    t = Talk()
    t.report(1.0)
    for _ in range(50):
        g = t.choose(1.0, 0, 5000000)
        t.say("lost 1.0 %d 0 5000000" % g)
        t.accepted[g] -= 1
    got = t.choose(1.0, 0)
    return got == 0 and t.end() == 0, got


def mirrors():
    """A daemon knows its own choices at once, and those of another one after
    its next look, a twentieth of a second later at most; the other way round
    as well."""
    t = Talk(daemons=2)
    t.report(1.0)
    t.choose(1.001, 0, 50000000, daemon=0)
    blind = t.choose(1.002, 0, 20000000, daemon=1)
    own = t.choose(1.003, 0, 20000000, daemon=0)
    seeing = t.choose(1.060, 0, 20000000, daemon=1)
    t.report(9.0)
    t.choose(9.001, 1, 50000000, daemon=1)
    back = t.choose(9.060, 1, 20000000, daemon=0)
    good = own != 0 and blind == 0 and seeing != 0 and back != 1
    return good and t.end() == 0, (own, blind, seeing, back)


def crowds():
    """Of four daemons each spares the nearest gateway sooner than the only one
    would: the others do as it does."""
    first = []
    for daemons in (1, 4):
        t = Talk(daemons=daemons)
        t.report(1.0)
        got = [t.choose(1.001, 0, 400000) for _ in range(60)]
        first.append(next(i for i, g in enumerate(got) if g != 0))
        if t.end() != 0:
            return False, first
    return 0 < first[1] < first[0], first


def elsewhere_undone():
    """What one daemon books and undoes is off the other's mind, too."""
    t = Talk(daemons=2)
    t.report(1.0)
    for _ in range(20):
        g = t.choose(1.001, 0, 5000000, daemon=0)
        t.say("lost 1.002 %d 0 5000000" % g)
        t.accepted[g] -= 1
    got = t.choose(1.100, 0, daemon=1)
    return got == 0 and t.end() == 0, got


def nonsense():
    """Lines that make no sense change nothing and kill nothing."""
    t = Talk()
    for line in ("", "choose", "choose x 1 0 0 1", "rtt 1 0 0 nan",
                 "rtt 1 99 0 0.1", "rtt 1 -1 0 0.1", "rtt 1 1e300 0 0.1",
                 "rtt 1 0 7 0.1", "rtt 1 3 0 -4", "rtt 1 3 0 0",
                 "report 1 0 -5 -5 -5 -5 -5 0 0",
                 "report 1e9 1 1e15 1e15 1e15 1e15 1e15 1 1",
                 "report 1 0 1 1 1 1 1 1", "report nan 0 1 1 1 1 1 1 1",
                 "done 1 0 0 1 1 1 -1", "done 1 2 2 -1 -1 -1 -1",
                 "defer 1 0 99", "lost 1 0 0 1", "fail 1 77",
                 "choose 1 1 1 0 1", "choose 1 1 -1 0 1", "hello 1 300 5 1 1",
                 "hello 1 4 3 0 1", "hello 1 4 3 99 1", "gw 9 1 1 1 1 1", "word 1 2 3"):
        t.say(line)
    t.report(2.0)
    got = [t.choose(2.0, 0, 0), t.choose(2.0, 0, -7), t.choose(2.0, 0)]
    return got == [0, 0, 0] and t.end() == 0, got


def clock():
    """Back by an hour and on by a day: answers go on, and load is not kept
    from a time that is not yet."""
    t = Talk()
    t.report(5000.0)
    got = [t.choose(5000.0, 0)]
    for at in (1400.0, 91400.0):
        t.report(at)
        got.append(t.choose(at + 0.1, 0))
    return got == [0, 0, 0] and t.end() == 0, got


def repeats():
    """The same lines give the same answers."""
    answers = []
    for _ in range(2):
        t = Talk()
        got = []
        for i in range(300):
            now = 1 + i / 50
            if i % 50 == 0:
                t.report(now)
            g = t.choose(now, i % 3, 1000 + 997 * i)
            got.append(g)
            if i % 7 != 0:
                t.done(now + 0.01, g, i % 3, 1000 + 997 * i)
        answers.append((got, t.end()))
    return (answers[0] == answers[1] and answers[0][1] == 0 and
            set(answers[0][0]) <= set(range(GATEWAYS))), answers


CHECKS = [
    ("the nearest idle gateway is chosen", nearest),
    ("the lowest number wins a tie", ties),
    ("a burst spreads before any report", burst),
    ("a silent gateway is passed over until it reports", silence),
    ("a refusing gateway is passed over until it reports", refusal),
    ("a throttled pair is left, the gateway's other sites are not", throttle),
    ("lost mail leaves no load behind", undone),
    ("a daemon knows the choices of another one after its next look", mirrors),
    ("each daemon reckons with the others", crowds),
    ("what is undone at one is undone at the other", elsewhere_undone),
    ("nonsense is passed over", nonsense),
    ("a clock that jumps does no harm", clock),
    ("the same lines give the same answers", repeats),
]


def main():
    failed = 0
    print("1..%d" % len(CHECKS))
    for n, (name, check) in enumerate(CHECKS, 1):
        good, seen = check()
        print("%s %d - %s" % ("ok" if good else "not ok", n, name))
        if not good:
            failed = 1
            print("# saw %s" % (seen,))
    return failed


if __name__ == "__main__":
    sys.exit(main())
