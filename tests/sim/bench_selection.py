#!/usr/bin/python3
"""bench_selection.py SIMULATOR [SCENARIO,...]: our choice of a gateway against
others, in seconds until the recipient has the mail.

SIMULATOR is a directory with simlab.c and scenarios/*.scn; it is not part of
the project.  Each figure is a ratio to the best of its clairvoyant oracles, of
the mean and of the 99th percentile; `best` names the best of the others.
SEED=N changes the luck, MODE=... the options given to our program."""

import concurrent.futures
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("top_builddir", os.path.join(HERE, "../.."))
CHOOSE = os.path.join(BUILD, "tests/sim/choose")
OTHERS = ["wrr", "lif", "p2c", "pewma", "prequal", "c3"]
ORACLES = ([["-o", "omode=%d" % m] for m in range(3)] +
           [["-o", "omode=3", "-o", "c1=%d" % c] for c in (1, 2, 4)])
# What must hold, mean and p99: (name starts with, mean, p99).
GOALS = [("05", 2.0, 2.0), ("06", 2.0, 2.0), ("10", 1.2, 1.25),
         ("", 1.10, 1.25)]


def build(simulator, where):
    binary = os.path.join(where, "simlab")
    subprocess.run(["cc", "-O2", "-std=gnu11", "-w", "-o", binary,
                    os.path.join(simulator, "simlab.c"), "-lm"], check=True)
    return binary


def run(simlab, scenario, arguments):
    """(mean, p99) in seconds."""
    seed = os.environ.get("SEED")
    words = subprocess.run(
        [simlab, "-s", scenario] + arguments +
        (["-o", "seed=" + seed] if seed else []),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        check=True).stdout.split()
    return tuple(float(words[words.index(w) + 1]) for w in ("mean", "p99"))


def measure(pool, simlab, scenario):
    name = os.path.basename(scenario)[:-len(".scn")]
    jobs = {"ours": ["-p", "ext", "-o", "ext=exec " + CHOOSE, "-o",
                     os.environ.get("MODE", "pre=4")]}
    jobs.update({p: ["-p", p] for p in OTHERS})
    jobs.update({"oracle%d" % i: ["-p", "oracle"] + a
                 for i, a in enumerate(ORACLES)})
    results = {k: pool.submit(run, simlab, scenario, a)
               for k, a in jobs.items()}
    results = {k: f.result() for k, f in results.items()}
    oracle = [min(results["oracle%d" % i][k] for i in range(len(ORACLES)))
              for k in (0, 1)]
    ratio = {k: (results[k][0] / oracle[0], results[k][1] / oracle[1])
             for k in ["ours"] + OTHERS}
    return name, oracle, ratio


def verdict(name, ratio):
    _, mean, p99 = next(g for g in GOALS if name.startswith(g[0]))
    missed = [w for w, have, goal in (("mean", ratio["ours"][0], mean),
                                      ("p99", ratio["ours"][1], p99))
              if have > goal]
    missed += [p for p in OTHERS for k in (0, 1)
               if ratio[p][k] <= ratio["ours"][k]]
    return "MISSED " + ",".join(missed) if missed else "ok"


def main(argv):
    simulator = argv[1] if len(argv) > 1 else ""
    if not os.path.isfile(os.path.join(simulator, "simlab.c")):
        print("bench-selection: there is no simulator in %r: name its "
              "directory with NEARPOST_SIM=; nothing was measured" % simulator)
        return 0
    folder = os.path.join(simulator, "scenarios")
    wanted = argv[2].split(",") if len(argv) > 2 and argv[2] else [""]
    scenarios = [os.path.join(folder, f) for f in sorted(os.listdir(folder))
                 if f.endswith(".scn") and any(f.startswith(w) for w in wanted)]
    print("%-20s %9s %9s  %11s  " % ("scenario", "oracle s", "p99 s", "ours") +
          " ".join("%11s" % p for p in OTHERS))
    with tempfile.TemporaryDirectory() as where, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        simlab = build(simulator, where)
        for scenario in scenarios:
            name, oracle, ratio = measure(pool, simlab, scenario)
            best = min(OTHERS, key=lambda p, r=ratio: r[p][0])
            print("%-20s %9.3f %9.3f  %5.2f %5.2f  " % (
                (name,) + tuple(oracle) + ratio["ours"]) +
                  " ".join("%5.2f %5.2f" % ratio[p] for p in OTHERS) +
                  "  best %s  %s" % (best, verdict(name, ratio)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
