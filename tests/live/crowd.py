"""Fifty clients at once through both milters, ten of them with ordinary mail.
tests/sanitize.sh runs this with builds that watch memory and threads."""

from nptest import Tap
from path import Path, people

STUBS = 200
LETTERS = 100


def main():
    with Tap() as tap, Path() as path:
        rcpts, letters = people(STUBS), people(LETTERS, "letter")
        writer = path.send_background(
            letters, campaign=None, words=["--port", "587", "--parallel", "10"])
        sent = path.send(rcpts, check=False, words=["--parallel", "40"])
        tap.ok(sent.returncode == 0, "every stub is taken", sent.stdout,
               sent.stderr)
        out, _ = writer.communicate(timeout=180)
        tap.ok(writer.returncode == 0, "ordinary mail too", out)
        got = path.exactly_one(tap, rcpts, letters=letters)
        tap.equal([len(got.get(r, [])) for r in letters], [1] * LETTERS,
                  "each letter arrives once")
        # An orderly end: what leaks or races there is reported as well.
        path.lab("kill", "--signal", "TERM", "ini", "lon", "nyc", "tyo")


main()
