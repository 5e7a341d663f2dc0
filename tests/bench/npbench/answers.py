"""policyd's answers with Redis in the loop, beside what Redis itself answers."""

import re
import shutil
import statistics
import subprocess

from . import creative, measure, rig
from .house import House
from .reporter import Reporter

CLIENTS = 64
GATEWAYS, RECIPIENTS, ASKED, RUNS = 8, 5000, 60000, 5
DOMAINS = ["site%d.test" % i for i in range(100)]


def requests(house, addresses):
    return house.lab.write("requests", "".join(
        "request=nearpost_select\ncampaign=%s\nrecipient=%s\n"
        "sender=offers@shop.test\nroutable=%s\n\n" % (
            creative.CAMPAIGN, a, ",".join(house.ids)) for a in addresses))


def facts(argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.PIPE, text=True, timeout=120)
    if done.returncode != 0:
        raise rig.BenchError("%s: %s" % (argv[0], done.stderr.strip()))
    return done.stdout


def ask(house, text, n, *options):
    out = facts([rig.program("tests/bench/asker"), "-c", str(CLIENTS),
                 *options, house.lab.path("policyd.sock"), text, str(n)])
    found = {k: float(v) for k, v in re.findall(r"(\w+)=([0-9.]+)", out)}
    if found["other"]:
        raise rig.BenchError("%d stubs were not relayed" % found["other"])
    return found


def redis_gets(house):
    out = facts(["redis-benchmark", "-s", house.lab.path("redis.sock"), "-t",
                 "get", "-c", str(CLIENTS), "-n", str(ASKED), "-q"])
    return float(re.findall(r"([0-9.]+) requests per second", out)[-1])


def bench(lab):
    if not shutil.which("redis-benchmark"):
        raise rig.BenchError("redis-benchmark is missing: apt-get install "
                             "redis-tools")
    house = House(lab, ["g%d" % i for i in range(GATEWAYS)], {"s1m": 1 << 20},
                  interval="1m")
    house.redis()
    house.dns(DOMAINS)
    readers = ["reader%d@%s" % (i, DOMAINS[i % len(DOMAINS)])
               for i in range(RECIPIENTS)]
    house.recipients(readers)
    house.policyd()
    for reporter in [lab.own(Reporter(house, i)) for i in house.ids]:
        reporter.report()
    text = requests(house, readers)
    ask(house, text, RECIPIENTS)
    pairs = []
    for _ in range(RUNS):
        found = ask(house, text, ASKED)
        pairs.append((found["answers"] / found["seconds"], redis_gets(house)))
    ours, gets = (statistics.median(p[i] for p in pairs) for i in (0, 1))
    ratio = statistics.median(a / b for a, b in pairs)
    measure.line("bench_answers", [
        ("ratio", "%.2f" % ratio), ("goal", "0.20"), ("ours", "%.0f/s" % ours),
        ("redis_get", "%.0f/s" % gets), ("clients", CLIENTS),
        ("runs", RUNS)], measure.verdict(ratio, 0.2))
    half = ask(house, text, ASKED // 2, "-r", "%.0f" % (ours / 2))
    measure.line("bench_answers_half", [
        ("p99", "%.2fms" % (half["p99_us"] / 1000)), ("goal", "5.00ms"),
        ("p50", "%.2fms" % (half["p50_us"] / 1000)),
        ("rate", "%.0f/s" % (half["answers"] / half["seconds"]))],
        measure.verdict(half["p99_us"] / 1000, 5, at_most=True))
