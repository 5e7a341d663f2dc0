"""The lab's wide-area network: the forwarder and the rates of the uplinks."""

import itertools
import json
import signal
import subprocess
import time

from . import spaces, state as states
from .fault import Fault
from .topology import number, pair

# The forwarder lives in a namespace of its own, so that it is found and
# ended like everything else even if `up` dies right after starting it.
HOME = "wan"
DEVICE = "wan0"
# How long a packet may wait for the uplink: a home router's buffer.
BUFFER_MS = 200


def table(state):
    top, lines = state.top, []
    for host in top.hosts.values():
        addresses = " ".join(host.addresses())
        lines.append(f"host {host.name} "
                     f"{spaces.NETNS / state.netns(host.name)} {addresses}")
    for a, b in itertools.permutations(top.hosts, 2):
        us = round(state.rtt_ms(a, b) * 500)
        lines.append(f"delay {a} {b} {us}")
        if list(pair(a, b)) in state.net["cut"]:
            lines.append(f"cut {a} {b}")
    return "\n".join(lines) + "\n"


def write_table(state):
    new = state.dir / "wan.table.new"
    new.write_text(table(state))
    new.rename(state.dir / "wan.table")


def create_home(state):
    spaces.add_netns(state.netns("." + HOME))
    # No Postfix program works without any address.
    run_at_home(state, "ip", "link", "set", "lo", "up")


def run_at_home(state, *argv):
    return spaces.run_in(state, "." + HOME, *argv, mounts=False)


def start(state):
    """Starts the forwarder; returns when every device is up."""
    write_table(state)
    program = states.bin_path("wan")
    with open(state.dir / "wan.log", "ab") as log:
        process = subprocess.Popen(
            spaces.command(state, "." + HOME,
                           [program, state.dir / "wan.table"], mounts=False),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            start_new_session=True, cwd="/", env=spaces.environment())
    if process.stdout.readline() != b"ready\n":
        process.wait()
        raise Fault("the forwarder did not start: "
                    + (state.dir / "wan.log").read_text().strip())
    process.stdout.close()
    for name in state.top.hosts:
        set_rate(state, name)


def reload(state):
    write_table(state)
    found = spaces.processes(state, ["." + HOME])
    if not found:
        raise Fault("the forwarder has ended: see wan.log, and run "
                    "`lab down` and `lab up`")
    for process in found:
        process.signal(signal.SIGHUP)
    # It reads the table between two packets: nothing tells us when.
    time.sleep(0.05)


def set_rate(state, name):
    """The host sends no faster than its uplink.  A burst of 2 ms keeps what
    tbf can send in one go well below any delay that tests measure."""
    mbit = state.uplink_mbit(name)
    burst = max(int(mbit * 1e6 / 8 * 0.002), 4000)
    limit = max(int(mbit * 1e6 / 8 * BUFFER_MS / 1000), 32000)
    spaces.run_in(state, name, "tc", "qdisc", "replace", "dev", DEVICE,
                  "root", "tbf", "rate", f"{int(mbit * 1e6)}bit",
                  "burst", burst, "limit", limit, mounts=False)


def counters(state, name):
    """Bytes and packets the host's device has sent and received."""
    out = spaces.run_in(state, name, "ip", "-j", "-s", "link", "show", DEVICE,
                        mounts=False)
    stats = json.loads(out)[0]["stats64"]
    return {"tx": stats["tx"]["bytes"], "rx": stats["rx"]["bytes"]}


# `lab set ...`, `lab cut`, `lab mend`

def need_host(state, name):
    if name not in state.top.hosts:
        raise Fault(f"no host '{name}': this lab has "
                    + ", ".join(state.top.hosts))


def set_rtt(state, a, b, ms):
    need_host(state, a)
    need_host(state, b)
    if a == b:
        raise Fault("name two hosts")
    key = list(pair(a, b))
    rest = [row for row in state.net["rtt"] if row[:2] != key]
    state.net["rtt"] = rest + [key + [number(ms, 0, 60000, "rtt")]]
    state.save_net()
    reload(state)


def set_uplink(state, name, mbit):
    need_host(state, name)
    state.net["uplink"][name] = number(mbit, 0.05, 10000, "uplink")
    state.save_net()
    set_rate(state, name)


def set_cut(state, names, cut):
    """One host: all its links; two: the link between them."""
    for name in names:
        need_host(state, name)
    others = names[1:] or [h for h in state.top.hosts if h != names[0]]
    for other in others:
        key = list(pair(names[0], other))
        rest = [row for row in state.net["cut"] if row != key]
        state.net["cut"] = rest + ([key] if cut else [])
    state.save_net()
    reload(state)
