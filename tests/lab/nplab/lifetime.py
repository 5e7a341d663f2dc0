"""From `up` to `down`."""

import json
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import mta, postfix, product, programs, spaces, topology, wan
from .fault import Fault
from .state import bin_path
from .topology import FAULTS

TOOLS = {"ip": "iproute2", "tc": "iproute2", "nsenter": "util-linux",
         "unshare": "util-linux", "dnsmasq": "dnsmasq-base",
         "postfix": "postfix"}
PRODUCT_TOOLS = {"redis-server": "redis-server"}
PRODUCT_PROGRAMS = ("nearpost-milter", "nearpost-policyd", "nearpost-agent",
                    "nearpostctl")


def check_tools(top):
    tools = {**TOOLS, **(PRODUCT_TOOLS if top.product else {})}
    missing = sorted({p for t, p in tools.items() if not shutil.which(t)})
    if missing:
        raise Fault("missing programs: run apt install " + " ".join(missing))
    if not Path("/dev/net/tun").exists():
        raise Fault("/dev/net/tun is missing: run modprobe tun")
    for name in ("wan",) + (PRODUCT_PROGRAMS if top.product else ()):
        bin_path(name)


def each(function, items):
    """In parallel; the first fault is raised when all have ended."""
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(function, i) for i in items]:
            future.result()


def up(state, topology_path):
    check_tools(topology.read(topology_path))
    began = time.monotonic()
    state.create(topology_path)
    try:
        bring_up(state)
    except BaseException:
        # Nothing half up is left; the files stay for whoever asks why.
        down(state, keep_files=True)
        raise
    top = state.top
    print(f"up in {time.monotonic() - began:.1f} s: "
          f"{len(top.role('gateway'))} gateways, "
          f"{len(top.role('site'))} sites, in {state.dir}")


def bring_up(state):
    hosts = list(state.top.hosts)
    mail_hosts = [h.name for h in state.top.mail_hosts()]
    wan.create_home(state)
    with ThreadPoolExecutor(1) as pool:
        template = pool.submit(postfix.prepare_template, state)
        for name in hosts:
            spaces.create(state, name)
        wan.start(state)
        if state.top.product:
            product.create(state)
        template.result()

    def start(name):
        if name in mail_hosts:
            mta.of(state, name).prepare(state, name)
            mta.of(state, name).configure(state, name)
            if state.top.product:
                product.configure_mta(state, name)
        programs.start_host(state, name)

    each(start, hosts)
    if state.top.product:
        product.settle(state)
    (state.dir / "up").touch()


def down(state, keep_files=False):
    """Also after an `up` or a `down` that was killed half-way: it asks the
    kernel, not the directory, what there is to end."""
    spaces.end(lambda: spaces.processes(state), signal.SIGTERM)
    for name in spaces.ours(state):
        spaces.delete(state, name)
    if keep_files and state.exists():
        (state.dir / "up").unlink(missing_ok=True)
        kept = f"{state.dir}.{os.getpid()}.kept"
        state.dir.rename(kept)
        Path(state.lock_path()).unlink(missing_ok=True)
        print(f"files kept in {kept}")
    else:
        state.remove()


def set_faults(state, name, words):
    host = state.top.hosts.get(name)
    if host is None or host.role != "site":
        raise Fault(f"'{name}' is not a site: this lab has " + ", ".join(
            s.name for s in state.top.role("site")))
    faults = {}
    for word in words:
        key, eq, value = word.partition("=")
        if word == "none":
            continue
        if not eq or key not in FAULTS:
            raise Fault(f"'{word}' is no fault: write none or "
                        + ", ".join(f + "=" for f in FAULTS))
        faults[key] = FAULTS[key](value)
    path = state.host(name) / "faults.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(faults))
    new.rename(path)
