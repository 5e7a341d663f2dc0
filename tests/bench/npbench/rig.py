"""What the benches run: a private Postfix, a baseline, a client, a sink."""

import os
import re
import subprocess
import threading
import time

import nptest

from . import measure, proc

WAIT_S = 120


class BenchError(Exception):
    """The bench could not run; the text says why."""


def program(name):
    path = os.path.join(nptest.TOP_BUILD, name)
    if not os.access(path, os.X_OK):
        raise BenchError("%s is not built: run `make`" % path)
    return path


def ordinary_mail(number, size):
    """A mail as people write it, of about that size."""
    text = "The quick brown fox jumps over the lazy dog, once more.\r\n"
    head = ("From: Ann <ann@shop.test>\r\nTo: Bob <bob@one.test>\r\n"
            "Subject: minutes of the meeting\r\n"
            "Date: Mon, 06 Apr 2026 08:00:00 +0000\r\n"
            "Message-ID: <m%d@shop.test>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
            "User-Agent: Mutt\r\nX-Mailer: none\r\n\r\n" % number)
    return head + text * ((size - len(head)) // len(text) + 1)


class CountingSink:
    """smtp-sink(1), and how many messages it has taken."""

    def __init__(self, lab):
        self.port = nptest.free_port()
        self.count = 0
        self.proc = subprocess.Popen(
            ["smtp-sink", "-c", "-u", "nobody", "-m", "200",
             "127.0.0.1:%d" % self.port, "200"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"))
        lab.own(self)
        threading.Thread(target=self._read, daemon=True).start()
        if not nptest.wait_for(lambda: nptest.Postfix.listens(self.port)):
            raise BenchError("smtp-sink does not listen")

    def _read(self):
        fd, rest = self.proc.stdout.fileno(), b""
        while True:
            data = os.read(fd, 65536)
            if not data:
                return
            parts = (rest + data).split(b"\r")
            rest = parts.pop()
            for part in parts:
                found = re.search(rb"mesg=(\d+)", part)
                if found:
                    self.count = int(found.group(1))

    def wait(self, count, what):
        end = time.monotonic() + WAIT_S
        while self.count < count:
            if time.monotonic() > end:
                raise BenchError("%s: %d of %d messages arrived in %d s" % (
                    what, self.count, count, WAIT_S))
            time.sleep(0.002)

    def stop(self):
        self.proc.terminate()
        self.proc.wait()


class Sinks:
    """Several, counted together: one for each gateway."""

    def __init__(self, sinks):
        self.sinks = sinks

    @property
    def count(self):
        return sum(s.count for s in self.sinks)

    wait = CountingSink.wait


class Load:
    """Messages, ready to be posted.  items: [(recipient, file)]."""

    def __init__(self, lab, name, items):
        self.items = items
        self.n = len(items)
        self.path = lab.write(name, "".join("%s %s\n" % i for i in items))


def post(load, port, sink, connections=10):
    """Messages a second, from the first SMTP command to the last final dot
    at the sink: accepting mail and not getting rid of it is no throughput."""
    goal = sink.count + load.n
    client = subprocess.Popen(
        [program("tests/bench/post"), "-c", str(connections), str(port),
         load.path],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    try:
        line, err = client.communicate(timeout=WAIT_S)
    except subprocess.TimeoutExpired:
        client.kill()
        raise BenchError("%s was not taken within %d s" % (
            load.path, WAIT_S)) from None
    ended = time.monotonic()
    if client.returncode != 0:
        raise BenchError("posting %s: %s" % (load.path, err.strip()))
    # post's own clock: it leaves out reading the files.
    seconds = float(re.search(r"seconds=([0-9.]+)", line).group(1))
    sink.wait(goal, load.path)
    return load.n / (seconds + max(time.monotonic() - ended, 0))


def measure_run(load, port, sink, servers, connections=10):
    """servers: pids whose CPU time counts, with all their descendants."""
    os.sync()  # what the run before wrote does not belong to this one
    before = proc.cpu_seconds(servers)
    rate = post(load, port, sink, connections)
    used = proc.cpu_seconds(servers) - before
    return measure.Run(rate, 1000 * used / load.n)


def milter(lab, name, *args):
    """Starts a milter at unix:LAB/NAME.sock; its Postfix address."""
    path = lab.path(name + ".sock")
    prog = lab.program(program(args[0]), *[
        a.replace("SOCKET", "unix:" + path) for a in args[1:]])
    prog.log_path = lab.path(name + ".log")
    prog.start()
    open_socket(prog, path)
    return prog, "unix:" + path


def open_socket(prog, path):
    """Waits for a milter's socket, and lets Postfix in."""
    nptest.wait_for(lambda: not prog.running()
                    or nptest.unix_socket_answers(path))
    if not prog.running():
        raise BenchError("%s ended: %s" % (prog.name, prog.log().strip()))
    os.chmod(path, 0o666)


def master_pid(postfix):
    with open(os.path.join(postfix.dir, "queue/pid/master.pid"),
              encoding="ascii") as f:
        return int(f.read())


def note(text):
    print("# " + text, flush=True)
