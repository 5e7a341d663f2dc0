#!/usr/bin/python3
"""nearpostctl doctor on hosts set up as the README tells: it finds nothing, and
then each thing that is broken, and only that."""

import os
import re
import shutil

from npdoctor import Host, healthy, one
from nptest import Tap, need, wait_for
from path import Path

TOPOLOGY = """
initiator ini domain=shop.example
gateway lon
site one.test
txt shop.example v=spf1 a:lon.gw.test -all
default_rtt 2
"""


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
    ("stubs_may_leak_from_a_gateway", "lon",
     lambda h: h.main("header_checks=") or h.reload(),
     [("FAIL", "header_checks", "would leak"),
      ("FAIL", "2525,", "is TAKEN past nearpost")]),
    ("a_gateway_without_its_stub_checks", "lon",
     lambda h: h.remove("stub_checks") or h.reload(),
     [("FAIL", "stub_checks", "print tables"),
      ("warn", "2525,", "is refused, but not by nearpost: 451")]),
    ("a_log_that_is_not_there", "lon", lambda h: h.conf("/mail.log", "/lost.log"),
     [("FAIL", "agent.maillog", "No such file")]),
    ("a_key_for_all_to_read", "lon", lambda h: h.chmod("nearpost/tls/key.pem", 0o644),
     [("FAIL", "secret", "chmod 600")]),
    ("an_expired_certificate", "lon",
     lambda h: h.certificate("lon", ("faketime", "-f", "-900d")),
     [("FAIL", "certificate", "EXPIRED 75 days ago; make another")]),
    ("the_certificate_of_another_gateway", "lon",
     lambda h: h.certificate("nyc"),
     [("FAIL", "certificate", 'is that of "nyc", and agent.id is "lon"')]),
    ("a_certificate_without_its_key", "lon",
     lambda h: shutil.copy2(h.dir / "../ini/nearpost/tls/key.pem",
                            h.dir / "nearpost/tls/key.pem") and None,
     [("FAIL", "TLS", "make the pair anew")]),
    ("a_socket_that_is_not_the_MTAs", "lon",
     lambda h: h.chmod("run/agent.sock", 0o600, 0o660),
     [("FAIL", "expander", "(mode 0600)")]),
    ("a_damaged_picture", "lon",
     lambda h: h.append("assets/jazz-night/evening/bass.png"),
     [("FAIL", "asset", "bass.png")]),
    ("a_manifest_changed_after_it_was_signed", "lon",
     lambda h: h.append("assets/MANIFEST"), [("FAIL", "asset", "MANIFEST")]),
    ("a_socket_for_everybody", "ini",
     lambda h: h.chmod("run/milter.sock", 0o666, 0o660),
     [("warn", "milter", "everybody on this host")]),
    ("a_directory_that_is_closed_to_the_MTA", "ini",
     lambda h: h.chmod("run", 0o700, 0o755),
     [("warn", "587,", "relay domain          it puts everything off: 451"),
      ("warn", "587,", "a stub                it puts everything off: 451"),
      ("FAIL", "milter", "user postfix of the MTA cannot pass")]),
    ("tickets_that_die_in_the_queue", "ini",
     lambda h: h.main("maximal_queue_lifetime=7d"),
     [("FAIL", "milter.ticket_lifetime", "not over the MTA's")]),
    ("a_ticket_lifetime_too_short", "ini",
     lambda h: h.conf("milter {", "milter {\nticket_lifetime = 1d"),
     [("FAIL", "milter.ticket_lifetime", "1.0 days")]),
    ("a_Redis_that_forgets", "ini", lambda h: h.eviction("allkeys-lru"),
     [("FAIL", "Redis", "set noeviction")]),
    ("stubs_pass_while_the_milter_is_down", "ini",
     lambda h: h.master("-P", "587/inet/milter_default_action=accept"),
     [("FAIL", "587/inet/milter_default_action", "set tempfail")]),
    ("no_transport_map", "ini", lambda h: h.main("transport_maps="),
     [("FAIL", "transport_maps", "put hash:")]),
    ("a_transport_map_that_was_never_written", "ini",
     lambda h: h.remove("transport"),
     [("FAIL", "transport", "run nearpostctl print tables")]),
    ("tlsproxy_is_missing", "ini",
     lambda h: h.master("-MX", "tlsproxy-nearpost/unix"),
     [("FAIL", "tlsproxy-nearpost/unix", "add what nearpostctl print")]),
    ("the_same_on_the_initiator", "ini",
     lambda h: h.append("assets/MANIFEST"), [("FAIL", "asset", "MANIFEST")]),
    ("an_old_table", "ini", lambda h: h.append("stub_checks"),
     [("warn", "stub_checks", "print tables")]),
    ("a_table_that_was_not_compiled", "ini", lambda h: h.remove("transport.db"),
     [("FAIL", "transport", "postmap")]),
    ("stubs_may_leak", "ini",
     lambda h: h.main("header_checks=") or h.reload(),
     [("FAIL", "header_checks", "would leak"),
      ("FAIL", "smtp,", "is TAKEN past nearpost")]),
    ("anybody_may_use_the_relay_domain", "ini",
     lambda h: h.main("smtpd_recipient_restrictions=") or h.reload(),
     [("FAIL", "smtpd_recipient_restrictions", "anybody"),
      ("FAIL", "smtp,", "relay domain         is TAKEN from outside")]),
    ("a_service_that_takes_the_relay_domain", "ini",
     lambda h: h.service("smtpd_recipient_restrictions="),
     [("FAIL", "2600,", "relay domain         is TAKEN from outside")]),
    ("a_service_that_lets_stubs_past", "ini",
     lambda h: h.service("cleanup_service_name=cleanup-open"),
     [("FAIL", "2600,", "a stub               is TAKEN past nearpost")]),
    ("a_service_that_takes_no_mail_now", "ini",
     lambda h: h.service("smtpd_milters=inet:127.0.0.1:9"),
     [("warn", "2600,", "relay domain         it puts everything off: 451"),
      ("warn", "2600,", "a stub               it puts everything off: 451")]),
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


def again(tap, host):
    """keys init may be repeated."""
    etc = host.dir / "again"

    def init(name):
        done = host.path.lab("ctl", host.name, "keys", "init", name,
                             "--dir", etc, check=False)
        return (done.returncode, done.stdout + done.stderr,
                {str(f.relative_to(etc)): f.read_bytes()
                 for f in etc.rglob("*.pem")})
    # An admin's umask is not to keep the programs' user out.
    os.umask(0o077)
    status, said, first = init("not_a host")
    os.umask(0o022)
    modes = {oct((etc / d).stat().st_mode & 0o777) for d in ("keys/public", "tls", ".")}
    tap.equal(modes, {"0o755"}, "directories are for all to read, whatever the umask")
    tap.ok(status == 73 and "must be a DNS name" in said and
           "tls/ca.key.pem" in first and "tls/cert.pem" not in first,
           "a mistyped host gets no certificate", status, said)
    status, said, second = init("ini.test")
    tap.ok(status == 0 and first.items() < second.items() and
           "tls/key.pem" in second and said.count("is kept") == 3,
           "the right one then gets it, and what is there is kept", said)
    status, said, third = init("ini.test")
    tap.ok(status == 0 and third == second and said.count("is kept") == 4,
           "once more changes nothing", said)
    for name in ("cert", "key"):
        (etc / f"tls/{name}.pem").unlink()
    status, said, fourth = init("ini.test")
    changed = sorted(n for n in third if fourth.get(n) != third[n])
    tap.ok(status == 0 and changed == ["tls/cert.pem", "tls/key.pem"],
           "a certificate that was moved away is renewed, by the same CA",
           said, changed)
    for file in (etc / "keys/public").iterdir():
        file.unlink()
    tap.ok(init("ini.test")[2] == fourth, "a public key that is gone is back")


def prints(tap, host):
    """print merges main.cf, or prints nothing."""
    def print_main(*words):
        done = host.path.lab("ctl", host.name, "print", *words, check=False)
        return done.returncode, done.stdout, done.stderr
    host.main("header_checks=pcre:/etc/mine")
    status, out, err = print_main("main", "--postfix", host.etc)
    tap.ok(status == 0 and "stub_checks, pcre:/etc/mine\n" in out,
           "what main.cf says is in the printed line", status, out, err)
    host.main(f"header_checks=regexp:{host.dir}/nearpost/stub_checks")
    host.main("nested_header_checks=pcre:/etc/nested")
    out = print_main("main", "--postfix", host.etc)[1]
    tap.ok("\nnested_header_checks = pcre:/etc/nested\n" in out,
           "one of main.cf's own for attached messages stays", out)
    host.main("nested_header_checks=")
    for what in ("main", "master"):
        status, out, err = print_main(what, "--postfix", host.dir / "no")
        tap.ok(status == 69 and out == "" and "does not answer" in err,
               f"print {what} without it prints nothing", status, out, err)
    status, out, err = print_main("transport", "--postfix", host.dir / "no")
    tap.ok(status == 0 and "nearsplit:" in out, "a table needs no Postfix",
           status, out, err)


def size_limits(tap, host):
    """What is allowed already is not taken back."""
    def printed(limit):
        host.main(f"message_size_limit={limit}")
        done = host.path.lab("ctl", host.name, "print", "main", "--postfix", host.etc)
        return re.search(r"(?m)^message_size_limit = (\d+)$", done.stdout)[1]
    ours = printed(10240000)
    tap.equal([printed(n) for n in (200000000, 0, ours)], ["200000000", "0", ours],
              "print main raises message_size_limit and never lowers it")


def harmless(tap, path, hosts):
    """What was taken went nowhere."""
    for host in hosts:
        log = path.log(host, "../postfix/log/mail.log")
        taken = re.findall(r"to=<(nearpost-doctor@[^>]*)>, relay=(\S+), .*"
                           r"status=(\w+) \((.*)\)", log)
        tap.ok(taken and all(t[1:] == ("none", "sent", "a probe of nearpostctl "
                                       "doctor") for t in taken),
               f"{host}: probes that were taken are discarded", *taken)
    waited = path.wait(0)
    got = path.collect()
    tap.ok(not got and not path.returned(), "and nobody has got any mail", got,
           waited.stderr)


def drained(tap, path, host):
    path.lab("ctl", host.name, "gateways", "drain", "lon")
    status, rows, last = host.doctor()
    found = [r for r in rows if r[0] != "ok"]
    tap.ok(status == 0 and len(found) == 1 and found[0][:2] == ["warn", "lon"]
           and "gateways resume lon" in found[0][2],
           "a_gateway_drained_on_purpose_is_no_fault", *found, last)
    path.lab("ctl", host.name, "gateways", "resume", "lon")


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
    need("faketime", "redis-cli")
    with Tap() as tap, Path(TOPOLOGY) as path:
        hosts = {n: Host(path, n) for n in ("ini", "lon")}
        healthy(tap, hosts)
        for name, host, damage, want in BREAKAGES:
            one(tap, hosts[host], name, damage, want)
        harmless(tap, path, hosts)
        again(tap, hosts["ini"])
        prints(tap, hosts["ini"])
        size_limits(tap, hosts["lon"])
        drained(tap, path, hosts["ini"])
        healthy(tap, hosts)
        killed(tap, path, hosts)


if __name__ == "__main__":
    main()
