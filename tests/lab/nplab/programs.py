"""The programs of each host: starting them, finding them, killing them."""

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import names, postfix, product, sendmail, spaces
from .fault import Fault
from .state import bin_path

START_S = 30


@dataclass
class Program:
    name: str
    roles: tuple
    start: Callable
    # (state, host) -> what is open once it serves: ("tcp", port),
    # ("udp", port) or ("unix", path)
    ready: Callable
    product: bool = False
    # The process of the other program's that has these words on its command
    # line.  The other program starts it and keeps it alive.
    child_of: str = ""
    mark: str = ""
    mta: str = ""  # only on hosts with this one


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


def start_redis(state, name):
    """With its log of changes: a Redis that is killed must not forget who is
    suppressed."""
    data = state.host(name) / "redis"
    data.mkdir(exist_ok=True)
    path = product.socket_path(state, name, "redis")
    return spaces.spawn(state, name, [
        "redis-server", "--port", 0, "--unixsocket", path,
        "--unixsocketperm", 700, "--dir", data, "--save", "",
        "--appendonly", "yes", "--logfile", ""], "redis.log")


def ours(program):
    """One of nearpost's daemons."""
    def start(state, name):
        return spaces.spawn(state, name, [
            bin_path("nearpost-" + program), "-f", "-c",
            product.config_path(state, name)], program + ".log")
    return start


def listens(*programs):
    return lambda state, name: [
        ("unix", product.socket_path(state, name, p)) for p in programs]


def mta_ports(state, name):
    host = state.top.hosts[name]
    ports = {state.top.plain_port(host)}
    if state.top.product and host.role == "gateway":
        ports.add(host.port)
    elif state.top.product:
        ports.add(product.STUB_PORT)
    return [("tcp", p) for p in sorted(ports)]


MAIL = ("initiator", "gateway")
# In the order of starting.
PROGRAMS = [
    Program("dnsmasq", MAIL, names.start, lambda s, n: [("udp", 53)]),
    Program("sink", ("site",), start_sink, lambda s, n: [("tcp", 25)]),
    Program("redis", MAIL[:1], start_redis, listens("redis"), product=True),
    Program("policyd", MAIL[:1], ours("policyd"), listens("policyd"),
            product=True),
    Program("milter", MAIL[:1], ours("milter"), listens("milter"),
            product=True),
    Program("agent", MAIL[1:], ours("agent"), listens("agent", "observer"),
            product=True),
    Program("expander", MAIL[1:], None, listens("agent"), product=True,
            child_of="agent", mark=" -r expander"),
    Program("observer", MAIL[1:], None, listens("observer"), product=True,
            child_of="agent", mark=" -r observer"),
    Program("postfix", MAIL, postfix.start, mta_ports, mta="postfix"),
    Program("syslog", MAIL, sendmail.start_syslog,
            lambda s, n: [("unixgram", sendmail.socket_path(s, n))],
            mta="sendmail"),
    # What delivers in the background has left its parent's session.
    Program("sendmail", MAIL, sendmail.start, mta_ports, mta="sendmail"),
]
BY_NAME = {p.name: p for p in PROGRAMS}


def of_host(state, name):
    return [p for p in PROGRAMS if state.top.hosts[name].role in p.roles
            and (state.top.product or not p.product)
            and p.mta in ("", state.top.hosts[name].mta)]


def of_host_names(state, name):
    return [p.name for p in of_host(state, name)]


def session_file(state, name, program):
    return state.host(name) / "run" / f"{program.name}.session"


def session(state, name, program):
    """Of the program as it was started last, 0 if it never was."""
    if program.name == "postfix":
        return postfix.master_pid(state, name)
    if program.child_of:
        program = BY_NAME[program.child_of]
    try:
        return int(session_file(state, name, program).read_text())
    except (OSError, ValueError):
        return 0


def find(state, name, program):
    leader = session(state, name, program)
    found = spaces.processes(state, [name])
    if program.name == "sendmail":
        return [p for p in found if p.session == leader
                or p.cmdline().startswith("sendmail:")]
    return [p for p in found if p.session == leader
            and (not program.mark or program.mark in p.cmdline())]


def socket_is_open(pid, kind, path):
    # Num RefCount Protocol Flags Type St Inode Path; the flag is
    # __SO_ACCEPTCON: it listens.
    try:
        rows = Path(f"/proc/{pid}/net/unix").read_text().splitlines()
    except OSError:
        return False
    rows = [row.split(maxsplit=7) for row in rows]
    return any(len(row) == 8 and row[7] == str(path)
               and (kind == "unixgram" or row[3] == "00010000")
               for row in rows)


def port_is_open(pid, kind, port):
    """Asked of the kernel, since a connection would show in logs."""
    if kind in ("unix", "unixgram"):
        return socket_is_open(pid, kind, port)
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
    process = None
    if program.child_of:
        start_program(state, name, BY_NAME[program.child_of])
    elif find(state, name, program):
        return
    else:
        process = program.start(state, name)
    if process is not None:
        session_file(state, name, program).write_text(f"{process.pid}\n")
    deadline = time.monotonic() + START_S
    ready = program.ready(state, name)
    while True:
        leader = session(state, name, program)
        if leader and all(port_is_open(leader, *r) for r in ready):
            return
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            raise Fault(f"{program.name} on {name} "
                        f"{'ended' if ended else 'does not serve'}: see "
                        f"{state.host(name) / 'log'}")
        time.sleep(0.01)


def start_host(state, name):
    for program in of_host(state, name):
        if not program.child_of:
            start_program(state, name, program)


def target(state, word):
    """(host, program or None) of HOST, HOST:PROGRAM, PROGRAM@HOST, PROGRAM."""
    hosts = state.top.hosts
    if word in hosts:
        return word, None
    name, sep, program = word.partition(":")
    if not sep:
        program, sep, name = word.partition("@")
    known = {p for h in hosts for p in of_host_names(state, h)}
    found = [p for p in PROGRAMS if p.name == program and p.name in known]
    if not found:
        raise Fault(f"'{word}' is neither a host nor a program: hosts are "
                    f"{', '.join(hosts)}; programs "
                    f"{', '.join(sorted(known))}; write HOST, "
                    "PROGRAM@HOST or, where only one host has it, PROGRAM")
    on = [h.name for h in hosts.values() if h.role in found[0].roles
          and found[0].mta in ("", h.mta)]
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


def find_running(state, word):
    name, program = target(state, word)
    found = (find(state, name, program) if program
             else spaces.processes(state, [name]))
    if not found:
        raise Fault(f"{word} does not run: `lab start {word}`")
    return found


def freeze(state, word):
    """Stops a host's processes or a program where they are.  The kernel goes
    on to accept connections for them."""
    for process in find_running(state, word):
        process.signal(signal.SIGSTOP)


def thaw(state, word):
    for process in find_running(state, word):
        process.signal(signal.SIGCONT)


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
