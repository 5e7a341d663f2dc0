"""(assignment) The choice of a gateway with real mail, in seconds from request
to receipt: against every fixed assignment of sites to gateways, and against
Postfix's own randmap: over the same gateways.

The gateway that is nearest to one of the sites cannot carry all of its mail, so
no fixed assignment is right all the time, and the nearest one is wrong."""

import itertools
import math
import random
from contextlib import closing
from dataclasses import dataclass

from . import measure, rig
from .stream import Stream

HEAT_S, FINAL_S = 2, 20
FINALISTS = 5
GOAL_FIXED, GOAL_RANDOM = 1.15, 1.5
SIGMAS = 4  # randmap: is no further off an even split


@dataclass
class Layout:
    topology: str
    shares: dict  # {site: its share of the stubs}
    rate: float   # stubs a second
    seed: int


LAYOUTS = {
    # Each site has its own near gateway; that of three.test is too thin.
    "coasts": Layout("""
initiator ini uplink_mbit=100
gateway lon uplink_mbit=40
gateway nyc uplink_mbit=80
gateway tyo uplink_mbit=20
site one.test
site two.test
site three.test
default_rtt 30
rtt ini lon 10
rtt ini nyc 30
rtt ini tyo 60
rtt lon one.test 15
rtt lon two.test 70
rtt lon three.test 150
rtt nyc one.test 80
rtt nyc two.test 20
rtt nyc three.test 100
rtt tyo one.test 160
rtt tyo two.test 110
rtt tyo three.test 20
""", {"one.test": 3, "two.test": 3, "three.test": 2}, 6, 2026),
    # A wide gateway in the middle, and two thin ones beside their sites.
    "hub": Layout("""
initiator ini uplink_mbit=100
gateway fra uplink_mbit=70
gateway gru uplink_mbit=40
gateway sin uplink_mbit=16
site one.test
site two.test
site three.test
default_rtt 30
rtt ini fra 8
rtt ini gru 90
rtt ini sin 70
rtt fra one.test 75
rtt fra two.test 95
rtt fra three.test 40
rtt gru one.test 180
rtt gru two.test 12
rtt gru three.test 90
rtt sin one.test 10
rtt sin two.test 190
rtt sin three.test 80
""", {"one.test": 2, "two.test": 3, "three.test": 3}, 5.5, 77),
}


def fixed(stream, seconds, assignment):
    """assignment: {site: gateway}, whatever nearpost chose."""
    stream.route(assignment)
    done = stream.run(seconds)
    if not set(done.through()) <= set(assignment.items()):
        raise rig.BenchError("%s was to be %s" % (done.split(),
                                                  words(assignment)))
    return done


def ours(stream, seconds):
    stream.route()
    stream.settle()
    return stream.run(seconds)


def randmap(stream, seconds):
    stream.route(drawn=True)
    done = stream.run(seconds)
    n, share = len(done.copies), 1 / len(stream.gateways())
    for g in stream.gateways():
        have = sum(k for key, k in done.through().items() if key[1] == g)
        if abs(have - n * share) > SIGMAS * math.sqrt(n * share * (1 - share)):
            raise rig.BenchError("randmap: gave %s %d of %d stubs" % (
                g, have, n))
    return done


def words(assignment):
    return ",".join("%s:%s" % item for item in assignment.items())


def heats(name, stream, order):
    """Every assignment, shortly: all of them, the best first, and the mean of
    the worst."""
    found = []
    every = [dict(zip(stream.shares, row)) for row in itertools.product(
        stream.gateways(), repeat=len(stream.shares))]
    order.shuffle(every)
    for i, assignment in enumerate(every):
        measure.progress("%s: assignment %d of %d" % (name, i + 1, len(every)))
        found.append((fixed(stream, HEAT_S, assignment).mean(), i, assignment))
    measure.progress("")
    found.sort()
    return [assignment for _, _, assignment in found], found[-1][0]


def finals(name, stream, order, best):
    """{what: Outcome}.  Ours runs twice, far apart, and randmap: between the
    assignments, so that what else the machine does hits all of them."""
    order.shuffle(best)
    done = {}
    arms = [(words(a), lambda a=a: fixed(stream, FINAL_S, a)) for a in best]
    for at, what, arm in ((1, "ours", ours), (4, "randmap", randmap),
                          (len(arms) + 1, "ours", ours)):
        arms.insert(at, (what, lambda arm=arm: arm(stream, FINAL_S)))
    for i, (what, arm) in enumerate(arms):
        measure.progress("%s: run %d of %d, %s" % (name, i + 1, len(arms),
                                                   what))
        run = arm()
        measure.progress("")
        rig.note("%s %s mean=%.2fs p99=%.2fs cpu=%.0f%%%s" % (
            name, what, run.mean(), run.p99(), 100 * run.busy[0],
            " " + run.split() if what in ("ours", "randmap") else ""))
        if what in done:
            done[what].add(run)
        else:
            done[what] = run
    return done


def report(name, done, best, tried):
    mine, other = done["ours"], done["randmap"]
    least = min((words(a) for a in best), key=lambda w: done[w].mean())
    for kind, what, them, ratio, goal, more in (
            ("", "fixed", done[least], mine.mean() / done[least].mean(),
             GOAL_FIXED, [("best", least), ("tried", tried)]),
            ("_randmap", "randmap", other, other.mean() / mine.mean(),
             GOAL_RANDOM, [("through", other.split())])):
        measure.line("bench_assignment_" + name + kind, [
            ("ratio", "%.2f" % ratio), ("goal", "%.2f" % goal),
            ("ours", "%.2fs" % mine.mean()), (what, "%.2fs" % them.mean()),
            ("ours_p99", "%.2fs" % mine.p99()),
            (what + "_p99", "%.2fs" % them.p99()), *more,
            ("stubs", "%d/%d" % (len(mine.copies), len(them.copies))),
            ("cpu", "%.0f%%" % (100 * sum(mine.busy) / len(mine.busy))),
        ], measure.verdict(ratio, goal, at_most=not kind))


def race(name, layout):
    order = random.Random(layout.seed)
    with closing(Stream(layout.topology, layout.shares, layout.rate,
                        layout.seed)) as stream:
        stream.up(FINAL_S)
        ours(stream, HEAT_S)  # not counted: it starts processes
        every, worst = heats(name, stream, order)
        best = every[:FINALISTS]
        rig.note("%s: %d assignments in runs of %.1f s, the worst with %.1f s; "
                 "the best %d again in runs of %d s" % (
                     name, len(every), HEAT_S, worst, len(best), FINAL_S))
        report(name, finals(name, stream, order, best), best, len(every))


def bench(_lab):
    for name, layout in LAYOUTS.items():
        race(name, layout)
