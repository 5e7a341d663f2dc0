"""nearpostctl doctor on the hosts of a lab: what it finds before and after one
thing is broken."""

import os
import re
import shutil
import sys
from pathlib import Path as File

from nptest import TOP_SRC, wait_for

sys.path.insert(0, os.path.join(TOP_SRC, "tests/lab"))
# pylint: disable=wrong-import-position
from nplab import spaces  # noqa: E402,F401
from nplab.state import bin_path  # noqa: E402


class Host:
    def __init__(self, path, name):
        self.path, self.name = path, name
        self.dir = File(path.lab("path", name).stdout.strip())
        self.etc = self.dir / "postfix/etc"
        self.words = ()

    def doctor(self):
        """(status, [[verdict, what, text]], last line)"""
        done = self.path.lab("ctl", self.name, "doctor", *self.words,
                             check=False)
        lines = done.stdout.splitlines()
        rows = [l.split(None, 2) for l in lines if l.startswith("  ")]
        return done.returncode, rows, lines[-1] if lines else done.stderr

    def main(self, setting):
        self.path.lab("exec", self.name, "postconf", "-e", setting)

    def master(self, option, setting):
        self.path.lab("exec", self.name, "postconf", option, setting)

    def reload(self, *ports):
        """Postfix goes by its files from now on; the way back."""
        self.path.reload(self.name, *ports)
        return lambda: self.path.reload(self.name)

    def service(self, *options):
        """One more smtpd, on port 2600."""
        self.master("-M", "2600/inet=2600 inet n - n - - smtpd " +
                    " ".join("-o " + o for o in options))
        self.master("-M", "cleanup-open/unix=cleanup-open unix n - n - 0 "
                    "cleanup -o header_checks=")
        return self.reload(2600)

    def milters(self, *sockets):
        self.master("-P", "25/inet/smtpd_milters=" + ",".join(sockets))

    def agent(self):
        return f"unix:{self.dir}/run/agent.sock"

    def remove(self, file):
        (self.dir / "nearpost" / file).unlink()

    def append(self, file):
        with open(self.dir / "nearpost" / file, "a", encoding="utf-8") as f:
            f.write("# more\n")

    def conf(self, old, new):
        """In nearpost.conf."""
        conf = self.dir / "nearpost/nearpost.conf"
        text = conf.read_text()
        if old not in text:
            raise AssertionError(f"nearpost.conf has no {old}")
        conf.write_text(text.replace(old, new))

    def chmod(self, file, mode, back=None):
        """Outside of nearpost/ with the way back."""
        os.chmod(self.dir / file, mode)
        if back is not None:
            return lambda: os.chmod(self.dir / file, back)
        return None

    def redis(self, *words):
        return self.path.lab("exec", self.name, "redis-cli", "-s",
                             self.dir / "run/redis.sock", *words).stdout

    def eviction(self, policy):
        self.redis("config", "set", "maxmemory-policy", policy)
        return lambda: self.redis("config", "set", "maxmemory-policy",
                                  "noeviction")

    def dns(self, old, new):
        """The host's name server says something else."""
        text = (self.dir / "etc/dnsmasq.conf").read_text()
        if not re.search(old, text):
            raise AssertionError(f"dnsmasq.conf has no {old}")
        other = self.dir / "etc/other.conf"
        other.write_text(re.sub(old, new, text))
        self.path.lab("kill", f"dnsmasq@{self.name}")
        server = self.path.lab_background("exec", self.name, "dnsmasq",
                                          f"--conf-file={other}")
        if not wait_for(lambda: self.path.lab(
                "exec", self.name, "ss", "-Hlun", "sport = :53").stdout):
            raise AssertionError("dnsmasq does not start")

        def undo():
            server.terminate()
            server.wait()
            self.path.lab("start", f"dnsmasq@{self.name}")
        return undo

    def certificate(self, of, before=()):
        """Certificate and key as the initiator's CA makes them for a gateway,
        with the words before the command that does it."""
        ini = Host(self.path, "ini").dir / "nearpost"
        made = self.dir / "made"
        self.path.lab("exec", "ini", *before, bin_path("nearpostctl"), "-c",
                      ini / "nearpost.conf", "keys", "host", of,
                      f"{of}.gw.test", "--dir", ini, "--out", made)
        for name in ("cert", "key"):
            shutil.copy2(made / f"tls/{name}.pem",
                         self.dir / f"nearpost/tls/{name}.pem")
        shutil.rmtree(made)


def healthy(tap, hosts):
    for host in hosts.values():
        status, rows, last = host.doctor()
        tap.ok(status == 0 and last.endswith(" 0 to look at, 0 to mend") and
               len(rows) > 15, f"{host.name}: nothing to mend", *rows, last)


def right(host):
    """[] or what doctor has to say against a host that is in order."""
    status, rows, last = host.doctor()
    return [r for r in rows if r[0] != "ok"] + [last] * (status != 0)


def one(tap, host, name, damage, want):
    """damage(host) returns what else is to be called to undo it, or None; what
    it did to the configuration is undone here."""
    keep = host.dir / "keep"
    for what in ("postfix/etc", "nearpost"):
        shutil.copytree(host.dir / what, keep / what)
    try:
        undo = damage(host)
        status, rows, last = host.doctor()
    finally:
        shutil.copytree(keep, host.dir, dirs_exist_ok=True)
        shutil.rmtree(keep)
    if undo:
        undo()
    found = [r for r in rows if r[0] != "ok"]
    tap.ok([r[:1] for r in found] == [[w[0]] for w in want] and
           status == int(any(w[0] == "FAIL" for w in want)) and
           all(w[1] in r[1] and w[2] in r[2] for w, r in zip(want, found)),
           name + "_is_found", status, *found, last)
    left = right(host)
    tap.ok(not left, name + "_is_mended", *left)
