#!/usr/bin/python3
"""nearpostctl audience: against what a real policyd answers for every recipient,
and over a hundred thousand of them."""

import csv
import io
import json
import os
import pty
import random
import re
import select
import socketserver
import subprocess
import threading
import time

from nppolicyd import *

CAMPAIGN = """
# Everything that conditions can ask for.
required = {"first_name", "coupon"}
creative "rest" {
    fallback = yes
    html = "body.html"
}
creative "young" {
    when = "age(born) < 18 || age(born) > 90"
    html = "body.html"
}
creative "new" {
    when = "signup >= '30 days ago' && lang in ['en', 'de']"
    html = "body.html"
}
creative "often-a" {
    when = "visits > 3 && !(interests has 'golf')"
    weight = 1
    html = "body.html"
}
creative "often-b" {
    when = "(visits > 3) && !(interests has \\"golf\\")"
    weight = 3
    html = "body.html"
}
creative "vip" {
    when = "exists vip && number(spent) > number(limit)"
    html = "body.html"
}
creative "fr" {
    when = "lang == 'fr'"
    html = "body.html"
}
"""
PEOPLE = 200
FIELDS = ("email", "first_name", "coupon", "lang", "born", "signup", "visits",
          "interests", "vip", "spent", "limit")
READ_ONLY = {"scan", "hgetall", "info", "auth", "hello", "ping",
             "client|setname"}


def day(days_ago):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400 * days_ago))


def person(rng, i):
    return {
        "email": "p%d@%s.test" % (i, rng.choice(("one", "two", "uno"))),
        "first_name": rng.choice(("Ann", "Bo", "Cy", "Zo\u00eb") * 3 + ("",)),
        "coupon": rng.choice(("X1", "X2", "X3") * 4 + ("",)),
        "lang": rng.choice(("en", "de", "fr", "EN", "")),
        "born": rng.choice((day(365 * 10), day(365 * 95), day(-400), "1.1.1970", "") +
                           (day(365 * 40),) * 4),
        "signup": rng.choice((day(3), day(200), day(29) + "T23:59:59Z",
                              "yesterday", "")),
        "visits": rng.choice(("0", "3", "4", "17.5", "many", "")),
        "interests": rng.choice(("golf", "tea; golf", "tea,jazz", "golfing", "")),
        "vip": rng.choice(("yes", "")),
        "spent": rng.choice(("10", "99", "99", "n/a", "")),
        "limit": rng.choice(("50", "50", "")),
    }


def ctl(w, *argv, data=None, stderr=subprocess.PIPE, conf="nearpost.conf"):
    """Exit status, stdout, stderr, and the most memory it took, in KB."""
    p = subprocess.Popen([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
                          w.path(conf), *argv],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=stderr)
    p.stdin.write(data or b"")
    p.stdin.close()
    out = p.stdout.read().decode()
    err = p.stderr.read().decode() if p.stderr else ""
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return p.returncode, out, err, usage.ru_maxrss


def audience(w, *argv):
    status, out, err, _ = ctl(w, "audience", "spring", "--json", *argv)
    return json.loads(out) if status == 0 else err


def store(w, people):
    text = io.StringIO()
    rows = csv.DictWriter(text, FIELDS)
    rows.writeheader()
    rows.writerows(people)
    return ctl(w, "recipients", "import", "-", data=text.getvalue().encode())


class Answers:
    """What policyd says of everybody, as audience would count it."""

    def __init__(self, w, agents, people):
        self.creatives, self.missing = {}, {}
        self.suppressed = self.nobody = 0
        self.strange = []
        for p in people:
            for a in agents:
                a.report()
            self.count(p["email"], w.select(p["email"]))

    def count(self, email, answer):
        verb, _, text = answer["action"].partition(" ")
        missing = re.match(r'variable "(\w+)" is required', text)
        if verb == "RELAY":
            name = answer["creative"]
            self.creatives[name] = self.creatives.get(name, 0) + 1
        elif verb == "SUPPRESSED":
            self.suppressed += 1
        elif missing:
            name = missing[1]
            self.missing[name] = self.missing.get(name, 0) + 1
        elif text.startswith("no creative"):
            self.nobody += 1
        else:
            self.strange.append((email, answer))


def compare(tap, what, counted, answers):
    tap.equal({c["name"]: c["recipients"] for c in counted["creatives"]
               if c["recipients"]}, answers.creatives,
              what + ": creatives are those that policyd chooses")
    tap.equal(counted["suppressed"]["recipients"], answers.suppressed,
              what + ": so are the suppressed")
    tap.equal({v: g["recipients"] for v, g in counted["missing"].items()
               if g["recipients"]}, answers.missing,
              what + ": so are those without a required variable")
    tap.equal(counted["no_creative"]["recipients"], answers.nobody,
              what + ": so are those whom no creative fits")
    tap.ok(not answers.strange, what + ": and policyd says nothing else",
           answers.strange)


def same_as_policyd(tap, w, people):
    agents = [w.agent(g) for g in GATEWAYS]
    for a in agents:
        a.hello()
        a.report()
    status, out, err, _ = store(w, people)
    tap.equal(out, "%d recipients stored, 0 rows refused\n" % PEOPLE,
              "people are imported")
    for p in people[::9]:
        ctl(w, "suppress", "add", p["email"])
    tap.ok("no creative for everybody" not in w.policyd.log(),
           "a campaign with a fallback is not")
    answers = Answers(w, agents, people)
    counted = audience(w)
    tap.equal((counted["recipients"], counted["matched"]), (PEOPLE, PEOPLE),
              "everybody is counted")
    compare(tap, "with a fallback", counted, answers)
    tap.ok(len(answers.creatives) == 7 and answers.suppressed and
           len(answers.missing) == 2, "and all of it comes about",
           answers.__dict__)

    w.assets(CAMPAIGN.replace("fallback = yes", "fallback = yes weight = 0"))
    w.admin("reload")
    for a in agents:
        a.hello()
    tap.ok("campaign=spring has no creative for everybody" in w.policyd.log(),
           "a campaign without fallback is told in the log", w.policyd.log())
    answers = Answers(w, agents, people)
    counted = audience(w)
    compare(tap, "without", counted, answers)
    tap.ok(answers.nobody > 5, "and now there are some whom none fits",
           answers.nobody)
    status, out, _, _ = ctl(w, "audience", "spring")
    tap.ok(status == 0 and "There is no creative for everybody" in out and
           "Nothing was sent" in out, "the table says so", out)
    tap.note(out)


def wrong_values(tap, w, people):
    counted = audience(w)
    fields = {(f["name"], f["type"]): f for f in counted["fields"]}

    def wrong(name, value):
        return sum(p[name] == value for p in people)
    visits = fields["visits", "number"]
    tap.equal((visits["wrong"], visits["without"]),
              (wrong("visits", "many"), wrong("visits", "")),
              "numbers that are none are counted")
    tap.ok(len(visits["examples"]) == 3 and
           all(e["value"] == "many" for e in visits["examples"]),
           "with some of them", visits)
    tap.equal(fields["born", "date of birth"]["wrong"],
              wrong("born", "1.1.1970") + wrong("born", day(-400)),
              "so are births to come and dates that are none")
    tap.equal(fields["signup", "date"]["wrong"], wrong("signup", "yesterday"),
              "and other dates")


def conditions(tap, w, people):
    def some(test):
        return sum(map(bool, map(test, people)))

    def matched(*argv):
        counted = audience(w, *argv)
        return counted["matched"] if isinstance(counted, dict) else counted
    tap.equal(matched("--where", "lang == 'en' && visits > 3"),
              some(lambda p: p["lang"] == "en" and p["visits"] in ("4", "17.5")),
              "--where takes some")
    tap.equal(matched("--where", "lang=en"), some(lambda p: p["lang"] == "en"),
              "so does FIELD=VALUE")
    tap.equal(matched("--where", "lang=en", "--where", "!exists vip"),
              some(lambda p: p["lang"] == "en" and not p["vip"]),
              "of two both must be true")
    tap.equal(matched("--where", "lang != 'en'"),
              some(lambda p: p["lang"] not in ("en", "")),
              "who has no language is not in another one")
    status, out, err, _ = ctl(w, "audience", "spring", "--where", "lang = 'en'")
    tap.ok((status, out) == (64, "") and 'character 6: "=": write ==' in err,
           "a fault is told with its place", status, err)
    status, out, err, _ = ctl(w, "audience", "spring", "--where", "born > 3")
    tap.ok(status == 64 and 'born is a number here and a date in creative '
           '"young" of campaign spring' in err,
           "and so is a field that the campaign sees otherwise", status, err)


def drafts(tap, w):
    """A campaign.conf that nobody has signed yet."""
    w.lab.write("draft/spring/campaign.conf", CAMPAIGN.replace(
        'lang == \'fr\'"', 'lang == \'fr\' & visits > 1"'))
    status, _, err, _ = ctl(w, "audience", "spring", "--assets", w.path("draft"))
    line = CAMPAIGN[:CAMPAIGN.index("lang == 'fr'")].count("\n") + 1
    column = len("    when = \"lang == 'fr' ") + 1
    tap.ok(status == 65 and "campaign.conf:%d:%d: creative \"fr\": when: \"&\": "
           "write &&" % (line, column) in err,
           "an error in it has its line and column", status, err)
    w.lab.write("draft/spring/campaign.conf",
                'creative "all" { html = "body.html" }')
    counted = audience(w, "--assets", w.path("draft"))
    tap.ok(isinstance(counted, dict) and
           [c["name"] for c in counted["creatives"]] == ["all"],
           "a draft is counted as it is", counted)
    w.lab.write("assets/spring/campaign.conf", CAMPAIGN + "# changed\n")
    counted = audience(w)
    tap.ok(isinstance(counted, str) and "the manifest says" in counted,
           "in the set itself the file must be the signed one", counted)
    w.assets(CAMPAIGN)
    status, _, err, _ = ctl(w, "audience", "winter")
    tap.ok(status == 65 and 'no campaign "winter"' in err and "known are: spring" in err,
           "an unknown campaign is named", status, err)


def fill(w, n):
    """Straight into Redis: as `recipients import` would leave it."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(w.path("redis.sock"))
        for start in range(0, n, 1000):
            data = b""
            for i in range(start, min(n, start + 1000)):
                email = "n%d@one.test" % i
                argv = ["HSET", "nearpost:rcpt:{%s}" % email, "email", email,
                        "first_name", "N", "coupon", "X%d" % i, "lang",
                        ("en", "de", "fr", "")[i % 4], "visits", str(i % 8),
                        "born", day(12000), "signup", day(100)]
                if i % 8 > 5:
                    argv += ["interests", ("golf", "tea, chess")[i // 8 % 2]]
                data += b"*%d\r\n" % len(argv) + b"".join(
                    b"$%d\r\n%s\r\n" % (len(a), a.encode()) for a in argv)
            s.sendall(data)
            lines = 0
            while lines < min(n - start, 1000):
                lines += s.recv(65536).count(b"\n")


class Repeating(socketserver.StreamRequestHandler):
    """A Redis that moves its table while it is read: SCAN tells a key twice,
    which a real one does when it likes.  And one of the records is gone when it
    is asked for."""

    PAGES = {b"0": (b"7", (1, 2)), b"7": (b"9", (2, 3, 4)), b"9": (b"0", (1, 4))}

    def handle(self):
        while True:
            head = self.rfile.readline()
            if not head:
                return
            argv = []
            for _ in range(int(head[1:])):
                size = int(self.rfile.readline()[1:])
                argv.append(self.rfile.read(size + 2)[:-2])
            self.wfile.write(self.answer(argv))

    @staticmethod
    def text(s):
        return b"$%d\r\n%s\r\n" % (len(s), s)

    def answer(self, argv):
        verb = argv[0].upper()
        if verb == b"INFO":
            return self.text(b"# Keyspace\r\ndb0:keys=4,expires=0,avg_ttl=0\r\n")
        if verb == b"SCAN":
            cursor, keys = self.PAGES[argv[1]]
            return (b"*2\r\n" + self.text(cursor) + b"*%d\r\n" % len(keys) +
                    b"".join(self.text(b"nearpost:rcpt:{n%d@one.test}" % k)
                             for k in keys))
        if verb == b"HGETALL" and b":rcpt:" in argv[1] and b"n3@" not in argv[1]:
            return b"*2\r\n" + self.text(b"lang") + self.text(b"fr")
        return b"*0\r\n"


def repeats(tap, w):
    with socketserver.ThreadingUnixStreamServer(w.path("repeats.sock"),
                                                Repeating) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with open(w.path("nearpost.conf"), encoding="utf-8") as f:
            conf = f.read()
        w.lab.write("repeats.conf", conf.replace("redis.sock", "repeats.sock"))
        status, out, err, _ = ctl(w, "audience", "spring", "--json",
                                  conf="repeats.conf")
        server.shutdown()
    tap.ok(status == 0 and json.loads(out)["recipients"] == 3,
           "a key that SCAN tells twice is one recipient", out, err)


def commands(w):
    stats = w.redis_cli("INFO", "commandstats")
    return {m[1]: int(m[2]) for m in re.finditer(
        r"cmdstat_(\S+?):calls=(\d+)", stats)}


def on_terminal(w):
    """What it shows while it counts."""
    ours, theirs = pty.openpty()
    ctl(w, "audience", "spring", stderr=theirs)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 1)[0]:
        try:
            more = os.read(ours, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(ours)
    return shown.decode()


def many(tap, w):
    w.policyd.stop()
    w.redis_cli("FLUSHALL")
    fill(w, 1000)
    _, _, _, little_kb = ctl(w, "audience", "spring")
    fill(w, 100000)
    before = commands(w)
    status, out, err, memory_kb = ctl(w, "audience", "spring", "--json")
    after = commands(w)
    counted = json.loads(out)
    tap.equal((status, counted["recipients"]), (0, 100000),
              "a hundred thousand are counted, each once")
    got = {c["name"]: c["recipients"] for c in counted["creatives"]
           if c["recipients"]}
    split = got.pop("often-a", 0), got.pop("often-b", 0)
    # Visits are more than 3 for half of them, but it is known of a quarter what
    # they like, and half of these like golf.  Of the French every eighth is not
    # in the split.
    tap.equal((got, sum(split)), ({"fr": 18750, "rest": 68750}, 12500),
              "and each gets the creative that is for it")
    tap.ok(abs(split[0] - 3125) < 200, "a split of 1 to 3 is one", split)
    used = {c for c in after if after[c] != before.get(c, 0)}
    tap.ok(used <= READ_ONLY, "nothing is changed, and KEYS is not asked", used)
    tap.ok(memory_kb < little_kb + 16 * 1024,
           "in memory that does not grow with them", memory_kb, little_kb)
    tap.note("100,000 recipients in %.2f s, %d KB at most (%d KB for 1,000)" % (
        counted["seconds"], memory_kb, little_kb))
    shown = on_terminal(w)
    tap.ok(re.search(r"spring \[#+\.*\] \d+/\d+", shown),
           "a bar shows how far it is", shown)
    w.redis.stop()
    status, out, err, _ = ctl(w, "audience", "spring")
    tap.ok((status, out) == (75, "") and "is it running?" in err,
           "without Redis it says so", status, err)


def main():
    rng = random.Random(20260615)
    people = [person(rng, i) for i in range(PEOPLE)]
    with Lab() as lab, Tap() as tap:
        w = World(lab)
        w.assets(CAMPAIGN)
        w.start()
        same_as_policyd(tap, w, people)
        wrong_values(tap, w, people)
        conditions(tap, w, people)
        drafts(tap, w)
        repeats(tap, w)
        many(tap, w)


if __name__ == "__main__":
    main()
