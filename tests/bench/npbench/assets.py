"""The asset set: processor time and memory of building and of loading it, with a
second one beside it.  The set is read before, so that no disk is measured."""

import os
import shutil
import signal
import statistics
import subprocess
import time

from . import creative, measure, proc, rig
from .house import House

MIB = 1 << 20
RUNS = 3
LOAD_S_PER_GB = 5.0  # of processor time
LOAD_WAIT_S = 300


class Spent:
    """Runs a command: seconds of the clock and of processors."""

    def __init__(self, argv, **how):
        began = time.monotonic()
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, **how)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            raise rig.BenchError("%s: %s" % (argv[0], said.decode()))
        self.wall = time.monotonic() - began
        self.cpu = usage.ru_utime + usage.ru_stime


def median(runs, what):
    return statistics.median(getattr(r, what) for r in runs)


def ours(house, *words):
    return Spent([rig.program("ctl/nearpostctl"), "-c", house.conf, "assets",
                  *words])


def size():
    text = os.environ.get("NEARPOST_BENCH_ASSETS", "1000,200")
    try:
        files, megabytes = (int(x) for x in text.split(","))
    except ValueError:
        raise rig.BenchError("NEARPOST_BENCH_ASSETS=%s is not like "
                             "10000,2000" % text) from None
    return files, megabytes * 1000000


def sign(house, directory):
    house.ctl("assets", "build", directory)
    house.ctl("assets", "sign", directory, "--key",
              os.path.join(house.dir, "keys/signing.pem"))


def bench_build(house, directory, octets):
    """Both read every file and take its digest."""
    digests = "find %s -type f -print0 | xargs -0 openssl dgst -sha256" \
        % directory
    done = measure.interleave("bench_assets_build", {
        "ours": lambda: ours(house, "build", directory),
        "openssl": lambda: Spent(["sh", "-c", digests])}, RUNS)
    cpu, base = (median(done[arm], "cpu") for arm in ("ours", "openssl"))
    measure.line("bench_assets_build", [
        ("ratio", "%.2f" % (cpu / base)), ("goal", "1.25"),
        ("cpu", "%.2fs" % cpu), ("openssl", "%.2fs" % base),
        ("took", "%.2fs" % median(done["ours"], "wall")),
        ("set", "%.0fMB" % (octets / 1e6)), ("runs", RUNS),
    ], measure.verdict(cpu / base, 1.25, at_most=True))


def bench_verify(house, directory, octets):
    """Digests and base64 of everything, as a gateway loads it."""
    both = "find %s -type f -print0 >%s.list; " \
        "xargs -0 openssl dgst -sha256 <%s.list; " \
        "xargs -0 cat <%s.list | openssl base64" % ((directory,) * 4)
    done = measure.interleave("bench_assets_load", {
        "ours": lambda: ours(house, "verify", directory),
        "openssl": lambda: Spent(["sh", "-c", both])}, RUNS)
    cpu, base = (median(done[arm], "cpu") for arm in ("ours", "openssl"))
    took = median(done["ours"], "wall")
    limit = LOAD_S_PER_GB * octets / 1e9
    measure.line("bench_assets_load", [
        ("ratio", "%.2f" % (cpu / limit)), ("goal", "1.00"),
        ("cpu", "%.2fs" % cpu), ("allowed", "%.2fs" % limit),
        ("openssl", "%.2fs" % base), ("took", "%.2fs" % took),
        ("cores", "%.1f" % (cpu / took)),
        ("set", "%.0fMB" % (octets / 1e6)), ("runs", RUNS),
    ], measure.verdict(cpu / limit, 1, at_most=True))


def loads(agent):
    return agent.log().count(" memory=")


def wait_loads(agent, n):
    end = time.monotonic() + LOAD_WAIT_S
    while loads(agent) < n:
        if not agent.running() or time.monotonic() > end:
            raise rig.BenchError("the agent did not load the set: " +
                                 agent.log().strip()[-500:])
        time.sleep(0.05)
    time.sleep(0.5)  # to drop what is not needed any more


def tenth_new(house, directory):
    """Pictures of a tenth of the creatives are others."""
    there = [os.path.join(w, "p0.jpg") for w, _, files in os.walk(directory)
             if "p0.jpg" in files]
    for path in sorted(there)[::10]:
        with open(path, "r+b") as f:
            f.write(os.urandom(8))
    sign(house, directory)


def memory_line(name, pid, limit, octets):
    used = proc.pss(pid)
    measure.line(name, [
        ("ratio", "%.2f" % (used / limit)), ("goal", "1.00"),
        ("pss", "%.1fMiB" % (used / MIB)),
        ("allowed", "%.1fMiB" % (limit / MIB)),
        ("set", "%.1fMiB" % (octets / MIB)),
    ], measure.verdict(used / limit, 1, at_most=True))


def bench_memory(lab, house, octets):
    """One set; the same again; another one in its place, beside which the first
    stays; the same again."""
    agent = lab.program(rig.program("gateway-agent/nearpost-agent"), "-c",
                        house.conf, "-f").start()
    wait_loads(agent, 1)
    pid = proc.find(agent.pid, "expander")
    memory_line("bench_assets_memory", pid, 1.5 * octets, octets)
    agent.kill(signal.SIGHUP)
    wait_loads(agent, 2)
    memory_line("bench_assets_memory_again", pid, 1.5 * octets, octets)
    tenth_new(house, house.assets)
    agent.kill(signal.SIGHUP)
    wait_loads(agent, 3)
    memory_line("bench_assets_memory_two", pid, 1.55 * octets, octets)


def bench(lab):
    files, octets = size()
    house = House(lab, ["tyo"], {"small": 100 * 1024})
    house.certificate("tyo")
    shutil.rmtree(house.assets)
    creative.write_many(house.assets, octets, files)
    octets = creative.set_octets(house.assets)
    bench_build(house, house.assets, octets)
    sign(house, house.assets)
    bench_verify(house, house.assets, octets)
    bench_memory(lab, house, octets)
