#!/usr/bin/python3
"""nearpostctl doctor where Sendmail is the MTA: it finds nothing on hosts set up as
the README tells, and then each thing that is broken, and only that."""

import os
import re
import shutil
import sys

from dkim import make_key, start_signer, stop_signer
from npdoctor import Host
from nptest import Tap, need
from path import Path
from nplab import sendmail
from nplab.fault import Fault

TOPOLOGY = """
initiator ini domain=shop.example mta=sendmail
gateway lon mta=sendmail
site one.test
txt shop.example v=spf1 a:lon.gw.test -all
default_rtt 2
"""


class SendmailHost(Host):
    """What is broken in sendmail.cf is what Sendmail runs by."""

    def __init__(self, path, name):
        super().__init__(path, name)
        self.cf = self.dir / "sendmail/sendmail.cf"
        self.words = ("--sendmail", self.cf)

    def restart(self):
        self.path.lab("kill", f"sendmail@{self.name}")
        self.path.lab("start", f"sendmail@{self.name}")

    def edit(self, old, new, run=True):
        """Lines of sendmail.cf; the way back."""
        text = self.cf.read_text()
        changed = re.sub(old, new, text)
        if changed == text:
            raise AssertionError(f"sendmail.cf has no {old}")

        def put(what):
            self.cf.write_text(what)
            if run:
                self.restart()
        put(changed)
        return lambda: put(text)

    def file(self, name, spoil):
        """In nearpost/, with the way back."""
        path, keep = self.dir / "nearpost" / name, self.dir / "kept"
        shutil.copy2(path, keep)
        spoil(path)
        return lambda: shutil.move(keep, path)


def add(line):
    def spoil(path):
        with open(path, "a", encoding="utf-8") as f:
            f.write(line)
    return spoil


# (name, host, what is done to it, [(verdict, what, a part of what is said)])
BREAKAGES = [
    ("stubs_pass_while_the_milter_is_down", "ini",
     lambda h: h.edit("(?m)^(Xnearpost,.*) F=T,", r"\1", run=False),
     [("FAIL", "filter", "a stub would pass")]),
    ("a_socket_that_is_not_the_milters", "ini",
     lambda h: h.edit(r"(?m)^(Xnearpost,.*)milter\.sock", r"\1other.sock", run=False),
     [("FAIL", "filter", "print tables --sendmail")]),
    ("a_socket_for_everybody", "ini",
     lambda h: h.chmod("run/milter.sock", 0o666, 0o660),
     [("warn", "milter", "everybody on this host")]),
    ("tickets_that_die_in_the_queue", "ini",
     lambda h: h.edit("(?m)^O Timeout.queuereturn=.*", "O Timeout.queuereturn=9d",
                      run=False),
     [("FAIL", "milter.ticket_lifetime", "Timeout.queuereturn (9d)")]),
    ("a_mailertable_of_before", "ini",
     lambda h: h.file("mailertable", add(".nyc.nearpost.internal\tnearpost:x\n")),
     [("warn", "mailertable", "print tables")]),
    ("a_mailertable_that_was_not_compiled", "ini",
     lambda h: h.file("mailertable.db", os.unlink),
     [("FAIL", "mailertable", "makemap hash"),
      ("warn", "MTA-v4,", "put off and not refused"),
      ("warn", "nearpost,", "put off and not refused")]),
    ("no_mailertable", "ini", lambda h: h.file("mailertable", os.unlink),
     [("FAIL", "mailertable", "print tables")]),
    # By real probes.
    ("anybody_may_use_the_relay_domain", "ini",
     lambda h: h.edit(r"(?m)^R.*nearpost: the domain .* is not for mail from outside.*\n",
                      ""),
     [("FAIL", "sendmail.cf", "is not for mail from outside"),
      ("FAIL", "MTA-v4,", "TAKEN from outside"),
      ("FAIL", "nearpost,", "TAKEN from outside")]),
    ("a_daemon_that_lets_stubs_past", "ini",
     lambda h: h.edit("(?m)^HNearpost-(Campaign|Ticket): .*\n", ""),
     [("FAIL", "sendmail.cf", "HNearpost-Campaign"),
      ("FAIL", "MTA-v4,", "is TAKEN past nearpost")]),
    ("one_more_daemon_that_does", "ini",
     lambda h: h.edit(
         r"(?m)^(O DaemonPortOptions=Name=nearpost.*\n)((?s:.*)^Rnearpost\t\$@ OK\n)",
         r"\1O DaemonPortOptions=Name=open, Port=2600\n\2Ropen\t$@ OK\n"),
     [("FAIL", "open,", "a stub               is TAKEN past nearpost")]),
    ("a_gateways_daemon_that_lets_stubs_past", "lon",
     lambda h: h.edit("(?m)^HNearpost-(Campaign|Ticket): .*\n", ""),
     [("FAIL", "sendmail.cf", "HNearpost-Campaign"),
      ("FAIL", "MTA-v4,", "is TAKEN past nearpost")]),
    ("a_filter_before_ours_on_a_gateway", "lon",
     lambda h: h.edit("InputFilter=nearpost", "InputFilter=other;nearpost", run=False),
     [("FAIL", "daemon", "must begin with nearpost")]),
    ("a_queue_directory_that_is_not_Sendmails", "lon",
     lambda h: h.file("nearpost.conf", lambda p: p.write_text(re.sub(
         "queue_directory = .*", 'queue_directory = "/nowhere"', p.read_text()))),
     [("FAIL", "agent.queue_directory", "/var/spool/mqueue")]),
]


def one(tap, host, name, damage, want):
    undo = damage(host)
    try:
        status, rows, last = host.doctor()
    finally:
        if undo:
            undo()
    found = [r for r in rows if r[0] != "ok"]
    tap.ok([r[0] for r in found] == [w[0] for w in want] and
           status == int(any(w[0] == "FAIL" for w in want)) and
           all(w[1] in r[1] and w[2] in r[2] for w, r in zip(want, found)),
           name + "_is_found", status, *found, last)
    rows = host.doctor()[1]
    tap.ok(rows and all(r[0] == "ok" for r in rows), name + "_is_mended",
           *(r for r in rows if r[0] != "ok"))


def signing(tap, path, lon):
    """The filters behind ours are asked, as on Postfix."""
    put = lon.edit(r"(?m)^(O DaemonPortOptions=Name=nearpost.*InputFilter=nearpost)$",
                   r"\1;opendkim\nXopendkim, S=inet:8891@127.0.0.1, F=T", run=False)
    # One that only verifies what comes from the initiator, none, and one that signs.
    for start, want in (
            (lambda: start_signer(path, "lon", "192.0.2.77"),
             ("warn", "InternalHosts: add 10")),
            (lambda: None, ("FAIL", "Connection refused; every advert waits")),
            (lambda: start_signer(path, "lon"), ("ok", "signs what comes from 10"))):
        signer = start()
        rows = lon.doctor()[1]
        mine = [r for r in rows if "DKIM" in r[1]]
        tap.ok(len(mine) == 1 and mine[0][0] == want[0] and want[1] in mine[0][2] and
               all(r[0] == "ok" for r in rows if r not in mine),
               "DKIM: " + want[1], *mine, *(r for r in rows if r[0] != "ok"))
        if signer:
            stop_signer(signer)
    put()


def harmless(tap, path, hosts):
    """What was taken went nowhere, and no bounce came of it."""
    for name, host in hosts.items():
        log = sendmail.log_path(path.state(), name).read_text(errors="replace")
        taken = re.findall(r"to=<nearpost-doctor@[^>]*>.*mailer=(\w+).*stat=(\w+)", log)
        tap.ok(taken and set(taken) == {("nearpostvoid", "Sent")} and
               "DSN:" not in log and "postmaster" not in log,
               f"{name}: probes that were taken are thrown away", *taken)
    tap.ok(path.wait(0).returncode == 0 and not path.collect() and not path.returned(),
           "nobody has got any mail")


def main():
    need("postfix", "dnsmasq", "redis-server", "ip", "m4", "opendkim", "ss")
    try:
        sendmail.root()
    except Fault as fault:
        print("1..0 # SKIP %s" % fault)
        sys.exit(0)
    path = Path(TOPOLOGY)
    path.topology += make_key(path, "lon")
    with Tap() as tap, path:
        hosts = {n: SendmailHost(path, n) for n in ("ini", "lon")}
        for host in hosts.values():
            status, rows, last = host.doctor()
            tap.ok(status == 0 and last.endswith(" 0 to look at, 0 to mend") and
                   [r for r in rows if "is refused" in r[2]],
                   f"{host.name}: nothing to mend, and the daemons were asked",
                   *rows, last)
        for name, host, damage, want in BREAKAGES:
            one(tap, hosts[host], name, damage, want)
        signing(tap, path, hosts["lon"])
        harmless(tap, path, hosts)


if __name__ == "__main__":
    main()
