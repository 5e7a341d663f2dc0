"""(a) Stubs through the initiator: policyd asked, Redis read, a ticket signed,
the envelope rewritten; against a milter that does nothing but rewrite it."""

from . import measure, rig
from .creative import CAMPAIGN
from .house import House
from .reporter import Reporter

MESSAGES = 400
STUB = ("From: Offers <offers@shop.test>\r\n"
        "To: {to}\r\n"
        "Subject: {{{{first_name}}}}, spring is here\r\n"
        "Date: Mon, 06 Apr 2026 08:00:00 +0000\r\n"
        "Message-ID: <{number}@shop.test>\r\n"
        "Nearpost-Campaign: {campaign}\r\n"
        "\r\n"
        "coupon: X7-{number}\r\n")
DOMAINS = ["one.test", "two.test", "three.test", "four.test", "five.test"]


def stubs(lab):
    items = []
    for i in range(MESSAGES):
        to = "reader%d@%s" % (i, DOMAINS[i % len(DOMAINS)])
        items.append((to, lab.write("stubs/%d.eml" % i, STUB.format(
            to=to, number=i, campaign=CAMPAIGN))))
    return rig.Load(lab, "stubs.list", items)


def bench(lab):
    ids = ["tyo", "lon"]
    house = House(lab, ids, {"s1m": 1 << 20})
    redis = house.redis()
    house.dns(DOMAINS)
    policyd = house.policyd()
    load = stubs(lab)
    house.recipients([to for to, _ in load.items])
    sinks = {i: rig.CountingSink(lab) for i in ids}
    for i in ids:
        lab.own(Reporter(house, i, lambda i=i: sinks[i].count).start())
    ours, ours_at = house.milter()
    rewrite, rewrite_at = rig.milter(
        lab, "rewrite", "tests/bench/baseline_milter", "rewrite", "SOCKET",
        *house.labels)
    services = {"ours": ours_at, "baseline": rewrite_at}
    ports = {arm: rig.nptest.free_port() for arm in services}
    pf = lab.postfix("mail", smtpd={
        ports[arm]: {"smtpd_milters": services[arm]} for arm in services})
    pf.settings["transport_maps"] = pf.postmap("transport", "".join(
        ".%s.nearpost.internal smtp:%s\n" % ("-".join(pair), ", ".join(
            "[127.0.0.1]:%d" % sinks[i].port for i in pair))
        for pair in (ids, ids[::-1])) + "* discard:not ranked\n")
    pf.write()
    pf.start()
    servers = [rig.master_pid(pf), rewrite.pid, ours.pid, policyd.pid,
               redis.pid]
    both = rig.Sinks(list(sinks.values()))
    done = measure.interleave("bench_a", {
        arm: lambda arm=arm: rig.measure_run(load, ports[arm], both, servers)
        for arm in services})
    measure.compare("bench_a_stubs", done, "ours", "baseline", 0.90)
