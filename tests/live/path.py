"""The whole path in the lab, for live tests: stubs in, adverts out, each looked at.

    from path import Path
    with Tap() as tap, Path() as path:
        path.send(["a@one.test"])
        path.exactly_one(tap, ["a@one.test"])

The hosts, links, Postfix, Redis and DNS are real; tests/lab/README has the
lab."""

import email
import email.policy
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as File

from nptest import TOP_SRC, Client, Reply, need, wait_for

sys.path.insert(0, os.path.join(TOP_SRC, "tests/lab"))
# pylint: disable=wrong-import-position
from nplab import postfix, spaces  # noqa: E402
from nplab.collect import Arrivals  # noqa: E402
from nplab.state import State  # noqa: E402

LAB = os.path.join(TOP_SRC, "tests/lab/lab")
THREE = """
initiator ini uplink_mbit=100
gateway lon uplink_mbit=200
gateway nyc uplink_mbit=200
gateway tyo uplink_mbit=200
site one.test domains=one.test,uno.test
site two.test
site three.test
site four.test
site five.test domains=five.test,cinco.test
default_rtt 60
rtt ini lon 6
rtt ini nyc 20
rtt ini tyo 40
rtt lon one.test 4
rtt lon two.test 8
rtt nyc three.test 4
rtt nyc five.test 10
rtt tyo four.test 4
"""
# A gateway's row of nearpostctl explain.
MEASURED = re.compile(r"^\w+ .* [0-9.]+ ms (?!predicted)\w+", re.M)
DOMAINS = ["one.test", "uno.test", "two.test", "three.test", "four.test",
           "five.test", "cinco.test"]


def people(n, prefix="p"):
    return ["%s%d@%s" % (prefix, i, DOMAINS[i % len(DOMAINS)])
            for i in range(n)]


class Copy:
    """One message as a recipient's server took it."""

    def __init__(self, path):
        self.raw = path.read_bytes()
        self.facts = dict(line.split("=", 1) for line in
                          path.with_suffix(".facts").read_text(
                              errors="surrogateescape").splitlines())
        self.gateway = self.facts["gateway"]

    def parsed(self):
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def leak(self):
        """What of the machinery shows, or ''."""
        raw = self.raw.lower()
        if b"nearpost.internal" in raw:
            return "the relay domain"
        head = b"\n" + raw.partition(b"\r\n\r\n")[0]
        if b"\nnearpost-" in head:
            return "a Nearpost- header"
        if b"\ncontent-type: multipart/" not in head:
            return "a bare stub"
        return ""


class Answer(Reply):
    """Of an SMTP server, and how long it took."""

    def __init__(self, reply, seconds):
        super().__init__(reply.stage, reply.code, reply.text)
        self.seconds = seconds

    def __repr__(self):
        return "%s, after %.1f s" % (super().__repr__(), self.seconds)


class Path:
    def __init__(self, topology=THREE, options=()):
        need("postfix", "dnsmasq", "redis-server", "ip")
        self.dir = tempfile.mkdtemp(prefix="np.", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.env = {**os.environ, "NEARPOST_LAB": self.dir + "/lab"}
        self.env.setdefault("NEARPOST_BIN", os.environ.get(
            "top_builddir", TOP_SRC))
        self.topology = topology + "".join("option %s\n" % o for o in options)
        self.collections = 0
        self.arrivals = None
        self.background = []

    def __enter__(self):
        self.up()
        return self

    def up(self):
        File(self.dir, "topology").write_text(self.topology)
        try:
            self.lab("up", self.dir + "/topology")
        except BaseException:
            self.close()
            raise

    def __exit__(self, *exc):
        self.close(keep=exc[0] is not None)

    def close(self, keep=False):
        for p in self.background:
            if p.poll() is None:
                p.kill()
            p.wait()
        keep = keep or os.environ.get("NEARPOST_KEEP")
        words = ["down"] + (["--keep-files"] if keep else [])
        subprocess.run([LAB, *words], env=self.env, check=False)
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def lab(self, *words, check=True, text=None, timeout=300):
        done = subprocess.run([LAB, *map(str, words)], env=self.env,
                              capture_output=True, text=True, check=False,
                              input=text, timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError("lab %s: %s%s" % (
                " ".join(map(str, words)), done.stderr, done.stdout))
        return done

    def send_words(self, rcpts, campaign="spring-2026", retry=90, words=()):
        names = File(self.dir, "to.%d" % time.monotonic_ns())
        names.write_text("\n".join(rcpts) + "\n")
        stub = ["--campaign", campaign, "--data", "first_name=Ada"]
        return ["send", "--to-file", str(names), *(stub if campaign else []),
                "--retry", str(retry), *words]

    def send(self, rcpts, check=True, **kw):
        return self.lab(*self.send_words(rcpts, **kw), check=check)

    def send_background(self, rcpts, **kw):
        return self.lab_background(*self.send_words(rcpts, **kw))

    def lab_background(self, *words):
        p = subprocess.Popen([LAB, *map(str, words)], env=self.env,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
        self.background.append(p)
        return p

    def submit(self, message, rcpts, words=(), check=True):
        """One message, as it is, to the stub service."""
        return self.lab("send", "--file", "-", "--port", 587, "--group",
                        len(rcpts), *words, *rcpts, text=message, check=check)

    def state(self):
        """The lab's own view of itself."""
        os.environ["NEARPOST_LAB"] = self.env["NEARPOST_LAB"]
        return State()

    def client(self, host, port, address="127.0.0.1", timeout=30.0):
        """An SMTP client on a host that says exactly what it is told."""
        # A thread can be on another host than its process, and a socket
        # stays where it was made.
        with ThreadPoolExecutor(1, initializer=spaces.enter,
                                initargs=(self.state(), host)) as there:
            return there.submit(Client, port, address,
                                timeout=timeout).result()

    def address(self, host):
        return self.state().top.hosts[host].address

    def say(self, host, port, rcpts, data, address="127.0.0.1",
            sender="offers@shop.test", mail_args="", timeout=60.0):
        """One message, octet for octet, in a session of its own."""
        began = time.monotonic()
        try:
            client = self.client(host, port, address, timeout)
            client.ehlo()
            reply = client.mail(sender, rcpts, data, mail_args)
            client.close()
        except OSError as e:
            reply = Reply("connection", 0, str(e))
        return Answer(reply, time.monotonic() - began)

    def measured(self, rcpts, campaign="spring-2026", timeout=60):
        """Has every gateway measured every recipient's site?  What
        explain says of those where this is not so."""
        def unmeasured():
            return [text for text in (
                self.lab("ctl", "explain", r, campaign, check=False).stdout
                for r in rcpts) if len(MEASURED.findall(text)) !=
                self.topology.count("\ngateway ")]
        wait_for(lambda: not unmeasured(), timeout, 0.5)
        return unmeasured()

    def taken(self):
        """Stubs that the MTA has taken so far."""
        try:
            text = File(self.dir, "lab/sent").read_text(errors="replace")
        except FileNotFoundError:
            return 0
        return text.count("verdict=taken")

    def wait(self, copies, timeout=120):
        return self.lab("wait", "--copies", copies, "--timeout", timeout,
                        check=False)

    def collect(self):
        """{recipient: [Copy]} of all that arrived so far."""
        self.collections += 1
        into = File(self.dir, "collected.%d" % self.collections)
        self.lab("collect", into)
        return {d.name: [Copy(f) for f in sorted(d.glob("*.eml"))]
                for d in into.iterdir() if d.is_dir() and d.name != "returned"}

    def arrived(self, rcpt):
        """Facts of each copy that one recipient got so far, with raw and
        gateway; without a collect()."""
        if self.arrivals is None:
            self.arrivals = Arrivals(self.state())
        return [{**c, "raw": c["path"].read_bytes()}
                for c in self.arrivals.look() if c["rcpt"] == rcpt]

    def sendmail_doctor(self, tap, host):
        """It likes the host as it is, and not without F=T."""
        cf = File(self.lab("path", host).stdout.strip(), "sendmail/sendmail.cf")
        good = self.lab("ctl", host, "doctor", "--sendmail", cf, check=False)
        tap.ok(good.returncode == 0 and "FAIL" not in good.stdout,
               "doctor finds nothing to mend on " + host, good.stdout)
        bad = File(self.dir, "bad.cf")
        bad.write_text(cf.read_text().replace(", F=T,", ","))
        found = self.lab("ctl", host, "doctor", "--sendmail", bad, check=False)
        tap.ok(found.returncode == 1 and "without F=T" in found.stdout,
               "and a filter without F=T", found.stdout)

    def returned(self):
        """The bounces of the last collect(), as their bytes."""
        into = File(self.dir, "collected.%d" % self.collections, "returned")
        return [f.read_bytes() for f in sorted(into.glob("*.eml"))]

    def log(self, host, name):
        path = File(self.lab("path", host).stdout.strip(), "log", name)
        return path.read_text(errors="replace") if path.exists() else ""

    def reload(self, host, *ports):
        """Postfix goes by its files from now on, and listens on those ports.
        `postfix reload` itself only sends a signal."""
        log = postfix.log_path(self.state(), host)
        reloads = log.read_text(errors="replace").count("reload --")
        self.lab("exec", host, "postfix", "reload")

        def listens(port):
            try:
                self.client(host, port, timeout=1).close()
            except OSError:
                return False
            return True
        if not wait_for(lambda: log.read_text(errors="replace").count(
                "reload --") > reloads and all(map(listens, ports))):
            raise AssertionError("%s does not reload, or does not listen on %s"
                                 % (host, ports))

    def set_main(self, host, setting):
        """A line of a host's main.cf, obeyed from now on."""
        self.lab("exec", host, "postconf", "-e", setting)
        self.reload(host)

    def exactly_one(self, tap, rcpts, what="", repeats_allowed=False,
                    letters=()):
        """Waits until all has come and nothing is queued, then looks at every
        message but the letters, the ordinary mail of those recipients.  Returns
        what was collected."""
        waited = self.wait(len(rcpts) + len(set(letters) - set(rcpts)))
        got = self.collect()
        mine = {r: got.get(r, []) for r in rcpts}
        lost = [r for r, c in mine.items() if not c]
        more = [r for r, c in mine.items() if len(c) > 1]
        leaks = ["%s: %s" % (r, c.leak()) for r, cs in got.items()
                 if r not in letters for c in cs if c.leak()]
        tap.ok(not lost and waited.returncode == 0,
               "%sno advert is lost, none waits" % what, lost[:10],
               waited.stderr)
        if repeats_allowed:
            tap.note("%d of %d came twice" % (len(more), len(rcpts)))
        else:
            tap.ok(not more, "%snone is sent twice" % what, more[:10])
        tap.ok(not leaks, "%sno stub leaks" % what, leaks[:10])
        return got
