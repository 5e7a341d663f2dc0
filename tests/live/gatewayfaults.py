#!/usr/bin/python3
"""A gateway that is misconfigured, silent, gone, behind another milter or
without the creative: the stub goes on to the next one in the same attempt.

A second attempt would come after the backoff of five minutes, so nothing here
can be mended by one."""

import contextlib
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path as File

from nptest import TOP_SRC, Tap, wait_for
from path import Path

sys.path.insert(0, os.path.join(TOP_SRC, "tests/lab"))
# pylint: disable=wrong-import-position
from nplab import postfix, spaces  # noqa: E402
from nplab.collect import Arrivals  # noqa: E402
from nplab.state import bin_path  # noqa: E402

OPTIONS = ["postfix.minimal_backoff_time=300s",
           "postfix.queue_run_delay=300s",
           # Else cleanup(8) waits while the queue manager is held.
           "postfix.in_flow_delay=0",
           "postfix.smtp_connection_cache_time_limit=1s"]
SENT_S = 60
# Four sites are near lon, so that no site's sessions are what limits it.
TOPOLOGY = """
initiator ini uplink_mbit=100
gateway lon uplink_mbit=200
gateway nyc uplink_mbit=200
gateway tyo uplink_mbit=200
site one.test
site two.test
site three.test
site four.test
site far.test
default_rtt 150
rtt ini lon 6
rtt ini nyc 20
rtt ini tyo 40
rtt lon one.test 4
rtt lon two.test 4
rtt lon three.test 4
rtt lon four.test 4
rtt tyo far.test 4
"""
NEAR = ["one.test", "two.test", "three.test", "four.test"]
FAR = ["far.test"]
REFUSALS = [
    ("connect", ["smtpd_client_restrictions=reject",
                 "smtpd_delay_reject=no"], "refused to talk to me: 454"),
    ("rcpt", ["smtpd_recipient_restrictions=reject"],
     "said: 454 .*in reply to RCPT TO"),
    ("data", ["smtpd_end_of_data_restrictions=reject"],
     "said: 454 .*in reply to end of DATA"),
]
# Longer than any initiator waits for a greeting.
MUTE = ["smtpd_client_restrictions=sleep,40", "smtpd_delay_reject=no"]
HELO_TIMEOUT_MS = 10000  # of the transport to gateways
MANY, FEW = 200, 20
LINE = re.compile(r"\]: (\w+): to=<(\S+)\.([a-z0-9]+)-[a-z0-9]+(?:\.split)?"
                  r"\.nearpost\.internal>, .*relay=(\w+).* status=(\w+)")


class Fleet(Path):
    """A lab with adverts of a few KB, so that 200 of them weigh nothing."""

    def __init__(self):
        super().__init__(TOPOLOGY, options=OPTIONS)
        os.environ["NEARPOST_LAB"] = self.env["NEARPOST_LAB"]
        assets = File(self.dir, "small")
        shutil.copytree(os.path.join(TOP_SRC, "tests/data/agent-assets"),
                        assets)
        self.one_creative(assets, "hero")
        self.topology += f"option lab.assets={assets}\n"
        self.everybody = []

    @staticmethod
    def one_creative(assets, name):
        """One creative, under this name."""
        conf = assets / "spring/campaign.conf"
        text = re.sub(r'(?s)creative "huge".*?\n}\n', "", conf.read_text())
        conf.write_text(text.replace('"hero"', f'"{name}"'))
        shutil.rmtree(assets / "spring/huge", ignore_errors=True)
        if name != "hero":
            (assets / "spring/hero").rename(assets / "spring" / name)

    def people(self, case, n, domains=NEAR):
        """Recipients near lon, or near another gateway."""
        rcpts = [f"{case}{i}@{domains[i % len(domains)]}" for i in range(n)]
        self.everybody += rcpts
        return rcpts

    def stubs(self, rcpts, group=1):
        self.send(rcpts, campaign="spring",
                  words=["--group", str(group), "--parallel", "8"])

    def set_gateways(self, gateways, *settings):
        """Settings of their services for stubs; none: as they were."""
        for gateway in gateways:
            etc = self.state().host(gateway) / "postfix/etc"
            kept = etc / "master.cf.kept"
            if not kept.exists():
                shutil.copy2(etc / "master.cf", kept)
            shutil.copy2(kept, etc / "master.cf")
            if settings:
                self.lab("exec", gateway, "postconf", "-P", *[
                    "25/inet/" + s.replace("@", gateway) for s in settings])
            self.reload(gateway)
        # The initiator keeps its sessions for a second, and they are under the
        # old settings.
        time.sleep(1.5)

    @contextlib.contextmanager
    def held(self):
        """Stubs are taken and given their gateways, but none is sent."""
        managers = [p for p in spaces.processes(self.state(), ["ini"])
                    if p.cmdline().startswith("qmgr ")]
        assert len(managers) == 1, managers
        managers[0].signal(signal.SIGSTOP)
        try:
            yield
        finally:
            managers[0].signal(signal.SIGCONT)
            # It may have missed that there is mail.
            self.lab("exec", "ini", "postqueue", "-f")

    def attempts(self):
        """{recipient: [(queue id, gateway ranked first, relay, status)]} of the
        initiator's log, a line for each attempt."""
        found = {}
        for m in LINE.finditer(self.log("ini", "../postfix/log/mail.log")):
            found.setdefault(m[2], []).append((m[1], m[3], m[4], m[5]))
        return found

    def tried(self, rcpts):
        found = self.attempts()
        return all(r in found for r in rcpts)

    def chosen(self, tap, rcpts, what, first):
        wait_for(lambda: self.tried(rcpts), SENT_S, 0.2)
        found = self.attempts()
        bad = [(r, found.get(r)) for r in rcpts
               if r not in found or found[r][0][1] != first]
        tap.ok(not bad, f"{what}: policyd had chosen {first}", bad[:5])

    def same_attempt(self, tap, rcpts, what, fault, first="lon"):
        """All went, at the first try, through another gateway than the one
        that policyd had ranked first."""
        self.chosen(tap, rcpts, what, first)
        found = self.attempts()
        log = self.log("ini", "../postfix/log/mail.log")
        lines = [(r, found.get(r)) for r in rcpts]
        bad = [(r, l) for r, l in lines
               if not l or len(l) != 1 or l[0][3] != "sent"
               or l[0][2] == first]
        bad += [(r, "queued again") for r, l in lines if l and
                log.count(f"{l[0][0]}: from=") != 1]
        tap.ok(not bad, f"{what}: the next gateway took it in the same "
               "attempt", bad[:5])
        tap.ok(not fault or re.search(fault, log), f"{what}: it was so",
               log[-1500:])

    def arrived_ms(self, rcpts):
        """When each of them got it."""
        copies = Arrivals(self.state()).look()
        return {c["rcpt"]: int(c["received_ms"]) for c in copies
                if c["rcpt"] in set(rcpts)}


def learn(tap, fleet):
    """Every site's distance is measured; until then any gateway is chosen."""
    rcpts = fleet.people("learn", 5, NEAR + FAR)
    fleet.stubs(rcpts)
    tap.ok(wait_for(lambda: len(fleet.arrived_ms(rcpts)) == 5, SENT_S, 0.2),
           "all is well before")

    def measured():
        # The last of these people is near tyo.
        texts = [fleet.lab("ctl", "explain", r, "spring").stdout
                 for r in rcpts]
        return all(re.search(r"(?m)^%s .* ms (?!predicted)" %
                             ("tyo" if r is rcpts[-1] else "lon"), t)
                   for r, t in zip(rcpts, texts))
    tap.ok(wait_for(measured, SENT_S, 0.5), "all distances are known")


def refusing(tap, fleet):
    for case, settings, fault in REFUSALS:
        fleet.set_gateways(["lon"], *settings)
        singles, group = fleet.people(case, 4), fleet.people(case + ".g", 3)
        fleet.stubs(singles)
        fleet.stubs(group, 3)
        fleet.same_attempt(tap, singles + group, f"554 ({case})", fault)


def refused(tap, fleet):
    fleet.lab("kill", "--signal", "TERM", "postfix@lon")
    rcpts, group = fleet.people("gone", 4), fleet.people("gone.g", 3)
    fleet.stubs(rcpts)
    fleet.stubs(group, 3)
    fleet.same_attempt(tap, rcpts + group, "connection refused",
                       r"connect to lon.*: Connection refused")
    fleet.lab("start", "postfix@lon")


def send_held(fleet, *crowds):
    """Releases all of them at once; returns the moment, in ms."""
    with fleet.held():
        for crowd in crowds:
            fleet.stubs(crowd)
    return time.time_ns() // 1000000


def last_arrival(fleet, rcpts):
    wait_for(lambda: len(fleet.arrived_ms(rcpts)) == len(rcpts), SENT_S, 0.2)
    return max(fleet.arrived_ms(rcpts).values(), default=0)


def mute(tap, fleet):
    fleet.set_gateways(["lon"], *MUTE)
    rcpts, group = fleet.people("mute", 4), fleet.people("mute.g", 3)
    alone = fleet.people("alone", FEW, FAR)
    fleet.stubs(rcpts)
    fleet.stubs(group, 3)
    fleet.same_attempt(tap, rcpts + group, "no greeting",
                       "timed out while receiving the initial server")
    began = send_held(fleet, alone)
    without_ms = last_arrival(fleet, alone) - began
    fleet.chosen(tap, alone, "the few alone", "tyo")
    many = fleet.people("many", MANY)
    few = fleet.people("few", FEW, FAR)
    began = send_held(fleet, many, few)
    last = last_arrival(fleet, few)
    waiting = MANY - sum(ms <= last for ms in fleet.arrived_ms(many).values())
    tap.note(f"{FEW} stubs for tyo: {without_ms} ms alone, {last - began} ms "
             f"behind {MANY} for a mute gateway, of which {waiting} waited")
    fleet.chosen(tap, few, "the few", "tyo")
    tap.ok(len(fleet.arrived_ms(few)) == FEW and waiting > MANY / 2 and
           last - began < max(HELO_TIMEOUT_MS, 5 * without_ms),
           f"{MANY} stubs for a mute gateway do not hold up {FEW} for another")
    fleet.same_attempt(tap, many, "the many", "")


def milter_behind_ours(tap, fleet):
    """A filter after ours says no when our agent has made the advert."""
    run = "/hosts/@/run/"
    lab = fleet.env["NEARPOST_LAB"]
    gateways = ["lon", "nyc", "tyo"]
    for gateway in gateways:
        fleet.background.append(spaces.spawn(fleet.state(), gateway, [
            bin_path("tests/live/refusing_milter"),
            f"unix:{lab}{run}refuse.sock".replace("@", gateway),
            f"{lab}{run}refuse".replace("@", gateway)], "refuse.log"))
    fleet.set_gateways(gateways, f"smtpd_milters=unix:{lab}{run}agent.sock,"
                       f"unix:{lab}{run}refuse.sock")

    def refuse(line, where):
        for gateway in where:
            file = fleet.state().host(gateway) / "run/refuse"
            if line:
                file.write_text(line + "\n")
            else:
                file.unlink()
    for case, line in [("once", "once 451 4.7.1 come again"),
                       ("always", "451 4.7.1 never today"),
                       ("for good", "554 5.7.1 spam")]:
        refuse(line, ["lon"])
        rcpts = fleet.people("milter." + case.replace(" ", "."),
                             1 if case == "once" else 4)
        fleet.stubs(rcpts)
        fleet.same_attempt(tap, rcpts, f"a filter after ours, {case}",
                           line.rpartition("1 ")[2])
    refuse("", ["lon"])
    log = fleet.log("lon", "agent.log")
    tap.ok(log.count("another filter refused it; its ticket is free") >= 9,
           "the agent hears of every refusal", log[-1500:])
    refuse("once 451 4.7.1 come again", gateways)
    rcpts = fleet.people("milter.all", 1)
    fleet.stubs(rcpts)
    wait_for(lambda: fleet.tried(rcpts), SENT_S, 0.2)
    fleet.lab("exec", "ini", "postqueue", "-f")
    wait_for(lambda: len(fleet.attempts()[rcpts[0]]) > 1, SENT_S, 0.2)
    lines = [(l[2], l[3]) for l in fleet.attempts()[rcpts[0]]]
    tap.ok([s for _, s in lines] == ["deferred", "sent"] and
           lines[1][0] == "lon", "filters on all gateways, once: the stub "
           "waits, and its ticket is good for the same gateway", lines)


def late_assets(tap, fleet):
    """The set is swapped when the stubs are under way, and the agent has
    forgotten the old one."""
    new, target = File(fleet.dir, "new"), (
        fleet.state().host("lon") / "nearpost/assets")
    shutil.copytree(fleet.state().dir / "assets", new)
    fleet.one_creative(new, "other")
    fleet.lab("ctl", "assets", "build", new)
    fleet.lab("ctl", "assets", "sign", new)
    rcpts, group = fleet.people("late", 4), fleet.people("late.g", 3)
    with fleet.held():
        fleet.stubs(rcpts)
        fleet.stubs(group, 3)
        fleet.lab("kill", "agent@lon")
        shutil.rmtree(target)
        shutil.copytree(new, target)
        fleet.lab("start", "agent@lon")
    fleet.same_attempt(tap, rcpts + group, "creative gone",
                       "host lon.*said: 451 .*nearpost: .*in reply to end")


def nothing_lost(tap, fleet):
    fleet.exactly_one(tap, fleet.everybody)
    back = postfix.bounces(fleet.state(), "ini")
    tap.ok(not back, "nothing bounced", back[:5])
    bounced = [line for host in fleet.state().top.mail_hosts()
               for line in fleet.log(host.name, "../postfix/log/mail.log")
               .splitlines() if "status=bounced" in line]
    tap.ok(not bounced, "nor was anything refused for good", bounced[:3])


def main():
    with Tap() as tap, Fleet() as fleet:
        learn(tap, fleet)
        refusing(tap, fleet)
        mute(tap, fleet)
        milter_behind_ours(tap, fleet)
        refused(tap, fleet)
        late_assets(tap, fleet)
        nothing_lost(tap, fleet)


if __name__ == "__main__":
    main()
