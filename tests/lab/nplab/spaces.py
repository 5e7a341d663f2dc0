"""Hosts as network namespaces, and the processes in them.

A process belongs to a host when its network namespace is the host's, and to
a program when its session is the one the program was started in.  Both are
asked of the kernel each time: no pid file can be stale or name a stranger.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

from .fault import Fault

NETNS = Path("/run/netns")
# `ip netns add` races with itself, and another lab may be coming up.
NETNS_LOCK = Path("/run/nearpost-lab.lock")
CLONE_NEWNET = 0x40000000

# Binds the host's own files over /etc in a mount namespace that ends with
# the last process in it.  The real /etc is never written to.
INSIDE = """for f in resolv.conf hosts nsswitch.conf; do
	mount --bind "$0/$f" "$(readlink -f "/etc/$f")" || exit 71
done
exec "$@"
"""
ETC = {
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:2\n",
    # Without `resolve` and friends: they answer from the real network.
    "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\n"
                     "hosts: files dns\nservices: files\nprotocols: files\n",
}


def run(*argv, **kw):
    """A command that must work."""
    done = subprocess.run([str(a) for a in argv], capture_output=True,
                          text=True, check=False, **kw)
    if done.returncode != 0:
        raise Fault(f"{' '.join(map(str, argv))}: "
                    f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def add_netns(name):
    with open(NETNS_LOCK, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run("ip", "netns", "add", name)


def create(state, name):
    add_netns(state.netns(name))
    host = state.top.hosts[name]
    etc = state.host(name) / "etc"
    for file, text in ETC.items():
        (etc / file).write_text(text)
    names = " ".join([host.host] if host.host else host.mx_names())
    (etc / "hosts").write_text(
        f"127.0.0.1 localhost\n{host.address} {names}\n")


def ours(state):
    """Names of the hosts whose namespaces exist."""
    if not NETNS.is_dir():
        return []
    return sorted(p.name[len(state.prefix):] for p in NETNS.iterdir()
                  if p.name.startswith(state.prefix))


def delete(state, name):
    run("ip", "netns", "del", state.netns(name))


def command(state, name, argv, mounts=True):
    """argv, to be executed on the host in place of the caller's argv."""
    enter = ["nsenter", f"--net={NETNS / state.netns(name)}"]
    if mounts:
        enter += ["unshare", "--mount", "sh", "-c", INSIDE,
                  str(state.host(name) / "etc")]
    return enter + [str(a) for a in argv]


ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "HOME": "/root",
}


def environment():
    """Ours, with what sanitizers need passed on."""
    keep = {k: v for k, v in os.environ.items() if k.endswith("_OPTIONS")}
    return {**ENVIRONMENT, **keep}


def spawn(state, name, argv, log):
    """Starts a program in a session of its own; returns the Popen."""
    with open(state.host(name) / "log" / log, "ab") as out:
        return subprocess.Popen(
            command(state, name, argv), stdin=subprocess.DEVNULL, stdout=out,
            stderr=out, start_new_session=True, cwd="/", env=environment())


def run_in(state, name, *argv, mounts=True, **kw):
    done = subprocess.run(command(state, name, argv, mounts), text=True,
                          capture_output=True, check=False,
                          env=environment(), **kw)
    if done.returncode != 0:
        raise Fault(f"{' '.join(map(str, argv))} on {name}: "
                    f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def enter(state, name):
    """Moves this process, for good, into the host's network."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(NETNS / state.netns(name), os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise Fault(f"setns {name}: {os.strerror(ctypes.get_errno())}")
    os.close(fd)


class Process:
    def __init__(self, pid, host, fields):
        self.pid = pid
        self.host = host
        self.state = fields[0]
        self.parent = int(fields[1])
        self.session = int(fields[3])
        self.began = fields[19]

    def cmdline(self):
        try:
            raw = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()

    def is_alive(self):
        """This process, not one that got its number since."""
        fields = stat_fields(self.pid)
        return bool(fields) and fields[19] == self.began and (
            fields[0] not in "ZX")

    def signal(self, signo):
        try:
            fd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.is_alive():
                signal.pidfd_send_signal(fd, signo)
        except ProcessLookupError:
            pass
        finally:
            os.close(fd)


def stat_fields(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def processes(state, names=None):
    """Every live process in the namespaces of the lab's hosts."""
    spaces = {}
    for name in ours(state) if names is None else names:
        try:
            spaces[os.stat(NETNS / state.netns(name)).st_ino] = name
        except FileNotFoundError:
            pass
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            inode = os.stat(f"/proc/{entry}/ns/net").st_ino
        except OSError:
            continue
        fields = stat_fields(entry)
        if inode in spaces and fields and fields[0] not in "ZX":
            found.append(Process(int(entry), spaces[inode], fields))
    return found


def end(find, first=signal.SIGTERM, patience_s=1.0):
    """Ends what find() returns, and what that has forked meanwhile; waits
    until nothing of it is left."""
    deadline = time.monotonic() + patience_s
    give_up = deadline + 20
    signo, told, seen = first, set(), {}
    while True:
        # A process that is exiting has left its namespace already, but may
        # still hold ports and files.
        seen.update((p.pid, p) for p in find())
        left = [p for p in seen.values() if p.is_alive()]
        if not left:
            return
        if time.monotonic() > give_up:
            raise Fault("cannot end " + ", ".join(
                f"{p.pid} ({p.cmdline()})" for p in left))
        if time.monotonic() > deadline:
            signo = signal.SIGKILL
        for p in left:
            if (p.pid, signo) not in told or signo == signal.SIGKILL:
                p.signal(signo)
                told.add((p.pid, signo))
        time.sleep(0.02)
