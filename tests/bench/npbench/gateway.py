"""(c) Adverts through the gateway: grown from stubs there, against the same
Postfix receiving each of them whole."""

import os
import subprocess

from . import measure, rig
from .creative import CAMPAIGN
from .house import House

# creative: octets of its advert, messages in a run, goal
SIZES = {
    "100k": (100 * 1024, 240, 0.8),
    "1m": (1 << 20, 80, 1.1),
    "10m": (10 << 20, 12, 1.1),
}
MIB = 1 << 20


def sign_stubs(lab, house, creative, n, name):
    """post's list of n stubs, each with a ticket of its own."""
    there = lab.path(name)
    os.makedirs(there, exist_ok=True)
    done = subprocess.run(
        [rig.program("tests/bench/stubs"),
         os.path.join(house.dir, "keys/signing.pem"), "nearpost.internal",
         ",".join(house.ids), CAMPAIGN, creative, house.digest, str(n), there],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        check=False, timeout=60)
    if done.returncode != 0:
        raise rig.BenchError("stubs: " + done.stderr.strip())
    return [tuple(x.split(" ", 1)) for x in done.stdout.splitlines()]


def start(lab, house):
    """A gateway's Postfix with a port that expands and one that does not;
    reader1@one.test goes to a sink that keeps what it gets."""
    sink, keeper = rig.CountingSink(lab), lab.sink()
    agent, agent_at = house.agent()
    ports = {arm: rig.nptest.free_port() for arm in ("ours", "direct")}
    pf = lab.postfix("gateway", smtpd={
        ports["ours"]: {"smtpd_milters": agent_at}, ports["direct"]: {}},
        main={"message_size_limit": str(64 * MIB), "mailbox_size_limit": "0",
              "virtual_mailbox_limit": "0"})
    pf.settings["transport_maps"] = pf.postmap(
        "transport", "reader1@one.test smtp:[127.0.0.1]:%d\n"
        "* smtp:[127.0.0.1]:%d\n" % (keeper.port, sink.port))
    pf.write()
    pf.start()
    return pf, ports, sink, keeper, agent


def full_advert(lab, house, creative, port, keeper):
    """The advert as the gateway makes it, without what MTAs put before it."""
    keeper.clear()
    (rcpt, path), = sign_stubs(lab, house, creative, 1, "first-" + creative)
    with open(path, "rb") as f:
        reply = lab.submit(port, "offers@shop.test", [rcpt], f.read())
    if reply.code != 250 or not keeper.wait(1, 20):
        raise rig.BenchError("a stub for %s was answered %s" % (creative,
                                                                reply))
    data = keeper.messages[0].data
    head, _, body = data.partition(b"\r\n\r\n")
    size = SIZES[creative][0]
    if b"nearpost-" in head.lower() or not 0.9 < len(data) / size < 1.1:
        raise rig.BenchError("the stub for %s became %d octets:\n%s" % (
            creative, len(data), head.decode(errors="replace")))
    fields, keep = [], False
    for line in head.split(b"\r\n"):
        if not line[:1].isspace():
            keep = not line.lower().startswith((b"received:", b"return-path:"))
        if keep:
            fields.append(line)
    return lab.write("full-%s.eml" % creative,
                     b"\r\n".join(fields) + b"\r\n\r\n" + body)


def bench(lab):
    house = House(lab, ["tyo"], {k: v[0] for k, v in SIZES.items()})
    house.redis()
    house.certificate("tyo")
    house.policyd()
    pf, ports, sink, keeper, agent = start(lab, house)
    servers = [rig.master_pid(pf), agent.pid]
    for name, (_, n, goal) in SIZES.items():
        full = full_advert(lab, house, name, ports["ours"], keeper)
        direct = rig.Load(lab, "direct-%s.list" % name, [
            ("reader%d@one.test" % (i + 2), full) for i in range(n)])

        def ours(name=name, n=n):
            # The first is reader1, whom the other sink gets.
            items = sign_stubs(lab, house, name, n + 1, "stubs-" + name)[1:]
            load = rig.Load(lab, "stubs-%s.list" % name, items)
            return rig.measure_run(load, ports["ours"], sink, servers)

        done = measure.interleave("bench_c_" + name, {
            "ours": ours,
            "direct": lambda direct=direct: rig.measure_run(
                direct, ports["direct"], sink, servers)})
        measure.compare("bench_c_" + name, done, "ours", "direct", goal)
