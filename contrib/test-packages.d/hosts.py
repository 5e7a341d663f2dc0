"""Hosts: a tree each, in a mount, process, name and network namespace of its own,
and the network between them."""

import subprocess
import time
from pathlib import Path

from trees import ENV, run

# The first process of a host.  bash waits for orphans, as an init has to.
INIT = "echo up; while :; do sleep 3600 & wait; done"
ENTER = """mount --rbind "$0" "$0" && cd "$0" && mount -t proc proc proc &&
hostname "$1" && exec chroot . bash -c "$2"
"""
NETWORK = "10.66.0."


class Space:
    """Something that holds namespaces until it is closed."""

    def __init__(self, name, options, argv):
        self.name = name
        # Everything in it ends with its first process.
        self.process = subprocess.Popen(
            ["unshare", *options, "--fork", "--kill-child", *argv],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "up\n":
            raise RuntimeError(f"the namespaces of {name} cannot be made")
        outer = self.process.pid
        self.pid = int(Path(f"/proc/{outer}/task/{outer}/children"
                            ).read_text().split()[0])

    def network(self, *argv):
        """A command of this machine in that network."""
        return run("nsenter", f"--target={self.pid}", "--net", *argv)

    def spawn_outside(self, argv, **kw):
        return subprocess.Popen(["nsenter", f"--target={self.pid}", "--net",
                                 *map(str, argv)],
                                stdin=subprocess.DEVNULL, **kw)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class World(Space):
    """The Internet: a wire, a name server, and the recipients' mail server."""

    def __init__(self, work, source):
        super().__init__("the world", ["--net", "--pid"], ["bash", "-c", INIT])
        self.work, self.source = work, source
        self.children = []
        for words in ("link set lo up", "link add wire type bridge",
                      f"addr add {NETWORK}1/24 dev wire", "link set wire up"):
            self.network("ip", *words.split())

    def plug(self, host, number):
        inside = f"v{number}"
        self.network("ip", "link", "add", inside, "type", "veth", "peer", "name",
                     "eth0", "netns", host.pid)
        self.network("ip", "link", "set", inside, "master", "wire", "up")
        for words in ("link set lo up", "link set eth0 up",
                      f"addr add {NETWORK}{number}/24 dev eth0",
                      f"route add default via {NETWORK}1"):
            host.network("ip", *words.split())
        host.address = f"{NETWORK}{number}"

    def serve(self, hosts, domains):
        lines = ["keep-in-foreground", "user=root", "group=root", "pid-file",
                 "no-resolv", "no-hosts", "no-poll", "cache-size=0",
                 "bind-interfaces", f"listen-address={NETWORK}1", "local=/#/",
                 f"host-record=mx.example.org,{NETWORK}1"]
        lines += [f"host-record={h.name},{h.address}" for h in hosts]
        lines += [f"mx-host={d},mx.example.org,10" for d in sorted(domains)]
        config = self.work / "dnsmasq.conf"
        config.write_text("\n".join(lines) + "\n")
        sink = self.work / "sink"
        sink.mkdir()
        (sink / "sink.json").write_text(
            '{"domains": [%s], "names": {}}' % ", ".join(
                f'"{d}"' for d in sorted(domains)))
        for argv in (["dnsmasq", f"--conf-file={config}"],
                     ["/usr/bin/python3", "-I",
                      self.source / "tests/lab/nplab/sink.py", sink]):
            with open(self.work / "world.log", "ab") as log:
                self.children.append(self.spawn_outside(argv, stdout=log,
                                                        stderr=log))
        self.mail = sink / "mail"

    def close(self):
        for child in self.children:
            child.terminate()
            child.wait()
        super().close()


class Host(Space):
    def __init__(self, name, tree, log):
        self.tree, self.log = tree, log
        super().__init__(name, ["--mount", "--pid", "--uts", "--net"],
                         ["bash", "-c", ENTER, str(tree), name, INIT])

    def inside(self, *argv):
        return ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--uts",
                "--net", "--root", "--wd", "env", "-i", *ENV, *map(str, argv)]

    def run(self, *argv):
        return run(*self.inside(*argv), log=self.log)

    def line(self, text):
        """A line as an admin types it, in /root."""
        return self.run("bash", "-o", "pipefail", "-c", f"cd /root && {text}")

    def try_line(self, text):
        """(exit status, what it said)"""
        done = subprocess.run(
            self.inside("bash", "-c", f"cd /root && {text}"), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, errors="replace")
        return done.returncode, done.stdout

    def names(self, resolver):
        """Before anything of the mail is installed: it takes its name from
        here."""
        etc = self.tree / "etc"
        (etc / "hostname").write_text(self.name + "\n")
        (etc / "mailname").write_text(self.name + "\n")
        (etc / "resolv.conf").write_text(f"nameserver {resolver}\n")
        (etc / "hosts").write_text(
            "127.0.0.1 localhost\n"
            f"{self.address} {self.name} {self.name.partition('.')[0]}\n")


def wait_for(condition, timeout_s=30.0, step_s=0.05):
    """The first true value, or the last false one."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(step_s)
