"""max_rate: what an admin allows each gateway to send to a site, held by policyd,
over several of them, over reloads, and told to whoever has to wait."""

import collections
import re
import signal
import threading
import time

from nppolicyd import *

RATE = 5  # a second, of each gateway
COMEBACK = re.compile(r"DEFER every gateway is at its max_rate of (\S+) for site (\S+); "
                      r"come back in ([0-9.]+) s$")
OFTEN = {"var__first_name": "A", "var__lang": "en"}


class Beats:
    """Agents that report to every policyd, twice a second."""

    def __init__(self, *worlds):
        self.stopped, self.lines = False, []
        for w in worlds:
            self.join(w)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        worlds[0].lab.own(self)

    def join(self, w):
        for g in GATEWAYS:
            a = w.agent(g)
            a.hello()
            a.report(rtt=[("mx1.one.test", 20000), ("mx1.two.test", 20000)])
            self.lines.append(a)

    def run(self):
        while not self.stopped:
            time.sleep(0.5)
            for a in list(self.lines):
                try:
                    a.report(rtt=[("mx1.one.test", 20000)])
                except OSError:
                    pass

    def stop(self):
        self.stopped = True
        self.thread.join(5)


def hammer(w, recipient, n, pause=0.0, **more):
    """n questions on one connection.  [(when, gateway or None, action)]"""
    t, answers = w.talk(), []
    for _ in range(n):
        a = t.ask({"request": "nearpost_select", "campaign": "spring",
                   "recipient": recipient, "sender": "offers@shop.test",
                   "var.first_name": "A", "var.lang": "en", **more})
        first = a.get("gateways", "").split(",")[0] or None
        answers.append((time.monotonic(), first, a["action"]))
        time.sleep(pause)
    t.close()
    return answers


def most(answers, gateway, seconds):
    """The most that went there within so many seconds."""
    times = [at for at, g, _ in answers if g == gateway]
    return max((sum(t - seconds < at <= t for at in times) for t in times), default=0)


def kept(tap, w):
    """The first stub is to another domain than the one with the limit."""
    began = time.monotonic()
    answers = hammer(w, "alice@one.test", 150, 0.01)
    took = time.monotonic() - began
    tap.note("%.2f s, %s" % (took, {g: sum(a[1] == g for a in answers) for g in GATEWAYS}))
    for g in GATEWAYS:
        n = most(answers, g, 1.0)
        tap.ok(1 <= n <= 2 * RATE, "%s sent at most a second's worth and a burst: %d"
               % (g, n))
    went = sum(a[1] is not None for a in answers)
    tap.ok(went >= 3 * RATE * took * 0.8, "and together as much as is allowed: %d" % went)
    waits = [COMEBACK.match(a[2]) for a in answers if a[1] is None]
    tap.ok(waits and all(waits) and {m.group(1, 2) for m in waits} == {("5/s", "one.test")},
           "who has to wait is told for what, and how long",
           [a[2] for a in answers if a[1] is None][:3])
    time.sleep(float(waits[-1].group(3)))
    tap.equal(w.select("alice@one.test", **OFTEN)["action"], "RELAY",
              "and is let through when he comes back then")
    tap.ok("no gateway is alive" not in w.policyd.log(), "nobody is thought dead for it")
    tap.equal(w.http("/readyz")[0], 200, "policyd is ready all the time")
    body = w.http("/metrics")[1]
    tap.ok("nearpost_site_rate_total %d\n" % len(waits) in body, "they are counted",
           len(waits), [x for x in body.split("\n") if "site_rate" in x])
    tap.ok(w.policyd.log().count("action=DEFER text=every gateway is at its max_rate of "
                                 "5/s for site one.test") == len(waits), "and logged")
    other = hammer(w, "alice@two.test", 60)
    tap.ok(all(a[1] for a in other), "another site has no limit", other[:3])


def shown(tap, w):
    # As if of one message: all go, and more than a second is owed for them.
    hammer(w, "alice@one.test", 60, earlier=20)
    answer = w.explain("alice@one.test")
    rows = answer["rows"].values()
    tap.ok(COMEBACK.match(answer["verdict"]) and
           {r["verdict"] for r in rows} == {"site_rate"} and
           {r["limit"] + r["limit_source"] for r in rows} == {"5/sadmin"} and
           all(0 < float(r["limit_wait_ms"]) < 10000 for r in rows),
           "explain says it of each gateway", answer)
    text = nearpostctl(w, "explain", "alice@one.test", "spring")[1]
    tap.ok(len(re.findall(r"passed over: has sent the site what the admin allows; "
                          r"limit 5/s admin, room in \d\.\d\d s", text)) == 3,
           "so does nearpostctl explain", text)
    text = nearpostctl(w, "sites", "uno.test")[1]
    tap.ok(len(re.findall(r"^one\.test .* 5/s admin", text, re.M)) == 3,
           "nearpostctl sites shows the limit", text)
    time.sleep(5)
    text = nearpostctl(w, "explain", "alice@one.test", "spring")[1]
    tap.ok(len(re.findall("limit 5/s admin$", text, re.M)) == 3 and "room" not in text,
           "and explain does when there is room", text)


def undone(tap, w):
    time.sleep(1.1)
    tickets = ["%032x" % i for i in range(1, 16)]
    for ticket in tickets:
        w.select("alice@one.test", ticket=ticket, **OFTEN)
    refused = w.select("alice@one.test", **OFTEN)["action"]
    for ticket in tickets[:5]:
        w.admin("unbook", booking=ticket)
    taken = [w.select("alice@one.test", **OFTEN)["action"] for _ in range(4)]
    tap.ok(COMEBACK.match(refused) and taken == ["RELAY"] * 4,
           "a stub that did not go out leaves its place", refused, taken)


def together(tap, w):
    """More recipients than all bursts."""
    time.sleep(1.1)
    t = w.talk()
    for i in range(20):
        t.send({"request": "nearpost_select", "campaign": "spring",
                "recipient": "r%d@one.test" % i, "sender": "offers@shop.test",
                "earlier": i, "var.first_name": "A", "var.lang": "en"})
    actions = [t.read()["action"] for _ in range(20)]
    t.close()
    tap.equal(set(actions), {"RELAY"}, "a stub with 20 recipients goes whole")
    tap.ok(COMEBACK.match(w.select("alice@one.test", **OFTEN)["action"]),
           "and is paid for before the next one")


def reloaded(tap, w):
    w.limits = {"uno.test": "1000/s"}
    w.configure()
    tap.equal(w.admin("reload")["action"], "OK", "the limit is raised")
    tap.ok(all(a[1] for a in hammer(w, "alice@one.test", 100)), "it holds at once")
    w.limits = {"one.test": "1/s", "uno.test": "1000/s"}
    w.configure()
    w.policyd.kill(signal.SIGHUP)
    tap.ok(wait_for(lambda: COMEBACK.match(w.select("alice@one.test", **OFTEN)["action"])),
           "a lower one by SIGHUP, too, and the lesser of two counts")
    w.limits = {"one.test": "lots"}
    w.configure()
    answer = w.admin("reload")
    tap.ok("max_rate" in answer["action"] and "20/s, 600/m or 5000/h" in answer["action"]
           and COMEBACK.match(w.select("alice@one.test", **OFTEN)["action"]),
           "one that is none changes nothing and says what to write", answer)
    w.limits = {}
    w.configure()
    w.admin("reload")
    tap.ok(all(a[1] for a in hammer(w, "alice@one.test", 100)), "without one all go")


def several(tap, one, two):
    for w in (one, two):
        w.limits = {"uno.test": "20/s"}
        w.configure()
        w.admin("reload")
        w.select("alice@one.test", **OFTEN)
    time.sleep(1.5)
    lists, began = [[], []], time.monotonic()
    threads = [threading.Thread(target=lambda w=w, a=a: a.extend(
        hammer(w, "alice@one.test", 400, 0.005))) for w, a in zip((one, two), lists)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    took, every = time.monotonic() - began, sum(lists, [])
    for g in GATEWAYS:
        n = sum(a[1] == g for a in every)
        # Each may start with a burst, and hears of the other 50 ms late.
        tap.ok(n <= 20 * took + 40 + 10, "two policyds keep one limit at %s: %d in %.1f s"
               % (g, n, took), [len(a) for a in lists])
    went = sum(a[1] is not None for a in every)
    tap.ok(went >= 60 * took * 0.7, "and use it: %d" % went)
    shares = [sum(a[1] is not None for a in one_list) for one_list in lists]
    tap.ok(min(shares) > 0.3 * sum(shares), "both of them: %s" % shares,
           [collections.Counter(a[2] for a in one_list).most_common(4)
            for one_list in lists])


def without_dns(tap, lab):
    """The limited domain itself was never sent to when the DNS goes away."""
    w = World(lab)
    w.limits = {"uno.test": "1/h"}
    w.configure()
    w.start()
    w.recipient("alice@one.test", first_name="Alice", lang="en")
    beats = Beats(w)
    w.select("alice@one.test", **OFTEN)
    tap.ok(wait_for(lambda: w.explain("alice@one.test")["rows"]["tyo"].get("limit")
                    == "1/h"), "the DNS says what site the limited domain is at",
           w.explain("alice@one.test"))
    w.dns.kill()
    w.dns.proc.wait()
    w.recipient("alice@uno.test", first_name="Alice", lang="en")
    answer = w.explain("alice@uno.test")
    tap.ok(answer.get("site") == "one.test" and answer["site_status"] == "unknown",
           "its site is known without the DNS", answer)
    hammer(w, "alice@uno.test", 3)
    tap.ok(COMEBACK.match(w.select("alice@uno.test", **OFTEN)["action"]),
           "and the limit kept")
    beats.stop()
    tap.equal(w.policyd.stop(), 0, "it ends when told to")


def main(tap, lab):
    one = World(lab)
    one.limits = {"uno.test": "%d/s" % RATE}
    one.configure()
    one.start()
    one.recipient("alice@one.test", first_name="Alice", lang="en")
    two = Peer(one, "2")
    two.start_policyd()
    beats = Beats(one, two)
    wait_for(lambda: one.explain("alice@one.test")["verdict"].startswith("RELAY"))
    kept(tap, one)
    shown(tap, one)
    undone(tap, one)
    together(tap, one)
    reloaded(tap, one)
    several(tap, one, two)
    beats.stop()
    for w in (one, two):
        tap.equal(w.policyd.stop(), 0, "it ends when told to")
        tap.ok("Sanitizer" not in w.policyd.log(), "no sanitizer complains")


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests:
    with Lab() as the_lab:
        main(all_tests, the_lab)
    with Lab() as another:
        without_dns(all_tests, another)
