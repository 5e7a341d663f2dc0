#!/usr/bin/python3
"""Traffic moves when the world changes: a path grows long, a line slow, a gateway
dies and comes back."""

import re
import time

from nptest import Tap, wait_for
from path import Path

TOPOLOGY = """
initiator ini uplink_mbit=100
gateway lon uplink_mbit=100
gateway nyc uplink_mbit=100
gateway tyo uplink_mbit=100
site one.test
default_rtt 60
rtt ini lon 10
rtt lon one.test 10
rtt nyc one.test 40
rtt tyo one.test 120
"""
# No second attempt comes in time to help a check.
PATIENT = ["postfix.minimal_backoff_time=300s", "postfix.queue_run_delay=300s"]
WITHIN = 30.0  # seconds
DECISION = re.compile(r"recipient=(\S+) gateways=(\w+)")


class Traffic:
    """A steady stream of stubs to one.test, and whom each was given to."""

    def __init__(self, path):
        self.path, self.n, self.everybody = path, 0, []

    def chosen(self):
        """{recipient: first gateway}"""
        return dict(DECISION.findall(self.path.log("ini", "milter.log")))

    def send(self, n):
        rcpts = ["m%d@one.test" % (self.n + i) for i in range(n)]
        self.n += n
        self.everybody += rcpts
        self.path.send(rcpts)
        wait_for(lambda: set(rcpts) <= set(self.chosen()))
        chosen = self.chosen()
        return [chosen[r] for r in rcpts]

    def until(self, good, a_second=1, at_most=WITHIN + 15):
        """Sends until good(gateways of the last three seconds); the seconds
        until the first of these, and what was chosen in each."""
        began, rows, times = time.monotonic(), [], []
        while time.monotonic() - began < at_most + 3:
            times.append(time.monotonic() - began)
            rows.append(self.send(a_second))
            if len(rows) >= 3 and good(sum(rows[-3:], [])):
                break
            time.sleep(max(0, began + times[-1] + 1 - time.monotonic()))
        else:
            times += [at_most + 3] * 3
        return times[-3], rows


def moved(tap, traffic, good, what, **how):
    took, rows = traffic.until(good, **how)
    tap.note("%s: %.1f s" % (what, took))
    return tap.ok(took <= how.get("at_most", WITHIN), what, took, rows)


def main():
    with Tap() as tap, Path(TOPOLOGY, options=PATIENT) as path:
        traffic = Traffic(path)
        moved(tap, traffic, lambda g: set(g) == {"lon"},
              "the nearest gateway has the traffic")
        path.lab("set", "rtt", "lon", "one.test", 200)
        moved(tap, traffic, lambda g: "lon" not in g,
              "its path grows from 10 to 200 ms: the traffic moves")
        path.lab("set", "rtt", "lon", "one.test", 10)
        moved(tap, traffic, lambda g: set(g) == {"lon"},
              "the path is short again: it comes back", at_most=120)
        path.lab("set", "uplink", "lon", 10)
        moved(tap, traffic, lambda g: g.count("lon") <= len(g) // 4,
              "its line falls to a tenth: the traffic moves", a_second=4)
        path.lab("set", "uplink", "lon", 100)
        moved(tap, traffic, lambda g: set(g) == {"lon"},
              "the line is wide again: it comes back", at_most=120)
        path.wait(len(traffic.everybody))
        path.lab("kill", "lon")
        traffic.send(4)
        tap.ok(path.wait(len(traffic.everybody), 20).returncode == 0,
               "the gateway is dead: the next one has it in the same attempt")
        path.lab("start", "lon")
        moved(tap, traffic, lambda g: set(g) == {"lon"},
              "it is back, and so is its traffic")
        path.exactly_one(tap, traffic.everybody)


main()
