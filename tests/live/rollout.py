#!/usr/bin/python3
"""A new asset set while stubs are under way: put in place file by file, or beside
the one before by contrib/roll-out; half copied, damaged, and with gateways that
are restarted in the middle.  Every advert arrives once, and is all of one set."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path as File

from nptest import TOP_SRC, Tap, need, wait_for
from path import Path, people
from reader import Advert

sys.path.insert(0, os.path.join(TOP_SRC, "tests/lab"))
# pylint: disable=wrong-import-position
from nplab import spaces  # noqa: E402
from nplab.state import bin_path  # noqa: E402

GATEWAYS = ["lon", "nyc", "tyo"]
PER_SECOND = 12
OPTIONS = ["postfix.minimal_backoff_time=2s", "postfix.maximal_backoff_time=5s",
           "postfix.queue_run_delay=2s"]
CONF = """\
subject = "%(word)s for {{first_name}}"
from = "Offers <offers@shop.test>"
creative "hero" {
    html = "body.html"
    text = "body.txt"
    inline = {"hero.png", "logo.png"}
    attach = {"песня.mp3"}
}
"""
HTML = """<html><body><p>%(word)s, {{first_name}}</p>
<img src="cid:hero.png"><img src="cid:logo.png"></body></html>
"""
LOGO = os.urandom(40000)


class Edition:
    """A set whose every file says which it is, but for the logo."""

    def __init__(self, directory, word):
        self.word, self.dir = word, File(directory, word)
        self.files = {
            "campaign.conf": (CONF % {"word": word}).encode(),
            "hero/body.html": (HTML % {"word": word}).encode(),
            "hero/body.txt": f"{word}, {{{{first_name}}}}\n".encode(),
            "hero/hero.png": word.encode() + os.urandom(60000),
            "hero/logo.png": LOGO,
            "hero/песня.mp3": word.encode() + os.urandom(90000)}
        for name, content in self.files.items():
            path = self.dir / "spring" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        # As cp -p leaves it when a set is made from the one before.
        os.utime(self.dir / "spring/hero/logo.png", (10**9, 10**9))
        self.digest = ""

    def fault(self, a):
        """What of the advert is not of this edition, or ''."""
        if a.faults():
            return str(a.faults())
        if self.word not in a.html or str(a.mail["Subject"]) != \
                f"{self.word} for Ada":
            return f"html {a.html!r}, subject {a.mail['Subject']}"
        parts = {**a.inline(), **a.attached()}
        for name in ("hero.png", "logo.png", "песня.mp3"):
            if name not in parts or parts[name].get_payload(decode=True) != \
                    self.files["hero/" + name]:
                return f"{name} is another"
        return ""


class Fleet(Path):
    def __init__(self):
        need("rsync")
        super().__init__(options=OPTIONS)
        self.editions = [Edition(self.dir, w) for w in
                         ("aster", "begonia", "crocus", "dahlia", "edelweiss")]
        self.topology += f"option lab.assets={self.editions[0].dir}\n"
        self.everybody, self.crowds = [], 0

    def ready(self):
        for e in self.editions:
            for verb in ("build", "sign"):
                self.lab("ctl", "assets", verb, e.dir)
            e.digest = self.status(e)[1]["wanted"]

    def home(self, host):
        return self.state().host(host) / "nearpost"

    def assets(self, host):
        return self.home(host) / "assets"

    def status(self, edition=None):
        """(exit status, what --json says) about a set, or the initiator's."""
        words = [edition.dir] if edition else []
        done = self.lab("ctl", "assets", "status", "--json", *words,
                        check=False)
        return done.returncode, json.loads(done.stdout)

    def verdicts(self, edition=None):
        return {g["id"]: g["verdict"]
                for g in self.status(edition)[1]["gateways"]}

    def reload(self, host):
        program = "policyd" if host == "ini" else "agent"
        pid = int((self.state().host(host) / "run" /
                   f"{program}.session").read_text())
        os.kill(pid, signal.SIGHUP)

    @contextlib.contextmanager
    def stream(self, tap):
        """Stubs at a steady pace, as long as it is open."""
        self.crowds += 1
        rcpts = people(4000, f"c{self.crowds}.")
        before = self.taken()
        sender = self.send_background(rcpts, campaign="spring", retry=0, words=[
            "--parallel", "4", "--rate", str(PER_SECOND)])
        try:
            assert wait_for(lambda: self.taken() > before + 10, 60)
            yield
            time.sleep(1)
            taken = self.taken() - before
            assert taken > 20, taken
        finally:
            sender.kill()
            sender.wait()
        said = self.said(rcpts)
        tap.ok(set(said.values()) == {"taken"}, "no stub is put off",
               [s for s in said.values() if s != "taken"][:3])
        self.everybody += [r for r, s in said.items() if s == "taken"]

    def said(self, rcpts):
        """{recipient: what the initiator said to the stub}; what was under way
        when the sender was killed is not among them."""
        log = File(self.dir, "lab/sent").read_text()
        found = dict(re.findall(r"rcpt=(\S+) verdict=(.*)", log))
        return {r: found[r] for r in rcpts if r in found}

    def crowd(self, n=6):
        self.crowds += 1
        rcpts = people(n, f"c{self.crowds}.")
        self.send(rcpts, campaign="spring")
        self.everybody += rcpts
        return rcpts

    @contextlib.contextmanager
    def held(self):
        """Stubs are taken and get their tickets, but none is sent."""
        managers = [p for p in spaces.processes(self.state(), ["ini"])
                    if p.cmdline().startswith("qmgr ")]
        assert len(managers) == 1, managers
        managers[0].signal(signal.SIGSTOP)
        try:
            yield
        finally:
            managers[0].signal(signal.SIGCONT)
            self.lab("exec", "ini", "postqueue", "-f")

    def restart_agents(self):
        for g in GATEWAYS:
            self.lab("kill", f"agent@{g}")
        for g in GATEWAYS:
            self.lab("start", f"agent@{g}")

    def copies(self, rcpts):
        return [c for r, cs in self.collect().items() if r in set(rcpts)
                for c in cs]

    def all_of(self, tap, rcpts, edition, what):
        waited = wait_for(lambda: len(self.copies(rcpts)) == len(rcpts), 60, 1)
        faults = [edition.fault(Advert(c)) for c in self.copies(rcpts)]
        tap.ok(waited and not any(faults), what, faults,
               self.agent_logs("451")[-5:])

    def agent_logs(self, word):
        return [line for g in GATEWAYS
                for line in self.log(g, "agent.log").splitlines()
                if word in line]


def rsync(*words):
    """The editions are made within a second, and rsync goes by the second."""
    subprocess.run(["rsync", "-a", "--checksum", *map(str, words)], check=True)


def to_initiator(fleet, edition):
    """What the initiator needs, in place, and no more of it."""
    rsync("--include=/MANIFEST", "--include=/MANIFEST.sig", "--include=/*/",
          "--include=/*/campaign.conf", "--exclude=*",
          f"{edition.dir}/", fleet.assets("ini"))
    fleet.reload("ini")


def in_place(tap, fleet, old, new):
    """As an admin does it: copied over the old one, then SIGHUP."""
    tap.ok(fleet.status()[0] == 0 and fleet.verdicts() == dict.fromkeys(GATEWAYS, "ok"),
           "before, every gateway holds the initiator's set", fleet.status())
    status, all_lack = fleet.status(new)
    tap.ok(status == 1 and {g["verdict"] for g in all_lack["gateways"]} ==
           {"lacks"}, "and none the next one", all_lack)
    with fleet.stream(tap):
        rsync("--exclude=*.mp3", f"{new.dir}/", fleet.assets("lon"))
        fleet.reload("lon")
        tap.ok(wait_for(lambda: fleet.verdicts(new)["lon"] == "failed", 20),
               "one that has half of it says so", fleet.status(new))
        half = [g for g in fleet.status(new)[1]["gateways"]
                if g["id"] == "lon"][0]
        tap.ok(re.search(r"песня\.mp3: is not the file in the manifest",
                         half["error"]) and half["sets"] == [old.digest],
               "names the file, and keeps the set before", half)
        tap.ok(fleet.status()[0] == 0 and
               fleet.verdicts()["lon"] == "ok",
               "which is the one that the initiator uses")
        said = fleet.lab("ctl", "doctor", check=False).stdout
        tap.ok(re.search(r"lon +its last reload: .*песня\.mp3", said),
               "doctor says it, too", said)
        table = fleet.lab("ctl", "assets", "status", new.dir,
                          check=False).stdout
        tap.ok(re.search(r"(?m)^lon +FAILED .*\n    .*песня", table) and
               re.search(r"(?m)^tyo +lacks it", table), "so does the table",
               table)
        for g in GATEWAYS:
            rsync("--delete", f"{new.dir}/", fleet.assets(g))
            fleet.reload(g)
        tap.ok(wait_for(lambda: fleet.status(new)[0] == 0, 20),
               "after all of it is there and a reload, each has both",
               fleet.status(new))
        tap.ok(all(g["sets"] == [new.digest, old.digest] and
                   abs(g["since_ms"] / 1000 - time.time()) < 60
                   for g in fleet.status(new)[1]["gateways"]),
               "the new one first, since now", fleet.status(new))
        time.sleep(1)
        to_initiator(fleet, new)
        tap.ok(wait_for(lambda: fleet.status()[1]["initiator"] == new.digest,
                        20), "then the initiator uses it")
        time.sleep(2)


def side_by_side(tap, fleet):
    """From a set in place to sets in directories; nothing is to be seen of it."""
    for g in GATEWAYS:
        home = fleet.assets(g)
        (home / "first").mkdir()
        for path in home.iterdir():
            if path.name != "first":
                path.rename(home / "first" / path.name)
        fleet.reload(g)
    time.sleep(1)
    fleet.restart_agents()
    tap.ok(wait_for(lambda: fleet.status()[0] == 0, 20),
           "a set that was moved into a directory is found there",
           fleet.status())


def roll_out(fleet, edition, gateways=tuple(GATEWAYS), **more):
    """contrib/roll-out, with the lab's way to its hosts."""
    lab = fleet.state().dir
    shell = File(fleet.dir, "shell")
    shell.write_text('#!/bin/sh\nexport GATEWAY=$1\nshift\nexec "%s" exec '
                     '"$GATEWAY" sh -c "$*"\n' % File(
                         TOP_SRC, "tests/lab/lab").resolve())
    shell.chmod(0o755)
    env = {**fleet.env, "SSH": str(shell), "WAIT": "30",
           "ASSETS": str(fleet.assets("ini")),
           "CTL": f"{bin_path('nearpostctl')} -c "
                  f"{fleet.home('ini')}/nearpost.conf",
           "RELOAD_AGENT":
               f"kill -HUP $(cat {lab}/hosts/$GATEWAY/run/agent.session)",
           "RELOAD_POLICYD":
               f"kill -HUP $(cat {lab}/hosts/ini/run/policyd.session)",
           **more}
    return subprocess.run(
        [os.path.join(TOP_SRC, "contrib/roll-out"), str(edition.dir),
         *[f"{g}:{fleet.assets(g)}" for g in gateways]], env=env, text=True,
        capture_output=True, check=False, timeout=120)


def by_script(tap, fleet, new):
    with fleet.stream(tap):
        done = roll_out(fleet, new)
        tap.ok(done.returncode == 0, "contrib/roll-out ends well",
               done.stdout, done.stderr)
        tap.ok(fleet.status()[1]["initiator"] == new.digest and
               fleet.status()[0] == 0, "the set is in use everywhere")
        time.sleep(1)
    links = [(fleet.assets(g) / d / "spring/hero/logo.png").stat().st_nlink
             for g in GATEWAYS for d in os.listdir(fleet.assets(g))]
    tap.ok(links == [2] * 6, "what has not changed is there once", links)
    done = roll_out(fleet, new)
    tap.ok(done.returncode == 0 and [len(os.listdir(fleet.assets(g)))
                                     for g in GATEWAYS] == [2, 2, 2],
           "once more changes nothing", done.stderr)


def damaged(tap, fleet, new):
    """A set that cannot be used does not reach the initiator."""
    page = new.dir / "spring/hero/body.html"
    text = page.read_text()
    page.write_text(text + "<p>added after it was signed</p>")
    done = roll_out(fleet, new)
    tap.ok(done.returncode == 65 and "body.html: is not the file" in
           done.stderr, "a file changed after signing: nothing is sent",
           done.stdout, done.stderr)
    page.write_text(text)
    used = fleet.status()[1]["initiator"]
    done = roll_out(fleet, new, WAIT="3", RELOAD_AGENT="true")
    tap.ok(done.returncode == 1 and "lacks it" in done.stderr and
           fleet.status()[1]["initiator"] == used,
           "gateways that do not load it: the initiator goes on as before",
           done.stdout, done.stderr)
    for g in GATEWAYS:
        shutil.rmtree([p for p in fleet.assets(g).iterdir()
                       if (p / "MANIFEST").read_bytes() ==
                       (new.dir / "MANIFEST").read_bytes()][0])


def restarted(tap, fleet, old, new):
    """Stubs for the old set wait at the initiator; meanwhile everything is
    restarted."""
    with fleet.held():
        rcpts = fleet.crowd()
        done = roll_out(fleet, new)
        tap.ok(done.returncode == 0, "the next one, with stubs for the one "
               "before in the queue", done.stdout, done.stderr)
        fleet.restart_agents()
        tap.ok(wait_for(lambda: fleet.status()[0] == 0, 20),
               "all agents are restarted")
    fleet.all_of(tap, rcpts, old, "stubs for the old set get the old set")
    fleet.all_of(tap, fleet.crowd(), new, "and new ones the new set")


def forgotten(tap, fleet, old, new):
    """The old set was removed too early, and nobody remembers it: what asks for
    it waits, and goes out when it is put back."""
    def back(g):
        return fleet.assets(g) / "back"

    for g in GATEWAYS:
        for path in fleet.assets(g).iterdir():
            if new.digest != fleet.status(Made(path))[1]["wanted"]:
                shutil.rmtree(path)
    with fleet.held():
        # The initiator still has the old one.
        to_initiator(fleet, old)
        for g in GATEWAYS:
            shutil.copytree(old.dir, back(g))
            fleet.reload(g)
        tap.ok(wait_for(lambda: fleet.status(old)[0] == 0, 20),
               "back to the set before", fleet.status(old))
        rcpts = fleet.crowd()
        to_initiator(fleet, new)
        for g in GATEWAYS:
            back(g).rename(fleet.assets(g) / ".back")
        fleet.restart_agents()
        wait_for(lambda: fleet.status()[0] == 0, 20)
    tap.ok(wait_for(lambda: fleet.agent_logs("does not hold the asset set"),
                    30), "a set that no gateway holds: 451")
    time.sleep(3)
    tap.ok(not fleet.copies(rcpts), "and the stubs wait")
    for g in GATEWAYS:
        (fleet.assets(g) / ".back").rename(back(g))
        fleet.reload(g)
    fleet.lab("exec", "ini", "postqueue", "-f")
    fleet.all_of(tap, rcpts, old, "until it is put back")


def wrong_way_round(tap, fleet, new):
    """The initiator first: stubs are put off until gateways have the set."""
    to_initiator(fleet, new)
    tap.ok(wait_for(lambda: fleet.status()[1]["initiator"] == new.digest, 20)
           and fleet.status()[0] == 1, "the initiator is ahead of all gateways")
    early = people(3, "early.")
    done = fleet.send(early, campaign="spring", retry=0, check=False)
    said = fleet.said(early)
    tap.ok(done.returncode != 0 and len(said) == 3 and all(
        "451" in s and f"no live gateway holds asset set {new.digest}" in s
        for s in said.values()), "stubs are put off, by name of the set", said)
    rcpts = people(8, "patient.")
    sender = fleet.send_background(rcpts, campaign="spring", retry=90)
    fleet.everybody += rcpts
    time.sleep(1)
    for g in GATEWAYS:
        shutil.copytree(new.dir, fleet.assets(g) / "late")
        fleet.reload(g)
    out, _ = sender.communicate(timeout=120)
    tap.ok(sender.returncode == 0, "and taken when the gateways have it", out)
    fleet.all_of(tap, rcpts, new, "they become adverts of that set")


class Made:
    """A set that is on a gateway."""

    def __init__(self, path):
        self.dir = path


def whole(tap, fleet):
    """All that was ever sent: once, and of one edition."""
    got = fleet.exactly_one(tap, fleet.everybody)
    counts, bad = dict.fromkeys((e.word for e in fleet.editions), 0), []
    for rcpt in fleet.everybody:
        for copy in got.get(rcpt, []):
            advert = Advert(copy)
            faults = {e.word: e.fault(advert) for e in fleet.editions}
            good = [w for w, fault in faults.items() if not fault]
            if len(good) == 1:
                counts[good[0]] += 1
            else:
                bad.append((rcpt, faults))
    tap.ok(not bad, "each is whole and all of one set", bad[:2])
    tap.ok(all(counts.values()), "each set made some", counts)
    tap.note("adverts of each set: %s" % counts)
    bounced = [line for host in fleet.state().top.mail_hosts()
               for line in fleet.log(host.name, "../postfix/log/mail.log")
               .splitlines() if "status=bounced" in line]
    tap.ok(not bounced, "nothing bounced", bounced[:3])


def main():
    with Tap() as tap, Fleet() as fleet:
        fleet.ready()
        first, second, third, fourth, fifth = fleet.editions
        in_place(tap, fleet, first, second)
        quiet = not fleet.agent_logs("does not hold the asset set")
        side_by_side(tap, fleet)
        by_script(tap, fleet, third)
        tap.ok(quiet and not fleet.agent_logs("does not hold the asset set"),
               "in all of this no gateway lacked a set that a stub asked for",
               fleet.agent_logs("does not hold the asset set")[:3])
        damaged(tap, fleet, fourth)
        restarted(tap, fleet, third, fourth)
        forgotten(tap, fleet, third, fourth)
        wrong_way_round(tap, fleet, fifth)
        whole(tap, fleet)


if __name__ == "__main__":
    main()
