"""CPU of the choice itself: every gateway is scored for every mail."""

import subprocess

from . import measure, rig

GATEWAYS, ROUNDS, RUNS = 200, 20000, 5
GOAL_US = 10.0
# Few sites fit into the processor's cache, many do not.
SITES = (("few", 20), ("many", 1000))


def bench(_lab):
    for name, sites in SITES:
        runs = []
        for _ in range(RUNS):
            text = subprocess.run(
                [rig.program("tests/bench/choice"), str(GATEWAYS), str(sites),
                 str(ROUNDS)],
                stdout=subprocess.PIPE, text=True, check=True).stdout
            runs.append([float(word) for word in text.split()])
        ours, booked, baseline = (sorted(column)[RUNS // 2]
                                  for column in zip(*runs))
        measure.line("bench_choose_%s_sites" % name, [
            ("ratio", "%.3f" % (baseline / ours)), ("goal_us", GOAL_US),
            ("ours", "%.2fus" % ours), ("baseline", "%.2fus" % baseline),
            ("with_booking", "%.2fus" % booked), ("runs", RUNS)],
                     measure.verdict(ours, GOAL_US, at_most=True))
