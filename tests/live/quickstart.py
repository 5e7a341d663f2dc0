"""contrib/quickstart, the first of README's two commands, as a new user types it."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

from nptest import TOP_BUILD, TOP_SRC, Tap, need

TOP = Path(TOP_SRC).resolve()
RESULT = TOP / "quickstart-result"
# What `make check` is told is not for the make in it.
ENV = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
LAST = re.compile(r"delivered (\d+) of (\d+), 0 lost, 0 duplicated, 0 unexpanded")


def said(*argv):
    return subprocess.run(argv, check=False, text=True, stdout=subprocess.PIPE).stdout


def state():
    """What must be after it as before: namespaces, devices, processes of ours, and
    the system's own Postfix and Redis."""
    files = sorted(f for d in ("/etc/postfix", "/etc/redis", "/var/spool/postfix",
                               "/var/lib/redis") for f in Path(d).rglob("*") if f.is_file())
    return {
        "namespaces": said("ip", "netns", "list").splitlines(),
        "interfaces": re.findall(r"(?m)^\d+: (\S+?)[@:]", said("ip", "link")),
        "processes": sorted(p for p in said("ps", "-eo", "args=").splitlines() if re.search(
            r"/(nearpost-\w+|redis-server|dnsmasq|postfix/sbin/master) ", p)),
        "files": {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files},
    }


def main():
    need("ip", "ps")
    with Tap() as tap:
        before = state()
        done = subprocess.run([TOP / "contrib/quickstart"], check=False, text=True,
                              env={**ENV, "NEARPOST_BUILD": os.path.abspath(TOP_BUILD)},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        *_, last = done.stdout.strip().splitlines() or [""]
        found = LAST.fullmatch(last)
        tap.ok(done.returncode == 0 and found and found[1] == found[2] and
               int(found[1]) >= 200, "its last line: " + last, done.stdout[-3000:])
        after = state()
        for what, was in before.items():
            tap.ok(after[what] == was, "after it, the same " + what, was, after[what])
        kinds = sorted(f.stem for f in RESULT.glob("*.eml"))
        pictures = [f"{k}-{device}.png" for k in kinds for device in ("desktop", "phone")]
        tap.ok(len(kinds) >= 5 and {p.name for p in RESULT.glob("*.png")} == set(pictures),
               f"an advert of {len(kinds)} kinds, as a file and as pictures", pictures)
        small = [p for p in pictures if (RESULT / p).stat().st_size < 20000]
        tap.ok(not small, "the pictures show something", small)
        raw = [(RESULT / (k + ".eml")).read_bytes() for k in kinds]
        tap.ok(all(b"multipart/" in r and b"Nearpost-Ticket" not in r for r in raw),
               "the files are whole adverts")


main()
