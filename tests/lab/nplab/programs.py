"""The programs of each host: starting them, finding them, killing them."""

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import names, postfix, spaces
from .fault import Fault

START_S = 30


@dataclass
class Program:
    name: str
    roles: tuple
    start: Callable
    # ("tcp", port) or ("udp", port) that is open once it serves
    ready: tuple = None


def start_sink(state, name):
    host, here = state.top.hosts[name], state.host(name)
    config = {"domains": host.domains,
              "names": dict(zip(host.addresses(), host.mx_names()))}
    (here / "sink.json").write_text(json.dumps(config))
    if not (here / "faults.json").exists():
        (here / "faults.json").write_text(json.dumps(host.faults))
    program = Path(__file__).with_name("sink.py")
    return spaces.spawn(state, name, ["/usr/bin/python3", "-I", program, here],
                        "sink.log")


MAIL = ("initiator", "gateway")
# In the order of starting.
PROGRAMS = [
    Program("dnsmasq", MAIL, names.start, ("udp", 53)),
    Program("sink", ("site",), start_sink, ("tcp", 25)),
    Program("postfix", MAIL, postfix.start, ("tcp", 25)),
]


def of_host(state, name):
    return [p for p in PROGRAMS if state.top.hosts[name].role in p.roles]


def session_file(state, name, program):
    return state.host(name) / "run" / f"{program.name}.session"


def session(state, name, program):
    """Of the program as it was started last, 0 if it never was."""
    if program.name == "postfix":
        return postfix.master_pid(state, name)
    try:
        return int(session_file(state, name, program).read_text())
    except (OSError, ValueError):
        return 0


def find(state, name, program):
    leader = session(state, name, program)
    return [p for p in spaces.processes(state, [name]) if p.session == leader]


def port_is_open(pid, kind, port):
    """Asked of the kernel, since a connection would show in logs."""
    wanted = "0A" if kind == "tcp" else "07"
    for table in (kind, kind + "6"):
        try:
            rows = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()
        except OSError:
            continue
        for row in rows[1:]:
            fields = row.split()
            if fields[3] == wanted and fields[1].endswith(f":{port:04X}"):
                return True
    return False


def start_program(state, name, program):
    """Starts it unless it runs; returns when it serves."""
    if find(state, name, program):
        return
    process = program.start(state, name)
    if process is not None:
        session_file(state, name, program).write_text(f"{process.pid}\n")
    deadline = time.monotonic() + START_S
    while program.ready:
        leader = session(state, name, program)
        if leader and port_is_open(leader, *program.ready):
            return
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            raise Fault(f"{program.name} on {name} "
                        f"{'ended' if ended else 'does not serve'}: see "
                        f"{state.host(name) / 'log'}")
        time.sleep(0.01)


def start_host(state, name):
    for program in of_host(state, name):
        start_program(state, name, program)


def target(state, word):
    """(host, program or None) of HOST, HOST:PROGRAM, PROGRAM@HOST, PROGRAM."""
    hosts = state.top.hosts
    if word in hosts:
        return word, None
    name, sep, program = word.partition(":")
    if not sep:
        program, sep, name = word.partition("@")
    found = [p for p in PROGRAMS if p.name == program]
    if not found:
        raise Fault(f"'{word}' is neither a host nor a program: hosts are "
                    f"{', '.join(hosts)}; programs "
                    f"{', '.join(p.name for p in PROGRAMS)}; write HOST, "
                    "PROGRAM@HOST or, where only one host has it, PROGRAM")
    on = [h.name for h in hosts.values() if h.role in found[0].roles]
    if not sep and len(on) == 1:
        name = on[0]
    if name not in on:
        raise Fault(f"say which host: {program} runs on " + ", ".join(
            f"{program}@{h}" for h in on))
    return name, found[0]


def kill(state, word, signo=signal.SIGKILL):
    """Ends a host's processes or a program; returns when they are gone."""
    name, program = target(state, word)
    # On SIGTERM a libmilter program may take five seconds to end.
    patience = 0 if signo == signal.SIGKILL else 10
    if program is None:
        spaces.end(lambda: spaces.processes(state, [name]), signo, patience)
    elif program.name == "postfix" and signo == signal.SIGTERM:
        postfix.stop(state, name)
    else:
        spaces.end(lambda: find(state, name, program), signo, patience)


def start(state, word):
    name, program = target(state, word)
    if program is None:
        start_host(state, name)
    else:
        start_program(state, name, program)


def status(state):
    """Rows of (host, program, running)."""
    return [(h, p.name, bool(find(state, h, p)))
            for h in state.top.hosts for p in of_host(state, h)]
