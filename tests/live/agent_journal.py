#!/usr/bin/python3
"""The observer on a real journal: systemd-journald in a mount namespace of this
test's own, and nobody else's journal touched."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import nptest
from nptest import Lab, Tap, wait_for

JOURNALD = "/lib/systemd/systemd-journald"
DEV_LOG = "/run/systemd/journal/dev-log"
SO_SNDBUFFORCE = 32  # asm-generic/socket.h
TICKET = "00112233445566778899aabbccddee%02x"


class Journald:
    def __init__(self):
        self.proc = None

    def start(self):
        os.makedirs("/run/systemd/journal", exist_ok=True)
        os.makedirs("/run/log/journal", exist_ok=True)
        self.proc = subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        if not wait_for(lambda: nptest_answers(DEV_LOG)):
            raise RuntimeError("journald does not start")
        return self

    def stop(self):
        self.proc.terminate()
        self.proc.wait()


def log_huge(text):
    """journald's native protocol, which takes what syslog would cut."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 * 1024 * 1024)
    s.sendto(b"SYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=%s\n"
             % text.encode(), "/run/systemd/journal/socket")
    s.close()


def nptest_answers(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        s.connect(path)
        return True
    except OSError:
        return False
    finally:
        s.close()


def log(program, text):
    subprocess.run(["logger", "-u", DEV_LOG, "-p", "mail.info", "-t", program, text],
                   check=True, timeout=10)


def ask(path, **attributes):
    """One question to the observer, as the expander asks it."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(path)
    s.sendall("".join("%s=%s\n" % a for a in attributes.items()).encode() + b"\n")
    answer = s.makefile("r").readline().strip()
    s.close()
    return answer.partition("=")[2]


def claim(lab, n, queue_id):
    now = int(time.time() * 1000)
    return ask(lab.path("observer.sock"), request="claim", ticket=TICKET % n,
               queue_id=queue_id, expires_ms=now + 86400000, requested_ms=now - 300,
               eom_ms=now, campaign="spring", creative="hero",
               recipient="u%d@x.test" % n, size=5000)


def events(lab):
    with open(lab.path("state/events"), encoding="utf-8") as f:
        return [line for line in f if line.startswith("E ")]


def sent(n, queue_id):
    log("postfix/smtp", "%s: to=<u%d@x.test>, relay=mx.x.test[10.0.0.1]:25, delay=0.3, "
        "delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 ok)" % (queue_id, n))


def test(lab, tap):
    journald = lab.own(Journald()).start()
    tool = os.path.join(nptest.TOP_BUILD, "tests/live/mkstub")
    keys = lab.path("keys")
    subprocess.run([tool, "keys", keys], check=True, timeout=60)
    conf = lab.write("nearpost.conf", """
agent {
    id = "tyo"
    listen = "unix:%s"
    observer = "unix:%s"
    policyd = {"inet:127.0.0.1:9"}
    keys = "%s/public"
    maillog = "journal"
    state_directory = "%s"
    probes = no
    tls_cert = "%s/tyo.pem"  tls_key = "%s/tyo-key.pem"  tls_ca = "%s/ca.pem"
}
""" % (lab.path("agent.sock"), lab.path("observer.sock"), keys, lab.path("state"),
       keys, keys, keys))
    observer = lab.program("gateway-agent/nearpost-agent", "-f", "-v", "-c", conf,
                           "-r", "observer")
    log("postfix/qmgr", "4jYGJR5V0cz1bY48: removed")
    observer.start()
    tap.ok(observer.wait_log("observer: maillog=journal"), "the observer starts",
           observer.log())
    time.sleep(1)  # journalctl starts at what is logged from now on

    tap.equal(claim(lab, 1, "4jYGJR5V0cz1bY48"), "NEW", "a ticket is claimed")
    tap.equal(claim(lab, 1, "4jYGJR5V0cz1bY49"), "PENDING", "and pending")
    log("postfix/qmgr", "4jYGJR5V0cz1bY48: from=<o@s.test>, size=900, nrcpt=1 "
        "(queue active)")
    tap.ok(wait_for(lambda: claim(lab, 1, "4jYGJR5V0cz1bY49") == "ACCEPTED", 10, 0.1),
           "the journal shows its queue id: accepted", observer.log())
    log("sshd", "4jYGJR5V0cz1bY48: to=<u1@x.test>, relay=none, delays=0/0/0/0, "
        "dsn=5.0.0, status=bounced (not a word of Postfix's)")
    sent(1, "4jYGJR5V0cz1bY48")
    tap.ok(wait_for(lambda: len(events(lab)) == 1), "a delivery becomes an event",
           observer.log())
    tap.ok("status=sent" in events(lab)[0], "and other programs' lines do not")

    tap.equal(claim(lab, 2, "4jYGJR5V0cz1bY50"), "NEW", "a second ticket")
    time.sleep(1.2)
    observer.kill(signal.SIGKILL)
    observer.proc.wait()
    sent(2, "4jYGJR5V0cz1bY50")
    observer.start()
    tap.ok(wait_for(lambda: len(events(lab)) == 2),
           "what was logged while the observer was dead is read", observer.log())
    time.sleep(0.5)
    tap.equal(len(events(lab)), 2, "and nothing twice")
    tap.ok("gap=" not in observer.log(), "without a gap", observer.log())

    tap.equal(claim(lab, 4, "6AQ5NXSs022065"), "NEW", "a ticket beside Sendmail")
    before = time.time()
    log("sm-mta", "6AQ5NXSs022065: to=<u4@x.test>, delay=00:00:00, xdelay=00:00:00, "
        "mailer=esmtp, pri=1, relay=mx.x.test. [10.0.0.1], dsn=2.0.0, stat=Sent (ok)")
    after = time.time()
    tap.ok(wait_for(lambda: len(events(lab)) == 3), "its line becomes an event",
           observer.log())
    received = re.search(r"received_ms=(\d+)", events(lab)[2])
    tap.ok(received and before - 0.1 < int(received.group(1)) / 1000 < after + 0.1,
           "received when the journal got it", events(lab)[2:])

    tap.equal(claim(lab, 5, "4jYGJR5V0cz1bY55"), "NEW", "a ticket before a huge entry")
    log_huge("x" * (2 * 1024 * 1024))
    sent(5, "4jYGJR5V0cz1bY55")
    tap.ok(wait_for(lambda: len(events(lab)) == 4),
           "an entry of 2 MiB does not hold up the next", observer.log())
    tap.equal(observer.log().count("too long was passed over"), 1, "it is told once")
    log_huge("x" * (2 * 1024 * 1024))
    tap.ok(wait_for(lambda: observer.log().count("too long was passed over") == 2),
           "a second, the last of the journal", observer.log())
    time.sleep(1.2)
    observer.kill(signal.SIGKILL)
    observer.proc.wait()
    observer.start()
    wait_for(lambda: nptest.unix_socket_answers(lab.path("observer.sock")))
    log("postfix/qmgr", "4jYGJR5V0cz1bY56: removed")
    tap.equal(claim(lab, 6, "4jYGJR5V0cz1bY57"), "NEW", "after a restart behind it")
    sent(6, "4jYGJR5V0cz1bY57")
    tap.ok(wait_for(lambda: len(events(lab)) == 5), "the next is read", observer.log())
    tap.ok("does not know" not in observer.log(), "without a gap of another kind",
           observer.log())

    tap.equal(observer.stop(), 0, "the observer ends")
    journald.stop()
    shutil.rmtree("/run/log/journal")
    journald.start()
    log("postfix/qmgr", "4jYGJR5V0cz1bY51: removed")
    observer.start()
    tap.ok(observer.wait_log('gap="the journal does not know our cursor'),
           "a journal that forgot our cursor is a gap", observer.log())
    tap.equal(claim(lab, 3, "4jYGJR5V0cz1bY52"), "NEW", "and it goes on")
    sent(3, "4jYGJR5V0cz1bY52")
    tap.ok(wait_for(lambda: len(events(lab)) == 6), "with the next delivery",
           observer.log())
    left = subprocess.run(["pgrep", "-P", str(observer.pid)], check=False,
                          stdout=subprocess.PIPE).stdout.split()
    observer.kill(signal.SIGKILL)
    observer.proc.wait()
    tap.ok(left and wait_for(lambda: not any(
        os.path.exists("/proc/%d" % int(pid)) for pid in left)),
           "journalctl does not outlive a killed observer", left)


def main():
    if "--inside" not in sys.argv:
        nptest.need("unshare", "logger", "journalctl")
        if not os.path.exists(JOURNALD):
            nptest.skip("systemd-journald is not installed")
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private",
                              sys.executable, "-B", __file__, "--inside"])
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    with Lab() as lab, Tap() as tap:
        test(lab, tap)


if __name__ == "__main__":
    main()
