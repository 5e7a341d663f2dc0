"""Where a lab keeps what it knows: one directory, NEARPOST_LAB.

Namespaces are named after that directory, so several labs can be up at once,
and `down` finds what is its own even when the directory is half written.
"""

import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path

from . import topology
from .fault import Fault

DEFAULT = "/var/lib/nearpost-lab"
MARK = "nearpost-lab"
# Unix sockets lie below, and their paths end at 107 octets.
PATH_MAX = 50
# Where `make` puts programs, below the build directory.
BIN_DIRS = (".", "tests/lab", "milter", "policyd", "gateway-agent", "ctl")


class State:
    def __init__(self):
        self.dir = Path(os.path.abspath(
            os.environ.get("NEARPOST_LAB") or DEFAULT))
        if len(str(self.dir)) > PATH_MAX:
            raise Fault(f"NEARPOST_LAB={self.dir} is longer than {PATH_MAX} "
                        "octets, and socket paths would not fit: choose a "
                        "shorter directory")
        digest = hashlib.sha256(str(self.dir).encode()).hexdigest()
        self.prefix = "np" + digest[:6] + "-"
        self._top = None
        self._net = None

    # The directory

    def exists(self):
        return (self.dir / MARK).exists()

    def create(self, topology_path):
        if self.exists():
            raise Fault(f"a lab is up in {self.dir}: end it with `lab down`, "
                        "or set NEARPOST_LAB to another directory")
        if self.dir.exists() and any(self.dir.iterdir()):
            raise Fault(f"{self.dir} is not empty and not a lab's: set "
                        "NEARPOST_LAB to a directory for the lab alone")
        self._top = topology.read(topology_path)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.dir.chmod(0o755)
        for parent in self.dir.parents:
            if not parent.stat().st_mode & 0o001:
                raise Fault(f"{parent} is closed to other users, and Postfix "
                            "does not run as root: chmod it to 755, or set "
                            "NEARPOST_LAB to another directory")
        (self.dir / MARK).write_text(self.prefix + "\n")
        shutil.copyfile(topology_path, self.dir / "topology")
        for host in self._top.hosts:
            for sub in ("log", "run", "etc"):
                (self.host(host) / sub).mkdir(parents=True)

    def remove(self):
        if self.exists():
            shutil.rmtree(self.dir)
        Path(self.lock_path()).unlink(missing_ok=True)

    def need(self):
        """Every verb but up and down begins here."""
        if not (self.dir / "up").exists():
            raise Fault(f"no lab is up in {self.dir}: run `lab up TOPOLOGY`")

    def lock(self):
        """Held to the end of the process: verbs that change the lab wait
        for each other."""
        self.dir.parent.mkdir(parents=True, exist_ok=True)
        while True:
            self._lock = open(self.lock_path(), "w", encoding="ascii")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # `down` removes the file: a lock on what is gone locks nothing.
            try:
                if os.path.samestat(os.fstat(self._lock.fileno()),
                                    os.stat(self.lock_path())):
                    return
            except FileNotFoundError:
                pass
            self._lock.close()

    def lock_path(self):
        return f"{self.dir}.lock"

    def host(self, name):
        return self.dir / "hosts" / name

    def netns(self, name):
        return self.prefix + name

    @property
    def top(self):
        if self._top is None:
            self._top = topology.read(self.dir / "topology")
        return self._top

    # What was changed since `up`: distances, rates, cuts

    @property
    def net(self):
        if self._net is None:
            try:
                text = (self.dir / "net.json").read_text()
            except FileNotFoundError:
                text = '{"rtt": [], "uplink": {}, "cut": []}'
            self._net = json.loads(text)
        return self._net

    def save_net(self):
        new = self.dir / "net.json.new"
        new.write_text(json.dumps(self._net))
        new.rename(self.dir / "net.json")

    def rtt_ms(self, a, b):
        key = list(topology.pair(a, b))
        for one, two, ms in self.net["rtt"]:
            if [one, two] == key:
                return ms
        return self.top.rtt_ms(a, b)

    def uplink_mbit(self, name):
        return self.net["uplink"].get(name, self.top.hosts[name].uplink_mbit)


def bin_path(name):
    """A program of the build, from NEARPOST_BIN or the source tree."""
    source = Path(__file__).resolve().parents[3]
    root = Path(os.environ.get("NEARPOST_BIN")
                or os.environ.get("top_builddir") or source)
    for sub in BIN_DIRS:
        path = root / sub / name
        if path.is_file() and os.access(path, os.X_OK):
            return str(path.resolve())
    raise Fault(f"no program '{name}' below {root}: run `make`, or set "
                "NEARPOST_BIN to the build directory")
