"""The show behind contrib/quickstart: lab up, people in, stubs out, a gateway away
and back, and what came of it."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import people
import pictures
import report

TOP = Path(__file__).resolve().parents[2]
LAB = str(TOP / "tests/lab/lab")
TOPOLOGY = TOP / "tests/lab/topologies/three.lab"
AWAY = "nyc"
WAIT_S = 150
DRAIN_S = 30
STUBS_A_ROUND = 5


def say(text):
    print(f"-- {text}", flush=True)


class Lab:
    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="np.", dir="/var/tmp"))
        self.dir.chmod(0o755)
        self.env = {**os.environ, "NEARPOST_LAB": str(self.dir / "lab")}

    def __call__(self, *words, check=True, quiet=True):
        out = subprocess.PIPE if quiet else None
        done = subprocess.run([LAB, *map(str, words)], env=self.env, text=True,
                              stdout=out, check=False)
        if check and done.returncode != 0:
            raise SystemExit(f"quickstart: lab {words[0]} failed: "
                             f"{done.stdout or ''}")
        return done.stdout or ""

    def queued(self, host):
        return int(self("status").split(f"\n{host} queued=")[1].split()[0])

    def send(self, rcpts, campaign, *words):
        """Stubs to these people; returns how many stubs the MTA took."""
        if not rcpts:
            return 0
        names = self.dir / "to"
        names.write_text("\n".join(rcpts) + "\n")
        out = self("send", "--to-file", names, "--campaign", campaign,
                   "--retry", WAIT_S, *words)
        return int(out.split("taken=")[1].split()[0])


def send_part(lab, part):
    """Most by SMTP, a tenth by sendmail(1), some to three people at once: a few
    every second, as a campaign is sent, not all in one burst."""
    taken, rounds = 0, max(1, len(part.smtp) // STUBS_A_ROUND)
    for n in range(rounds):
        next_round = time.monotonic() + 1

        def share(things, unit=1):
            count = len(things) // unit
            return things[count * n // rounds * unit:
                          count * (n + 1) // rounds * unit]
        taken += lab.send(share(part.smtp), "spring-2026")
        taken += lab.send(share(part.sendmail), "spring-2026", "--via",
                          "sendmail")
        taken += lab.send(share(part.together, 3), "jazz-night",
                          "--group", 3)
        progress(taken)
        time.sleep(max(0, next_round - time.monotonic()))
    return taken


def progress(taken):
    if sys.stdout.isatty():
        print(f"\r   {taken} stubs taken ", end="", flush=True)


def take_out(lab):
    """As an admin does it: first the agent, so that stubs go elsewhere, then the
    MTA, when it has delivered what it had."""
    lab("kill", "--signal", "TERM", f"agent@{AWAY}")
    deadline = time.monotonic() + DRAIN_S
    while lab.queued(AWAY) and time.monotonic() < deadline:
        time.sleep(0.2)
    lab("kill", "--signal", "TERM", f"postfix@{AWAY}")


def show(lab, opts, result):
    say("three gateways, five sites: real Postfix, Redis and DNS in network "
        "namespaces")
    lab("up", TOPOLOGY)
    crowd = people.Crowd(opts.stubs)
    table = lab.dir / "people.csv"
    crowd.write(table)
    say(f"importing {len(crowd.everybody)} recipients; the gateways measure "
        "their mail servers")
    lab("ctl", "recipients", "import", table)
    time.sleep(4)
    started = time.time_ns() // 1000000
    first, away, last = crowd.parts()
    say(f"sending the first half of {opts.stubs} stubs")
    taken = send_part(lab, first)
    say(f"taking {AWAY} out of service: agent stopped, postfix stop")
    gone = time.time_ns() // 1000000
    take_out(lab)
    say(f"sending on without {AWAY}")
    taken += send_part(lab, away)
    say(f"bringing {AWAY} back, sending the rest")
    lab("start", f"postfix@{AWAY}", f"agent@{AWAY}")
    back = time.time_ns() // 1000000
    taken += send_part(lab, last)
    say("waiting for the last adverts")
    lab("wait", "--copies", len(crowd.everybody), "--timeout", WAIT_S,
        check=False, quiet=False)
    measured = report.measured(lab, crowd)
    lab("collect", result / "mail")
    return report.Report(lab, TOPOLOGY, crowd, result, measured,
                         taken=taken, started=started, away=AWAY, gone=gone,
                         back=back)


def arguments():
    p = argparse.ArgumentParser(prog="quickstart", description=__doc__)
    p.add_argument("--stubs", type=int, default=200, metavar="N")
    p.add_argument("--summary", metavar="FILE",
                   help="the facts as key=value lines")
    p.add_argument("--keep", action="store_true",
                   help="leave the lab up, to look around in it")
    opts = p.parse_args()
    if opts.stubs < 10:
        p.error("--stubs: at least 10")
    return opts


def main():
    opts = arguments()
    result = Path("quickstart-result").absolute()
    shutil.rmtree(result, ignore_errors=True)
    result.mkdir()
    lab = Lab()
    try:
        outcome = show(lab, opts, result)
        say("one advert of each kind, as a file and as pictures, in "
            f"{result.name}/")
        for line in pictures.keep(lab, result):
            print(f"     {line}")
        outcome.print_table()
        if opts.summary:
            Path(opts.summary).write_text(outcome.summary())
    finally:
        if opts.keep:
            print("-- the lab is still up; look around, and end it:\n"
                  f"     export NEARPOST_LAB={lab.dir}/lab "
                  f"NEARPOST_BIN={os.environ['NEARPOST_BIN']}\n"
                  "     tests/lab/lab ctl gateways\n"
                  "     tests/lab/lab down")
        else:
            lab("down", check=False)
            shutil.rmtree(lab.dir, ignore_errors=True)
    print(outcome.last_line(), flush=True)
    return 0 if outcome.good() else 1


if __name__ == "__main__":
    sys.exit(main())
