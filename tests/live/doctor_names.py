#!/usr/bin/python3
"""nearpostctl doctor on what the world asks of a gateway: its names in the DNS,
the way out to other mail servers, and a log that drops nothing.  Each fault is
planted alone, found, and gone when it is mended."""

from npdoctor import Host, bin_path, healthy, one, right
from nptest import Tap, need, wait_for
from path import Path

TOPOLOGY = """
initiator ini domain=shop.example
gateway lon
gateway nyc
site one.test
default_rtt 2
txt shop.example v=spf1 a:lon.gw.test a:nyc.gw.test -all
"""
RECORD = r"host-record=lon\.gw\.test,(.*)"

# As in doctor.py.
BREAKAGES = [
    ("a_campaign_domain_without_MX", "ini",
     lambda h: h.dns("mx-host=shop.example,.*", ""),
     [("warn", "MX", "there is none: bounces")]),
    ("the_same_on_a_gateway", "lon",
     lambda h: h.dns("mx-host=shop.example,.*", ""),
     [("warn", "MX", "there is none: bounces")]),
    ("a_campaign_domain_that_takes_no_mail", "ini",
     lambda h: h.dns("mx-host=shop.example,.*", "mx-host=shop.example,.,0"),
     [("warn", "MX", "says that it takes no mail")]),
    ("a_gateway_without_PTR", "ini",
     lambda h: h.dns(RECORD, r"address=/lon.gw.test/\1"),
     [("warn", "PTR", "has none: many servers refuse")]),
    ("a_PTR_that_leads_elsewhere", "lon",
     lambda h: h.dns(RECORD, r"address=/lon.gw.test/\1\n"
                     r"host-record=else.test,192.0.2.1\nptr-record="
                     + reverse(h) + ",else.test"),
     [("warn", "PTR", "is else.test, which does not lead back")]),
    ("a_gateway_that_SPF_forbids", "ini",
     lambda h: h.dns("a:lon.gw.test", ""),
     [("warn", "SPF", "forbids mail from lon's")]),
    ("the_same_on_the_gateway_itself", "lon",
     lambda h: h.dns("a:lon.gw.test", ""),
     [("warn", "SPF", "add ip4:10.")]),
    ("no_SPF_for_either", "ini",
     lambda h: h.dns("v=spf1[^\"]*", "nothing"),
     [("warn", "SPF", "publishes no SPF record"),
      ("warn", "SPF", "publishes no SPF record")]),
    ("a_journal_that_drops_lines", "lon",
     lambda h: h.conf(f'"{h.dir}/postfix/log/mail.log"', '"journal"'),
     [("warn", "journald", "RateLimitIntervalSec=0")]),
]


def reverse(host):
    address = host.path.address(host.name)
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa"


def blocked(tap, lon):
    """The way to other mail servers, and no other, loses every packet."""
    lon.words = ("--probe-mx", "one.test")

    def cut(host):
        host.path.lab("cut", "lon", "one.test")
        return lambda: host.path.lab("mend", "lon", "one.test")
    one(tap, lon, "a_blocked_port_25", cut,
        [("FAIL", "port", "none of 1 mail servers of one.test")])
    lon.words = ()


def blocked_there(tap, ini):
    """The initiator hears of it from the gateway's agent."""
    path = ini.path
    path.lab("ctl", "ini", "explain", "a@one.test", "spring-2026")

    def route(verb):
        path.lab("exec", "lon", "ip", "route", verb, "unreachable",
                 path.address("one.test"))

    def cut(host):
        route("add")
        path.lab("kill", "agent@lon")
        path.lab("start", "agent@lon")
        wait_for(lambda: "it probed" in str(right(ini)), 90, 1)

        def undo():
            route("del")
            wait_for(lambda: not right(ini), 90, 1)
        return undo
    one(tap, ini, "a_blocked_port_25_of_a_gateway", cut,
        [("warn", "lon", "is its port 25 open to the outside")])


def quick_journal(tap, lon):
    """What the finding tells the admin to write silences it."""
    conf = lon.dir / "nearpost/nearpost.conf"
    text, journald = conf.read_text(), lon.dir / "journald.conf"
    journald.write_text("[Journal]\nRateLimitIntervalSec=0\n")
    lon.conf(f'"{lon.dir}/postfix/log/mail.log"', '"journal"')
    out = lon.path.lab("exec", "lon", "sh", "-c", 'mount --bind "$1" '
                       '/etc/systemd/journald.conf && exec "$2" -c "$3" '
                       "doctor", "sh", journald, bin_path("nearpostctl"), conf,
                       check=False).stdout
    conf.write_text(text)
    tap.ok("ok    journald rate limit        off" in out and
           " 0 to look at, 0 to mend" in out, "a_journal_without_limit_is_fine",
           out)


def main():
    need("ss", "systemd-analyze")
    with Tap() as tap, Path(TOPOLOGY, ["policyd.probe_interval=1s"]) as path:
        hosts = {n: Host(path, n) for n in ("ini", "lon", "nyc")}
        healthy(tap, hosts)
        for name, host, damage, want in BREAKAGES:
            one(tap, hosts[host], name, damage, want)
        blocked_there(tap, hosts["ini"])
        blocked(tap, hosts["lon"])
        quick_journal(tap, hosts["lon"])
        healthy(tap, hosts)


if __name__ == "__main__":
    main()
