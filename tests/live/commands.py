"""Every command line of nearpostctl in README and the man pages is run as it stands
there, in the lab; of the others it is known which test runs them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path as File

from nptest import TOP_BUILD, TOP_SRC, Tap, wait_for
from path import LAB, Path

TOP = File(TOP_SRC)
sys.path.append(str(TOP / "contrib/test-packages.d"))
import page as manual  # noqa: E402  pylint: disable=wrong-import-position
import readme  # noqa: E402  pylint: disable=wrong-import-position

# contrib/test-packages types the whole of nearpost(7), on hosts with the packages.
PAGES = sorted(p for p in TOP.glob("*/*.[1-8]") if p.name != "nearpost.7")
TEXTS = [TOP / "README", TOP / "assets/README",
         TOP / "contrib/debian/nearpost-tools.README.Debian"]
# What the documents call by a name that only the reader has.
NAMES = {"alice@example.org": "alice@one.test", "bob@example.org": "bob@two.test",
         "you@example.org": "alice@one.test"}
PEOPLE = """email,first_name,lang,city,visits,signup,interest
alice@one.test,Alice,en,Cork,5,2026-01-31,jazz
bob@two.test,Bob,de,Jena,1,2026-02-28,gardening
"""
QUEUE_ID = "4fVqZb3yFzz1n"
# A place of their own for what would write over the lab's.
APART = ("keys init", "keys host")
# What a word leaves behind is undone before the next one.
UNDO = {"pause": "nearpostctl resume spring-2026", "drain": "nearpostctl resume tyo",
        "cancel": "nearpostctl resume spring-2026",
        "suppress add": "nearpostctl suppress remove bob@example.org"}
# 1 is doctor's answer; the lab's list names a domain that this lab has not.
ALLOWED = {"nearpostctl doctor": {0, 1}, "nearpostctl send": {0, 65},
           "--follow": {0, 130}}
# What does not end by itself is interrupted, as its reader would.
ENDLESS = ("--follow", "nearpostctl top")
# Other commands, by how they begin: the test that runs them.
ELSEWHERE = {
    "contrib/quickstart": "tests/live/quickstart.py",
    "contrib/run-tests": ".ci/run",
    "contrib/roll-out": "tests/live/rollout.py",
    "rsync -a": "tests/live/rollout.py",
    "makemap hash": "tests/lab/nplab/sendmail.py",
    "m4 /etc/mail": "tests/lab/nplab/sendmail.py",
    "redis-cli": "tests/live/redis.py",
    "systemctl start nearpost-policyd": "contrib/test-packages.d/readme.py",
    "runuser -u nearpost": "contrib/test-packages.d/job.py",
    "install -d -o nearpost": "contrib/test-packages.d/job.py",
    "systemctl restart nearpost-milter": "contrib/test-packages.d/job.py",
    "cp -r": "tests/live/commands.py",
    "usermod -a -G postfix nearpost": "contrib/test-packages.d/job.py",
}
# README's installation is typed as it stands, whatever it says, by
# tests/live/install.py and contrib/test-packages.
TYPED = ("On Debian 12", "From source", "On the initiator", "On a gateway")


def literals(page):
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith(".Bd -literal"):
            inside = True
        elif line.startswith(".Ed"):
            inside = False
        elif inside:
            yield manual.plain(line).strip()


def indented(text):
    for line in text.read_text(encoding="utf-8").splitlines():
        if line.startswith("\t") and line[1:2] not in ("", " "):
            # A word for the reader stands apart, by two spaces or more.
            yield re.split(r" {2,}", line.strip())[0]


def joined(lines):
    whole = ""
    for line in lines:
        if line.endswith("\\"):
            whole += line[:-1]
            continue
        yield whole + line
        whole = ""


def commands():
    """[(where it stands, command line)]"""
    found = [(p, c) for p in PAGES for c in joined(literals(p))]
    found += [(t, c) for t in TEXTS for c in joined(indented(t))]
    return [(p.relative_to(TOP), c) for p, c in found]


class Reader:
    """Types what it reads."""

    def __init__(self, path):
        self.path = path
        self.home = File(path.dir, "reader")
        self.home.mkdir()
        for name in ("assets", "letters"):
            shutil.copytree(TOP / "assets", self.home / name)
        (self.home / "people.csv").write_text(PEOPLE)
        (self.home / "apart").mkdir()
        shutil.copy(TOP / "contrib/nearpost.conf", self.home / "apart")
        self.etc = path.lab("path", "ini").stdout.strip() + "/nearpost"
        # README puts the whole set there; the lab only what policyd needs.
        shutil.copytree(TOP / "assets", self.etc + "/assets", dirs_exist_ok=True)
        # README's lines write into it: never this machine's own.
        self.postfix = self.home / "postfix"
        shutil.copytree(File(self.etc).with_name("postfix") / "etc", self.postfix)
        self.env = {**path.env, "MAIL_CONFIG": str(self.postfix)}
        self.queue_id = ""

    def line(self, command):
        """As this shell understands it."""
        for old, new in NAMES.items():
            command = command.replace(old, new)
        command = command.replace("$@", "done").replace(QUEUE_ID, self.queue_id)
        command = command.replace("/etc/nearpost", self.etc)
        command = command.replace("/etc/postfix", str(self.postfix))
        # Where it is when nearpost is installed.
        command = command.replace("ctl lint", "ctl lint --facts %s/ctl/lint-clients.conf" % TOP)
        run = "%s ctl ini" % shlex.quote(LAB)
        if any(words in command for words in APART):
            run = "%s exec ini %s/ctl/nearpostctl -c %s/apart/nearpost.conf" % (
                LAB, TOP_BUILD, self.home)
        if any(words in command for words in ENDLESS):
            run = "timeout --preserve-status -s INT 4 " + run
        return 'nearpostctl() { %s "$@"; }; %s' % (run, command)

    def type(self, command):
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", self.line(command)], cwd=self.home, env=self.env,
            check=False, timeout=120, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def undo(self, command):
        for word, remedy in UNDO.items():
            if " %s " % word in command:
                self.type(remedy)

    def mail_one(self, tap):
        """Something to ask about."""
        done = [self.type(c) for c in (
            "nearpostctl recipients import people.csv",
            "nearpostctl send spring-2026 --where \"email == 'alice@one.test'\"")]
        tap.ok([d.returncode for d in done] == [0, 0], "a letter is sent",
               *[d.stdout for d in done])
        tap.ok(wait_for(lambda: "sent" in self.type("nearpostctl why alice@one.test")
                        .stdout, 60, 1), "and one is received")
        told = self.type("nearpostctl events --json -n 1").stdout
        found = re.search(r'"queue_id": ?"(\w+)"', told)
        self.queue_id = found.group(1) if found else told


def main(tap, path):
    reader, seen = Reader(path), set()
    reader.mail_one(tap)
    for page, command in commands():
        first = command.split(" ")[0]
        if first != "nearpostctl" or command in seen:
            continue
        seen.add(command)
        done = reader.type(command)
        allowed = next((a for c, a in ALLOWED.items() if c in command), {0})
        tap.ok(done.returncode in allowed, "%s: %s" % (page, command), done.stdout)
        reader.undo(command)
    tap.ok(len(seen) > 25, "that were %d" % len(seen))
    others(tap)


def is_command(line):
    word, _, rest = line.partition(" ")
    return not rest.startswith("= ") and (
        word in ("makemap", "nearpost-policyd") or shutil.which(word, path=os.environ[
            "PATH"] + ":/usr/sbin:/sbin") or os.access(TOP / word, os.X_OK) and
        (TOP / word).is_file())


def others(tap):
    """Every other command has its test, which knows of it."""
    typed = {line.strip() for head, lines in
             readme.section((TOP / "README").read_text(encoding="utf-8")).items()
             if head.startswith(TYPED) for line in lines}
    typed = {re.split(r" {2,}", line)[0] for line in typed}
    for page, command in commands():
        first = command.split(" ")[0]
        if first == "nearpostctl" or not is_command(command) or command in typed:
            continue
        test = next((t for w, t in ELSEWHERE.items() if command.startswith(w)), None)
        tap.ok(test and first in (TOP / test).read_text(encoding="utf-8"),
               "%s: %s: run by %s" % (page, command, test))


with Tap() as all_tests, Path() as the_path:
    main(all_tests, the_path)
