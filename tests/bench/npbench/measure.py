"""Interleaved runs, and the line that tells what came of them."""

import statistics
import sys
from dataclasses import dataclass

RUNS = 5


@dataclass
class Run:
    rate: float    # messages a second
    cpu_ms: float  # of the servers, for each message


def progress(text):
    if sys.stderr.isatty():
        sys.stderr.write("\r" + text + "\033[K")
        sys.stderr.flush()


def interleave(name, arms, runs=RUNS):
    """{arm: [Run, ...]} of arms {arm: function that runs once}.  Every round
    runs each arm once, so that what else the machine does hits all of them;
    rounds alternate in order, so that none is always the one behind the other.
    One round before is not counted: it fills caches and starts processes."""
    done = {arm: [] for arm in arms}
    for i in range(-1, runs):
        order = list(arms) if i % 2 else list(reversed(list(arms)))
        for arm in order:
            progress("%s: run %d of %d, %s" % (name, max(i + 1, 0), runs, arm))
            run = arms[arm]()
            if i >= 0:
                done[arm].append(run)
    progress("")
    return done


def verdict(ratio, goal, at_most=False):
    if goal is None:
        return "for the record"
    good = ratio <= goal if at_most else ratio >= goal
    return "ok" if good else "MISSED"


def number(value):
    return "%.0f" % value if value >= 100 else "%.3g" % value


def compare(name, done, ours, baseline, goal):
    """One line: the median of the ratios of runs made side by side.  cpu is
    what the servers used for each message, the client and the sink left out:
    it is steadier than the rate where others use the machine."""
    ratios = [a.rate / b.rate for a, b in zip(done[ours], done[baseline])]
    cpu = [statistics.median(run.cpu_ms for run in done[arm])
           for arm in (ours, baseline)]
    ratio = statistics.median(ratios)
    line(name, [
        ("ratio", "%.2f" % ratio),
        ("goal", "none" if goal is None else "%.2f" % goal),
    ] + [(arm, number(statistics.median(r.rate for r in done[arm])) + "/s")
         for arm in (ours, baseline)] + [
        ("runs", len(ratios)),
        ("min", "%.2f" % min(ratios)), ("max", "%.2f" % max(ratios)),
        ("cpu", "%.2f/%.2fms" % tuple(cpu)),
    ], verdict(ratio, goal))


def line(name, facts, last):
    print(" ".join([name] + ["%s=%s" % f for f in facts] + [last]), flush=True)
