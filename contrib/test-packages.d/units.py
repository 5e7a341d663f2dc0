"""Starts, reloads and stops what a systemd unit describes, where no systemd runs:
user, groups, capabilities, umask, directories, a file system that is for reading,
and the wait for READY=1.  Everything is taken from the installed unit file."""

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path

from hosts import wait_for

START_S = 30
# $1: directories to write in.  The others: ProtectSystem=strict, PrivateTmp=yes,
# ProtectHome=yes.
STRICT = """for d in $1; do mount --bind "$d" "$d" || exit 71; done
mount -o remount,bind,ro / || exit 71
for d in /tmp /var/tmp; do mount -t tmpfs tmpfs "$d" || exit 71; done
"""
HOME = "for d in /home /root; do mount -t tmpfs -o ro tmpfs $d || exit 71; done\n"


def parse(text):
    """{name: [values]}; an empty value takes back those before it, as in
    systemd.syntax(7)."""
    found = {}
    for line in text.replace("\\\n", " ").splitlines():
        name, eq, value = line.strip().partition("=")
        if not eq or line.startswith(("#", ";")):
            continue
        found.setdefault(name, [])
        if value:
            found[name].append(value)
        else:
            found[name] = [""]
    return found


class Unit:
    def __init__(self, host, name):
        self.host, self.name = host, name
        tree = host.tree
        path = next(p for d in ("etc", "usr/lib", "lib")
                    if (p := tree / d / "systemd/system" / f"{name}.service"
                        ).exists())
        self.settings = parse(path.read_text())
        self.log = host.log.with_name(f"{host.name}.{name}.log")
        self.process = self.pid = self.notify = None

    def one(self, name, default=""):
        return self.settings.get(name, [default])[-1]

    def words(self, name):
        return " ".join(self.settings.get(name, [])).split()

    def unmet(self):
        """The condition that keeps it from starting, or ''."""
        for path in self.settings.get("ConditionPathExists", []):
            if not (self.host.tree / path.lstrip("/")).exists():
                return path
        return ""

    def identity(self):
        """setpriv's options."""
        user = self.one("User", "root")
        options = []
        if user != "root":
            groups = self.host.run("id", "-G", user).split()
            for group in self.words("SupplementaryGroups"):
                groups.append(self.host.run(
                    "getent", "group", group).split(":")[2])
            options += [f"--reuid={user}", "--regid=" + self.one("Group", user),
                        "--groups=" + ",".join(dict.fromkeys(groups))]
        for setting, option in (("AmbientCapabilities", "--ambient-caps="),
                                ("CapabilityBoundingSet", "--bounding-set=")):
            if setting not in self.settings:
                continue
            caps = [c.lower().removeprefix("cap_") for c in self.words(setting)]
            if any(c.startswith("~") for c in caps):
                continue
            added = "".join(f",+{c}" for c in caps)
            if setting == "AmbientCapabilities":
                options.append(f"--inh-caps=-all{added}")
            options.append(f"{option}-all{added}")
        if self.one("NoNewPrivileges") in ("yes", "true"):
            options.append("--no-new-privs")
        return options

    def directories(self):
        """Makes them; returns those that the program may write in."""
        user, group = self.one("User", "root"), self.one("Group", "root")
        paths = [p.lstrip("-") for p in self.words("ReadWritePaths") +
                 self.words("ReadWriteDirectories")]
        for setting, top in (("StateDirectory", "/var/lib"),
                             ("RuntimeDirectory", "/run")):
            mode = self.one(setting + "Mode", "0755")
            for name in self.words(setting):
                self.host.run("install", "-d", "-o", user, "-g", group, "-m", mode,
                              f"{top}/{name}")
                paths.append(f"{top}/{name}")
        return [p for p in paths if (self.host.tree / p.lstrip("/")).is_dir()]

    def wrapped(self, command, notify=""):
        script = ""
        if self.one("ProtectSystem") == "strict":
            script += STRICT
        if self.one("ProtectHome") in ("yes", "true"):
            script += HOME
        script += f"umask {self.one('UMask', '0022')}\n"
        script += f"cd /; exec setpriv {' '.join(self.identity())} {command}\n"
        env = [f"NOTIFY_SOCKET={notify}"] if notify else []
        return self.host.inside(
            *env, "unshare", "--mount", "bash", "-c", script, "bash",
            " ".join(self.directories()))

    def start(self):
        if path := self.unmet():
            raise RuntimeError(f"{self.name} would not start: no {path}")
        name = f"/run/notify.{len(self.host.units)}"
        path = self.host.tree / name.lstrip("/")
        path.unlink(missing_ok=True)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(path))
        path.chmod(0o777)
        self.notify.setblocking(False)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.wrapped(self.one("ExecStart"), name),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ready = wait_for(lambda: "READY=1" in self.told() or
                         self.process.poll() is not None, START_S)
        if not ready or self.process.poll() is not None:
            raise RuntimeError(f"{self.name} does not get ready: "
                               f"{self.process.poll()}\n{self.tail()}")
        outer = self.process.pid
        self.pid = int(Path(f"/proc/{outer}/task/{outer}/children"
                            ).read_text().split()[0])

    def told(self):
        """What it has told systemd since the last time."""
        words = []
        with contextlib.suppress(BlockingIOError):
            while True:
                words += self.notify.recv(4096).decode().split("\n")
        return words

    def tail(self):
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-8:])

    def status(self):
        """Lines of /proc/PID/status: {name: value}"""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines())

    def reload(self):
        if not self.runs():
            raise RuntimeError(f"{self.name} has ended: {self.process.poll()}\n"
                               f"{self.tail()}")
        self.told()
        inner = self.status()["NSpid"].split()[-1]
        command = self.one("ExecReload").replace("$MAINPID", inner)
        done = subprocess.run(self.wrapped(command), text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stdout}")

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """The exit status."""
        if not self.runs():
            return self.process.returncode if self.process else None
        self.told()
        os.kill(self.pid, signal.SIGTERM)
        status = self.process.wait(START_S)
        self.notify.close()
        return status
