"""A steady stream of stubs through the lab, and when each advert was received."""

import os
import random
import signal
import statistics
import time

from nptest import wait_for
from path import Path
from nplab import collect, postfix, product

from . import proc, rig

CAMPAIGN = "jazz-night"  # two creatives, of 1.3 and 1.8 MB as sent
ADVERT_MIN = 1 << 20     # what is smaller is not the whole of one
PARALLEL = 8
SETTLE_S = 60
DRAIN_S = 180


class Outcome:
    """Of one or more runs."""

    def __init__(self, copies, busy):
        """copies: as nplab has them, with seconds; busy: share of the CPUs'
        time, 0..1."""
        self.copies, self.busy = copies, [busy]

    def add(self, other):
        self.copies += other.copies
        self.busy += other.busy

    def seconds(self):
        return [c["seconds"] for c in self.copies]

    def mean(self):
        return statistics.mean(self.seconds())

    def p99(self):
        return sorted(self.seconds())[int(0.99 * len(self.copies))]

    def through(self):
        """{(site, gateway): adverts}"""
        count = {}
        for c in self.copies:
            key = c["site"], c["gateway"]
            count[key] = count.get(key, 0) + 1
        return count

    def split(self):
        """SITE:GATEWAY*N,... for people"""
        return ",".join("%s:%s*%d" % (*key, n)
                        for key, n in sorted(self.through().items()))


class Stream:
    """A lab, whose initiator can be told to send stubs otherwise than nearpost
    chose."""

    def __init__(self, topology, shares, rate, seed):
        """shares: {site: its share of the stubs}; rate: stubs a second."""
        self.shares, self.rate = shares, rate
        self.random = random.Random(seed)
        self.order = []  # sites of the stubs of each run, the same in all
        self.path = Path(topology)

    def close(self):
        self.path.close()

    def up(self, longest_s):
        """Brings the lab up; every gateway then knows its way to every site.
        longest_s: of the runs to come."""
        with open(self.path.dir + "/people.csv", "w", encoding="utf-8") as f:
            f.write("email,interest\n" + "".join(
                "%s,%s\n" % (r, self.random.choice(["jazz", "chess"]))
                for r in self.draw(round(self.rate * longest_s))))
        self.path.topology += "option lab.recipients=people.csv\n"
        self.path.up()
        self.state = self.path.state()
        self.arrivals = collect.Arrivals(self.state)
        self.take_the_wheel()
        first = ["first@" + site for site in self.shares]
        self.path.send(first, campaign=CAMPAIGN)
        self.path.wait(len(first))
        unknown = self.path.measured(first, campaign=CAMPAIGN)
        if unknown:
            raise rig.BenchError("round trips are not measured: %s" % unknown)
        self.arrivals.look()

    def gateways(self):
        return [g.name for g in self.state.top.role("gateway")]

    def draw(self, n):
        """n recipients.  The shares hold in any stretch of twice their sum."""
        block = [s for s, n in self.shares.items() for _ in range(2 * n)]
        while len(self.order) < n:
            self.order += self.random.sample(block, len(block))
        return ["p%d@%s" % (i, s) for i, s in enumerate(self.order[:n])]

    def nexthop(self, gateway):
        host = self.state.top.hosts[gateway]
        return "nearpost:[%s]:%d" % (host.host, host.port)

    def take_the_wheel(self):
        """Two tables before nearpost's, which say nothing as yet."""
        maps = self.path.lab("exec", "ini", "postconf", "-h",
                             "transport_maps").stdout.strip()
        self.write_tables()
        self.path.set_main(
            "ini", "transport_maps = regexp:%s/fixed, pipemap:{regexp:%s/drawn,"
            " randmap:{%s}}, %s" % (
                self.path.dir, self.path.dir,
                ", ".join(map(self.nexthop, self.gateways())), maps))

    def write_tables(self, fixed="", drawn=""):
        for name, text in (("fixed", fixed), ("drawn", drawn)):
            with open(os.path.join(self.path.dir, name), "w",
                      encoding="utf-8") as f:
                f.write(text)

    def route(self, assignment=(), drawn=False):
        """Where stubs go from now on: as nearpost chose; by an assignment
        {site: gateway}; drawn by Postfix's randmap:.  Ordinary mail is in none
        of these tables: a pipe whose first has no answer has none."""
        self.write_tables("".join(
            "/@%s\\.[a-z0-9.-]+\\.nearpost\\.internal$/ %s\n" % (
                site.replace(".", "\\."), self.nexthop(assignment[site]))
            for site in assignment),
                          "/\\.nearpost\\.internal$/ stub\n" if drawn else "")
        log = postfix.log_path(self.state, "ini")
        reloads = log.read_text().count("reload --")
        # As `postfix reload` does, which waits for a main.cf to be some
        # seconds old.
        os.kill(postfix.master_pid(self.state, "ini"), signal.SIGHUP)
        if not wait_for(lambda: log.read_text().count("reload --") > reloads):
            raise rig.BenchError("the initiator's Postfix does not reload")
        time.sleep(0.2)  # until its processes have seen it

    def settle(self):
        """What policyd thinks of the gateways is no legacy of the last run."""
        end = time.monotonic() + SETTLE_S
        while any(float(row[fact]) > 0 for row in
                  product.gateways(self.state).values()
                  for fact in ("booked_messages", "queue_bytes", "wait_ms")):
            if time.monotonic() > end:
                raise rig.BenchError("the gateways do not come to rest: %s"
                                     % product.gateways(self.state))
            time.sleep(0.1)

    def run(self, seconds):
        """As many stubs as fit into that time; the Outcome, when every queue is
        empty again."""
        rcpts = self.draw(round(self.rate * seconds))
        sent = os.path.join(self.state.dir, "sent")
        before, have = os.path.getsize(sent), len(self.arrivals.copies)
        busy, total = proc.machine()
        self.path.send(rcpts, campaign=CAMPAIGN, words=[
            "--rate", self.rate, "--parallel", PARALLEL])
        now = proc.machine()
        self.drain(have + len(rcpts))
        return Outcome(
            self.received(rcpts, self.arrivals.copies[have:],
                          self.requested(sent, before)),
            (now[0] - busy) / max(1, now[1] - total))

    def drain(self, copies):
        end = time.monotonic() + DRAIN_S
        while len(self.arrivals.look()) < copies or collect.queued(self.state):
            if time.monotonic() > end:
                raise rig.BenchError(
                    "%d of %d adverts arrived within %d s, %d are queued" % (
                        len(self.arrivals.copies), copies, DRAIN_S,
                        collect.queued(self.state)))
            time.sleep(0.1)

    @staticmethod
    def requested(sent, offset):
        """{recipient: ms} of the lines behind offset."""
        with open(sent, encoding="utf-8") as f:
            f.seek(offset)
            rows = [dict(w.split("=", 1) for w in line.split(" ", 4))
                    for line in f]
        return {r["rcpt"]: int(r["requested_ms"]) for r in rows}

    @staticmethod
    def received(rcpts, copies, requested):
        """The copies with the seconds that each took; every recipient has one
        whole advert.  Their files are removed: they would fill the disk."""
        if sorted(c["rcpt"] for c in copies) != sorted(rcpts):
            reached = len({c["rcpt"] for c in copies})
            raise rig.BenchError(
                "%d recipients, %d of them reached, with %d adverts" % (
                    len(rcpts), reached, len(copies)))
        for c in copies:
            if int(c["size"]) < ADVERT_MIN:
                raise rig.BenchError("%(rcpt)s got no whole advert: %(path)s"
                                     % c)
            c["seconds"] = (int(c["received_ms"])
                            - requested[c["rcpt"]]) / 1000
            os.unlink(c["path"])
        return copies
