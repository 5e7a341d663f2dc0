"""(b) What ordinary mail pays for our milter."""

from . import measure, rig
from .house import House

MESSAGES = 400
SIZE = 4000


def bench(lab):
    house = House(lab, ["tyo", "lon"], {"s1m": 1 << 20})
    house.redis()
    house.policyd()
    ours, ours_at = house.milter()
    noop, noop_at = rig.milter(lab, "noop", "tests/bench/baseline_milter",
                               "noop", "SOCKET")
    sink = rig.CountingSink(lab)
    services = {"none": "", "noop": noop_at, "ours": ours_at}
    ports = {arm: rig.nptest.free_port() for arm in services}
    pf = lab.postfix("mail", smtpd={
        ports[arm]: {"smtpd_milters": services[arm]} for arm in services},
        main={"relayhost": "[127.0.0.1]:%d" % sink.port}).start()
    items = []
    for i in range(MESSAGES):
        path = lab.write("mail/%d.eml" % i, rig.ordinary_mail(i, SIZE))
        items.append(("bob%d@one.test" % i, path))
    load = rig.Load(lab, "mail.list", items)
    servers = [rig.master_pid(pf), noop.pid, ours.pid]
    done = measure.interleave("bench_b", {
        arm: lambda arm=arm: rig.measure_run(load, ports[arm], sink, servers)
        for arm in services})
    measure.compare("bench_b_ordinary", done, "ours", "noop", 0.95)
    measure.compare("bench_b_ordinary_none", done, "ours", "none", None)
