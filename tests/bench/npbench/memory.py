"""Memory: the expander beside its asset set, policyd with a large fleet.
PSS, so that libraries which others use too count once."""

import socket
import threading
import time

from . import creative, gateway, measure, proc, rig
from .house import House
from .reporter import Reporter

MIB = 1 << 20
CONNECTIONS = 50
CREATIVES = {"m%d" % i: 8 * MIB for i in range(8)}
FLEET_GATEWAYS, FLEET_SITES, FLEET_PAIRS = 200, 10000, 100000


class Peak:
    """The largest value while it is open."""

    def __init__(self, read):
        self.read, self.value = read, 0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def _run(self):
        while not self.ending.is_set():
            self.value = max(self.value, self.read())
            time.sleep(0.02)

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()


def expander(lab):
    house = House(lab, ["tyo"], CREATIVES)
    house.redis()
    house.certificate("tyo")
    house.policyd()
    _, ports, sink, _, agent = gateway.start(lab, house)
    pid = proc.find(agent.pid, "expander")
    if not pid:
        raise rig.BenchError("the agent has no expander among its processes")
    files = creative.set_octets(house.assets)
    idle = proc.pss(pid)
    items = gateway.sign_stubs(lab, house, "m0", 2 * CONNECTIONS + 1,
                               "stubs")[1:]
    with Peak(lambda: proc.pss(pid)) as peak:
        rig.post(rig.Load(lab, "stubs.list", items), ports["ours"], sink,
                 CONNECTIONS)
    for name, octets, connections in (("idle", idle, 0),
                                      ("busy", peak.value, CONNECTIONS)):
        limit = 1.5 * files + connections * 256 * 1024
        measure.line("bench_memory_expander_" + name, [
            ("ratio", "%.2f" % (octets / limit)), ("goal", "1.00"),
            ("pss", "%.1fMiB" % (octets / MIB)),
            ("allowed", "%.1fMiB" % (limit / MIB)),
            ("set", "%.1fMiB" % (files / MIB)), ("connections", connections),
        ], measure.verdict(octets / limit, 1, at_most=True))


def select(house, addresses, ids):
    """Asks policyd about each recipient; the sites are looked up by that."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(house.lab.path("policyd.sock"))
    file = s.makefile("rb")
    actions = {}
    for address in addresses:
        s.sendall(("request=nearpost_select\ncampaign=%s\nrecipient=%s\n"
                   "sender=offers@shop.test\nroutable=%s\n\n" % (
                       creative.CAMPAIGN, address, ids)).encode())
        while True:
            line = file.readline()
            if not line:
                raise rig.BenchError("policyd closed the connection")
            if line == b"\n":
                break
            if line.startswith(b"action="):
                action = line[7:].split()[0].decode()
                actions[action] = actions.get(action, 0) + 1
    s.close()
    return actions


def fleet(lab):
    ids = ["g%d" % i for i in range(FLEET_GATEWAYS)]
    domains = ["site%d.test" % i for i in range(FLEET_SITES)]
    # One client stands for 200 agents: it cannot report for all each second.
    house = House(lab, ids, {"s1m": MIB}, interval="1m")
    house.redis()
    house.dns(domains)
    readers = ["reader@" + d for d in domains]
    house.recipients(readers)
    policyd = house.policyd()
    before = proc.pss(policyd.pid)
    reporters = [lab.own(Reporter(house, i)) for i in ids]
    for r in reporters:
        r.report()
    # Stubs do not wait for long for a slow DNS: what has no site yet gets it
    # with a later stub.
    for _ in range(6):
        actions = select(house, readers, ",".join(ids[:8]))
        if actions != {"RELAY": len(readers)}:
            raise rig.BenchError("policyd answered %s" % actions)
        if house.metric("nearpost_sites") >= FLEET_SITES:
            break
        time.sleep(1)
    each = FLEET_PAIRS // FLEET_GATEWAYS
    for i, r in enumerate(reporters):
        mine = [("mx." + domains[(i * each + k) % FLEET_SITES],
                 10000 + 100 * k) for k in range(each)]
        for at in range(0, each, 200):
            r.report(mine[at:at + 200])
    after = proc.pss(policyd.pid)
    sites = house.metric("nearpost_sites")
    pairs = house.metric("nearpost_pairs")
    if sites < FLEET_SITES or pairs < FLEET_PAIRS:
        raise rig.BenchError("policyd knows %d sites and %d pairs" % (
            sites, pairs))
    measure.line("bench_memory_policyd", [
        ("ratio", "%.2f" % (after / (64 * MIB))), ("goal", "1.00"),
        ("pss", "%.1fMiB" % (after / MIB)), ("allowed", "64.0MiB"),
        ("empty", "%.1fMiB" % (before / MIB)),
        ("gateways", FLEET_GATEWAYS), ("sites", "%d" % sites),
        ("pairs", "%d" % pairs),
    ], measure.verdict(after / (64 * MIB), 1, at_most=True))
