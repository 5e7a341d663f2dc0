#!/usr/bin/python3
"""nearpostctl doctor on hosts set up as the README tells: it finds nothing, and
then each thing that is broken, and only that."""

import os
import re
import shutil
from pathlib import Path as File

from nptest import Tap, wait_for
from path import Path

TOPOLOGY = """
initiator ini
gateway lon
site one.test
default_rtt 2
"""


class Host:
    def __init__(self, path, name):
        self.path, self.name = path, name
        self.dir = File(path.lab("path", name).stdout.strip())
        self.etc = self.dir / "postfix/etc"

    def doctor(self):
        """(status, [[verdict, what, text]], last line)"""
        done = self.path.lab("ctl", self.name, "doctor", check=False)
        lines = done.stdout.splitlines()
        rows = [l.split(None, 2) for l in lines if l.startswith("  ")]
        return done.returncode, rows, lines[-1] if lines else done.stderr

    def main(self, setting):
        self.path.lab("exec", self.name, "postconf", "-e", setting)

    def master(self, option, setting):
        self.path.lab("exec", self.name, "postconf", option, setting)

    def milters(self, *sockets):
        self.master("-P", "25/inet/smtpd_milters=" + ",".join(sockets))

    def agent(self):
        return f"unix:{self.dir}/run/agent.sock"

    def remove(self, file):
        (self.dir / "nearpost" / file).unlink()

    def append(self, file):
        with open(self.dir / "nearpost" / file, "a", encoding="utf-8") as f:
            f.write("# more\n")

    def chmod(self, file):
        os.chmod(self.dir / "nearpost" / file, 0o644)


# (name, host, what is done to it, [(verdict, what, a part of what is said)])
BREAKAGES = [
    ("a_milter_before_ours_on_a_gateway", "lon",
     lambda h: h.milters("inet:127.0.0.1:8891", h.agent()),
     [("FAIL", "25/inet/smtpd_milters", "must be the first")]),
    ("our_milter_is_missing", "lon", lambda h: h.milters("inet:127.0.0.1:8891"),
     [("FAIL", "25/inet/smtpd_milters", "it must name unix:")]),
    ("mail_passes_without_the_milter", "lon",
     lambda h: h.master("-P", "25/inet/milter_default_action=accept"),
     [("FAIL", "25/inet/milter_default_action", "set tempfail")]),
    ("the_relay_domain_in_Received", "lon",
     lambda h: h.master("-P", "cleanup-nearpost/unix/header_checks="),
     [("FAIL", "cleanup-nearpost/unix/header_checks", "print master says")]),
    ("short_queue_ids", "lon", lambda h: h.main("enable_long_queue_ids=no"),
     [("FAIL", "enable_long_queue_ids", "short ids")]),
    ("adverts_would_be_too_large", "lon",
     lambda h: h.main("message_size_limit=10240000"),
     [("FAIL", "message_size_limit", "is not over agent.max")]),
    ("no_net_under_the_relay_domain", "lon", lambda h: h.main("transport_maps="),
     [("FAIL", "transport_maps", "safety net")]),
    ("a_key_for_all_to_read", "lon", lambda h: h.chmod("tls/key.pem"),
     [("FAIL", "secret", "chmod 600")]),
    ("a_damaged_picture", "lon",
     lambda h: h.append("assets/jazz-night/evening/bass.png"),
     [("FAIL", "asset", "bass.png")]),
    ("a_manifest_changed_after_it_was_signed", "lon",
     lambda h: h.append("assets/MANIFEST"), [("FAIL", "asset", "MANIFEST")]),
    ("the_same_on_the_initiator", "ini",
     lambda h: h.append("assets/MANIFEST"), [("FAIL", "asset", "MANIFEST")]),
    ("an_old_table", "ini", lambda h: h.append("stub_checks"),
     [("warn", "stub_checks", "print tables")]),
    ("a_table_that_was_not_compiled", "ini", lambda h: h.remove("transport.db"),
     [("FAIL", "transport", "postmap")]),
    ("stubs_may_leak", "ini", lambda h: h.main("header_checks="),
     [("FAIL", "header_checks", "would leak")]),
    ("anybody_may_use_the_relay_domain", "ini",
     lambda h: h.main("smtpd_recipient_restrictions="),
     [("FAIL", "smtpd_recipient_restrictions", "anybody")]),
    ("an_archive_that_gets_stubs", "ini",
     lambda h: h.master("-P", "cleanup-nearpost/unix/always_bcc=a@shop.test"),
     [("FAIL", "cleanup-nearpost/unix/always_bcc", 'is "a@shop.test"')]),
    ("a_cleanup_that_is_not_for_stubs", "ini",
     lambda h: h.master("-PX", "587/inet/cleanup_service_name"),
     [("FAIL", "587/inet/cleanup_service_name", "is not set")]),
    ("a_time_of_the_admins", "ini",
     lambda h: h.master("-P", "nearpost/unix/smtp_helo_timeout=30s"),
     [("warn", "nearpost/unix/smtp_helo_timeout", '"30s"')]),
    ("no_way_to_the_gateways", "ini",
     lambda h: h.master("-MX", "nearsplit/unix"),
     [("FAIL", "nearsplit", "print master")]),
]


def healthy(tap, hosts):
    for host in hosts.values():
        status, rows, last = host.doctor()
        tap.ok(status == 0 and last.endswith(" 0 to look at, 0 to mend") and
               len(rows) > 15, f"{host.name}: nothing to mend", *rows, last)


def one(tap, host, name, damage, want):
    keep = host.dir / "keep"
    for what in ("postfix/etc", "nearpost"):
        shutil.copytree(host.dir / what, keep / what)
    damage(host)
    status, rows, last = host.doctor()
    shutil.copytree(keep, host.dir, dirs_exist_ok=True)
    shutil.rmtree(keep)
    found = [r for r in rows if r[0] != "ok"]
    tap.ok([r[:1] for r in found] == [[w[0]] for w in want] and
           status == int(any(w[0] == "FAIL" for w in want)) and
           all(w[1] in r[1] and w[2] in r[2] for w, r in zip(want, found)),
           name + "_is_found", status, *found, last)


def killed(tap, path, hosts):
    def says(host, *wanted):
        text = "\n".join(" ".join(r) for r in hosts[host].doctor()[1])
        return all(re.search("(?m)^FAIL " + w, text) for w in wanted)
    path.lab("kill", "agent@lon")
    tap.ok(says("lon", "expander .*nobody listens", "observer .*nobody listens"),
           "a_dead_agent_is_found")
    tap.ok(wait_for(lambda: says("ini", "lon silent"), 30, 0.5),
           "and_on_the_initiator_too")
    path.lab("start", "agent@lon")
    path.lab("kill", "redis")
    tap.ok(says("ini", "Redis .*Connection refused"), "a_dead_redis_is_found")
    path.lab("start", "redis")
    path.lab("kill", "policyd")
    tap.ok(says("ini", "policyd .*nobody listens"), "a_dead_policyd_is_found")
    path.lab("start", "policyd")
    tap.ok(wait_for(lambda: hosts["ini"].doctor()[0] == 0, 30, 0.5),
           "all_is_well_again")


def main():
    with Tap() as tap, Path(TOPOLOGY) as path:
        hosts = {n: Host(path, n) for n in ("ini", "lon")}
        healthy(tap, hosts)
        for name, host, damage, want in BREAKAGES:
            one(tap, hosts[host], name, damage, want)
        healthy(tap, hosts)
        killed(tap, path, hosts)


if __name__ == "__main__":
    main()
