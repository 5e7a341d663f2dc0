"""kill -9 of one program in the middle of 200 stubs, and its start again."""

import time

from nptest import Tap, wait_for
from path import Path, people

STUBS = 200
PER_SECOND = 20  # ten seconds of them, so that there is a middle to kill in


def kill_and_start(victim, repeats_allowed=False):
    with Tap() as tap, Path() as path:
        rcpts = people(STUBS)
        sender = path.send_background(
            rcpts, words=["--parallel", "4", "--rate", str(PER_SECOND)])
        tap.ok(wait_for(lambda: path.taken() >= STUBS // 20, 60),
               "stubs are under way")
        path.lab("kill", victim)
        tap.ok(sender.poll() is None,
               "%s was killed while stubs were sent" % victim)
        time.sleep(2)
        path.lab("start", victim)
        out, _ = sender.communicate(timeout=180)
        tap.ok(sender.returncode == 0, "every stub was taken in the end", out)
        path.exactly_one(tap, rcpts, repeats_allowed=repeats_allowed)
