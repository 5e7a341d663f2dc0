#!/usr/bin/python3
"""nearpostctl doctor on an initiator and its gateways: what is wrong between
hosts, each planted alone, found, and gone when it is mended."""

import shutil
import signal

from npdoctor import Host, bin_path, healthy, one, right, spaces
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


def settled(host):
    wait_for(lambda: not right(host), 60, 0.5)


def end_agent(path, name):
    """However it was started."""
    state = path.state()
    spaces.end(lambda: [p for p in spaces.processes(state, [name])
                        if "nearpost-agent" in p.cmdline()], signal.SIGKILL)


def another_set(ini, lon):
    """lon starts with a set that the initiator has signed, and does not have."""
    path, here = ini.path, lon.dir / "nearpost/assets"
    keep = lon.dir / "assets.keep"
    shutil.copytree(here, keep)
    with open(here / "jazz-night/evening/body.txt", "a",
              encoding="utf-8") as f:
        f.write("One more line.\n")
    for verb in ("build", "sign"):
        path.lab("ctl", "ini", "assets", verb, here)
    # One that runs goes on to hold the set before.
    path.lab("kill", "agent@lon")
    path.lab("start", "agent@lon")
    # It says so before it has loaded all.
    wait_for(lambda: "does not hold" in (text := str(right(ini))) and
             "expander" not in text, 30, 0.5)

    def undo():
        end_agent(path, "lon")
        shutil.rmtree(here)
        shutil.copytree(keep, here)
        shutil.rmtree(keep)
        path.lab("start", "agent@lon")
        settled(ini)
    return undo


def wrong_clock(ini, offset):
    path, lon = ini.path, ini.dir.parent / "lon"
    path.lab("kill", "agent@lon")
    path.lab_background(
        "exec", "lon", "faketime", "--exclude-monotonic", "-f", offset,
        bin_path("nearpost-agent"), "-f", "-c", lon / "nearpost/nearpost.conf")
    wait_for(lambda: [r[1] for r in right(ini) if isinstance(r, list)] ==
             ["clock"], 30, 0.5)

    def undo():
        end_agent(path, "lon")
        path.lab("start", "agent@lon")
        settled(ini)
    return undo


def main():
    need("faketime")
    with Tap() as tap, Path(TOPOLOGY) as path:
        hosts = {n: Host(path, n) for n in ("ini", "lon", "nyc")}
        ini, lon = hosts["ini"], hosts["lon"]
        healthy(tap, hosts)
        one(tap, ini, "another_asset_set_on_one_gateway",
            lambda h: another_set(h, lon),
            [("FAIL", "lon", "does not hold our asset set")])
        one(tap, ini, "a_clock_two_minutes_ahead",
            lambda h: wrong_clock(h, "+120s"),
            [("FAIL", "clock", "ahead of ours; run an NTP client")])
        one(tap, ini, "a_clock_two_minutes_behind",
            lambda h: wrong_clock(h, "-120s"),
            [("FAIL", "clock", "behind ours; run an NTP client")])
        healthy(tap, hosts)


if __name__ == "__main__":
    main()
