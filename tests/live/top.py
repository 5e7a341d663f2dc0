#!/usr/bin/python3
"""nearpostctl status and top, against a real policyd: what they show, how they end,
and what they do to a terminal."""

import fcntl
import json
import pty
import select
import signal
import struct
import termios

from nppeers import *


class Screen:
    """nearpostctl top on a terminal of that size."""

    def __init__(self, w, rows, columns, *argv, env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", **(env or {})})
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(os.path.join(TOP_BUILD, "ctl/nearpostctl"),
                     ["nearpostctl", "-c", w.path("ctl.conf"), "top", *argv])
        self.seen = b""
        self.status = None

    def size(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, until, timeout=10):
        """Is it seen in that time?"""
        end = time.monotonic() + timeout
        while until not in self.seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.fd, 65536)
                except OSError:
                    break
        return until in self.seen

    def mode(self):
        return termios.tcgetattr(self.fd)

    def end(self):
        """The exit status, -N for a signal; None when it does not end."""
        self.read(b"nothing ends it so", 0.5)
        def gone():
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            return pid
        if not wait_for(gone, 10):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.read(b"nothing more", 0.3)
        return self.status


def statuses(tap, w, beats):
    for i in range(3):
        ticket = "%032x" % (0xa0 + i)
        w.select("alice@one.test", ticket=ticket)
        beats.tell(w, "tyo", event(int(time.time() * 1e6), ticket))
    code, text = nearpostctl(w, "status")
    tap.note(text)
    tap.ok(code == 0 and text.startswith("nearpost    OK") and "all is well" in text and
           "3: 3 live, 0 drained, 0 away" in text and "Redis       answers" in text,
           "all is well: status ends with 0", text)
    tap.ok("3 stubs relayed" in text and "3 adverts delivered" in text and "half in 1." in text,
           "the last minute is shown", text)
    nearpostctl(w, "pause", "spring")
    code, text = nearpostctl(w, "status")
    tap.ok(code == 0 and "stopped     spring (paused)" in text, "a paused campaign is shown", text)
    nearpostctl(w, "resume", "spring")
    said = json.loads(nearpostctl(w, "status", "--json")[1])
    tap.ok(said["status"] == "OK" and said["last_minute"]["minute_sent"] == 3 and
           len(said["gateways"]) == 3 and said["problems"] == [], "--json has it", said)


def pictures(tap, w):
    code, text = nearpostctl(w, "top", "--once")
    tap.note(text)
    tap.ok(code == 0 and re.search(r"^tyo +live", text, re.M) and "\x1b" not in text,
           "top --once is plain", text)
    tap.equal(nearpostctl(w, "top")[1].splitlines()[2:], text.splitlines()[2:],
              "so it is where there is no terminal")
    for rows, columns in ((24, 80), (40, 120)):
        s = Screen(w, rows, columns)
        tap.ok(s.read(b"tyo") and s.read(b"q quits"), "%dx%d: a screen" % (columns, rows), s.seen)
        tap.ok(re.search(rb"\x1b\[[0-9;]*3[1-3]", s.seen), "with colours", s.seen)
        s.seen = b""
        s.size(30, 100)
        os.kill(s.pid, signal.SIGWINCH)
        tap.ok(s.read(b"q quits"), "it follows a resize", s.seen)
        os.write(s.fd, b"q")
        tap.ok(s.end() == 0 and s.seen.rstrip().endswith((b"\x1b[?1049l", b"\x1b>", b"h", b"l")) and
               b"\x1b[?1049l" in s.seen, "q ends it and gives the screen back", s.status, s.seen[-80:])
    s = Screen(w, 24, 80, env={"NO_COLOR": "1"})
    tap.ok(s.read(b"q quits") and not re.search(rb"\x1b\[[0-9;]*3[0-7]m", s.seen),
           "no colours with NO_COLOR", s.seen)
    for sig in (signal.SIGTERM,):
        os.kill(s.pid, sig)
        tap.ok(s.end() == 0 and b"\x1b[?1049l" in s.seen, "SIGTERM gives the screen back", s.status)
    s = Screen(w, 24, 80)
    s.read(b"q quits")
    os.write(s.fd, b"\x03")
    tap.ok(s.end() == 0 and b"\x1b[?1049l" in s.seen and b"\x1b[?25h" in s.seen or
           b"\x1b[?12l\x1b[?25h" in s.seen, "so does Ctrl-C, cursor and all", s.status, s.seen[-80:])
    s = Screen(w, 24, 80, env={"TERM": "nonesuch"})
    tap.ok(s.read(b"is not known") and s.end() == 69, "an unknown terminal is said to be so",
           s.seen, s.status)


def terminal_restored(tap, w):
    """By the line discipline of a shell's terminal, after each end."""
    for how in ("q", "\x03"):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        before = termios.tcgetattr(slave)
        p = subprocess.Popen([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
                              w.path("ctl.conf"), "top"], stdin=slave, stdout=slave,
                             stderr=slave, start_new_session=True,
                             env=dict(os.environ, TERM="xterm"),
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        seen = b""
        end = time.monotonic() + 10
        while b"q quits" not in seen and time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65536)
        during = termios.tcgetattr(slave)
        os.write(master, how.encode())
        while p.poll() is None and time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                os.read(master, 65536)
        tap.ok(p.poll() == 0 and during[3] != before[3] and termios.tcgetattr(slave) == before,
               "the terminal is as it was after %r" % how, p.poll(), before, during)
        os.close(master)
        os.close(slave)


def problems(tap, w, beats):
    beats.stop()
    tap.ok(wait_for(lambda: nearpostctl(w, "status")[0] == 2, 20), "no gateway reports: CRITICAL")
    code, text = nearpostctl(w, "status")
    tap.note(text)
    tap.ok("no gateway is alive" in text and "tyo does not report" in text, "and it says what", text)
    found = wait_for(lambda: re.search(r"^tyo +silent .* 1  silent \d\d:\d\d$", nearpostctl(
        w, "top", "--once")[1], re.M), 5)
    tap.ok(found, "top counts the ejection", nearpostctl(w, "top", "--once")[1])
    w.redis.kill(signal.SIGSTOP)
    tap.ok(wait_for(lambda: "Redis does not answer" in nearpostctl(w, "status")[1], 15),
           "a Redis that hangs is told")
    w.redis.kill(signal.SIGCONT)
    w.policyd.kill(signal.SIGTERM)
    w.policyd.proc.wait()
    code, text = nearpostctl(w, "status")
    tap.ok(code == 2 and "start nearpost-policyd" in text, "so is a policyd that is away", code, text)
    code, text = nearpostctl(w, "status", "--json")
    tap.ok(code == 2 and json.loads(text)["policyd"] is False, "for programs too", text)
    code, text = nearpostctl(w, "top", "--once")
    tap.ok(code == 69 and "policyd does not answer" in text, "top --once says it", code, text)
    code, text = nearpostctl(w, "doctor", "--json")
    said = json.loads(text[text.index('{"findings"'):])
    tap.ok(code == 1 and said["to_mend"] == len([f for f in said["findings"]
                                                 if f["finding"] == "fail"]) > 0 and
           [f for f in said["findings"] if f["subject"] == "policyd"],
           "doctor --json has each finding", said)
    for argv in (("status", "x"), ("top", "--every"), ("top", "--every", "x")):
        tap.equal(nearpostctl(w, *argv)[0], 64, "refused: %s" % " ".join(argv))


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    world = World(the_lab, redis_timeout="2s")
    world.start()
    world.recipient("alice@one.test", first_name="Alice", lang="en")
    hearts = Beats([world])
    wait_for(lambda: world.select("alice@one.test", creative="x") is not None)
    wait_for(lambda: nearpostctl(world, "status")[0] == 0)
    statuses(all_tests, world, hearts)
    pictures(all_tests, world)
    terminal_restored(all_tests, world)
    problems(all_tests, world, hearts)
