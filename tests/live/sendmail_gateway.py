#!/usr/bin/python3
"""Sendmail gateways, real: stubs in, adverts out, and what their log tells of it."""

import json
import os
import re
import ssl
import subprocess
import sys
import threading

import nptest
from nptest import Tap, need, wait_for
from npagent import LaterMilter, ticket_of
from path import Path, people
from nplab import sendmail
from nplab.fault import Fault

FLEET = """
initiator ini uplink_mbit=100
gateway lon uplink_mbit=200 mta=sendmail
gateway nyc uplink_mbit=200 mta=sendmail
site one.test domains=one.test,uno.test
site two.test
site three.test
site four.test
site five.test domains=five.test,cinco.test
default_rtt 40
rtt lon one.test 4
rtt nyc two.test 4
"""
# A milter of the admin's: none is there before a test starts it.
LATER = "sendmail.mc_later=INPUT_MAIL_FILTER(`later', `S=unix:{run}/later.sock')"


class Gateway:
    """lon, spoken to as an initiator does."""

    def __init__(self, tap, path):
        self.tap, self.path = tap, path
        self.state = path.state()
        self.ini = self.state.host("ini") / "nearpost"
        self.digest = re.search(r"sha256:[0-9a-f]{64}", path.log(
            "ini", "policyd.log")).group()
        self.later = None

    def stub(self, recipient, **more):
        args = {"campaign": "spring-2026", "creative": "hero-any",
                "recipient": recipient, "digest": self.digest,
                "var.first_name": "Ada", **more}
        done = subprocess.run(
            [os.path.join(nptest.TOP_BUILD, "tests/live/mkstub"), "stub",
             self.ini / "keys/signing.pem", *("%s=%s" % a for a in args.items())],
            check=True, timeout=60, stdout=subprocess.PIPE)
        return done.stdout.replace(b"\n", b"\r\n")

    def say(self, data, rcpts, certificate=True, tls=True, **more):
        """One transaction with lon's port 25."""
        client = self.path.client("ini", 25, self.path.address("lon"))
        client.ehlo()
        if tls:
            context = ssl.create_default_context(
                cafile=self.ini / "tls/ca.pem")
            context.check_hostname = False
            if certificate:
                context.load_cert_chain(self.ini / "tls/cert.pem",
                                        self.ini / "tls/key.pem")
            client.starttls(context, "lon.gw.test")
        reply = client.mail("offers@shop.test", rcpts, data, **more)
        client.close()
        return reply

    def send(self, stub, recipient, **more):
        local, _, domain = recipient.rpartition("@")
        return self.say(stub, ["%s@%s.lon.nearpost.internal" % (
            local, domain)], **more)

    def log(self):
        return sendmail.log_path(self.state, "lon").read_text(errors="replace")

    def agent_log(self):
        return self.path.log("lon", "agent.log")

    def copies(self, recipient):
        return self.path.arrived(recipient)

    def wait_copies(self, recipient, n=1, timeout=30):
        return wait_for(lambda: len(self.copies(recipient)) >= n, timeout, 0.1)

    def add_later_milter(self):
        """A milter behind ours, in the same daemon."""
        where = str(self.state.host("lon") / "run/later.sock")
        self.later = LaterMilter(where)
        os.chmod(where, 0o660)


def events(path):
    """Delivery events in Redis, the newest first: [{field: value}]."""
    sock = path.state().host("ini") / "run/redis.sock"
    text = path.lab("exec", "ini", "redis-cli", "--json", "-s", sock,
                    "XREVRANGE", "nearpost:events", "+", "-", "COUNT",
                    "200").stdout
    return [dict(zip(f[::2], f[1::2])) if isinstance(f, list) else f
            for _, f in json.loads(text)]


def test_fleet(tap, path):
    """Postfix initiator, Sendmail gateways."""
    rcpts = people(14, "f")
    path.send(rcpts)
    got = path.exactly_one(tap, rcpts, "Postfix to Sendmail: ")
    used = {c.gateway for cs in got.values() for c in cs}
    tap.equal(used, {"lon", "nyc"}, "by both gateways")
    raw = next(iter(got.values()))[0].raw
    head = raw.partition(b"\r\n\r\n")[0]
    received = re.findall(rb"(?m)^Received:.*\r\n(?:[ \t].*\r\n)*", head)
    tap.ok(len(received) == 1 and b"for <" not in received[0],
           "one Received, without the recipient", head)
    tap.ok(max(map(len, raw.split(b"\r\n"))) <= 998
           and raw.count(b"\n") == raw.count(b"\r\n"), "its lines are whole")
    return rcpts, got


def test_events(tap, path, rcpts, got):
    def sent():
        return {e["recipient"]: e for e in events(path)
                if e.get("status") == "sent" and e.get("recipient") in rcpts}
    tap.ok(wait_for(lambda: len(sent()) == len(rcpts), 20, 0.3),
           "every delivery is an event in Redis", sent())
    asked = {m[1]: int(m[0]) for m in re.findall(
        r"requested_ms=(\d+) .*rcpt=(\S+) verdict=taken",
        (path.state().dir / "sent").read_text())}
    off = {r: int(e["ttr_ms"]) - (int(got[r][0].facts["received_ms"])
                                  - asked[r]) for r, e in sent().items()}
    tap.note("event less measured, ms: " + str(sorted(off.values())))
    tap.ok(off and all(-300 <= v <= 500 for v in off.values()),
           "with the time to the recipient, as its server measured it", off)
    one = sent()[rcpts[0]]
    tap.ok(one["relay"].startswith("mx1.") if "relay" in one else
           "mx1." in str(one), "and the server's name", one)


def test_fates(tap, path):
    """Deferred, bounced, and a server that is away."""
    path.lab("set", "fault", "three.test", "refuse=nobody", "greylist=1")
    path.send(["grey@three.test"])
    path.send(["nobody@three.test"])

    def has(recipient, status):
        return any(e.get("recipient") == recipient and e.get("status") == status
                   for e in events(path))
    tap.ok(wait_for(lambda: has("grey@three.test", "deferred"), 20, 0.3),
           "greylisting is told as a deferral")
    tap.ok(wait_for(lambda: has("grey@three.test", "sent"), 40, 0.5),
           "and the retry as a delivery")
    tap.ok(wait_for(lambda: has("nobody@three.test", "bounced"), 20, 0.3),
           "a refusal as a bounce", events(path)[:5])
    path.lab("set", "fault", "three.test", "none")
    texts = [e.get("text", "") for e in events(path)
             if e.get("recipient") == "nobody@three.test"]
    tap.ok(any("No such user" in t for t in texts), "with the server's words",
           texts)


def test_refusals(g):
    good = g.stub("r@one.test")
    bad = good.replace(b": Ada", b": Eve")
    cases = [
        ("an altered variable", bad, {}, 550),
        ("another recipient", good, {"recipient": "s@one.test"}, 550),
        ("no certificate", good, {"certificate": False}, 454),
        ("no TLS", good, {"tls": False}, 454),
        ("an unknown asset set", g.stub("r@one.test", digest="sha256:" +
                                        "0" * 64), {}, 451),
    ]
    for name, data, how, code in cases:
        recipient = how.pop("recipient", "r@one.test")
        reply = g.send(data, recipient, **how)
        g.tap.ok(reply.code == code and "nearpost: " in reply.text,
                 "%s: %d" % (name, code), reply)
    reply = g.say(good, ["r@one.test"])
    g.tap.ok(reply.code == 554, "mail that is none of ours: 554", reply)
    two = ["%s@one.test.lon.nearpost.internal" % n for n in "rs"]
    reply = g.say(good, two)
    g.tap.ok(reply.code == 451 and "one recipient" in reply.text,
             "two recipients: 451", reply)
    strays = [g.path.say("lon", 2525, ["r@one.test"], good),
              g.path.say("lon", 2525, [two[0]], b"Subject: x\r\n\r\ny\r\n")]
    g.tap.ok(all(r.code == 550 for r in strays),
             "a stub, or the relay domain, at another daemon: 550", strays)
    g.tap.ok(not g.copies("r@one.test"), "nothing of all that arrives")


def test_repeats(g):
    stub = g.stub("again@one.test")
    first = g.send(stub, "again@one.test", mail_args="RET=HDRS ENVID=e1",
                   rcpt_args="NOTIFY=FAILURE ORCPT=rfc822;Again+2B@one.test")
    g.tap.ok(first.code == 250 and g.wait_copies("again@one.test"),
             "a stub becomes an advert", first, g.agent_log()[-2000:])
    facts = g.copies("again@one.test")[0]
    g.tap.ok("ORCPT=rfc822;Again+2B@one.test" in facts["rcpt_args"]
             and "NOTIFY=FAILURE" in facts["rcpt_args"]
             and "RET=HDRS" in facts["mail_args"]
             and "ENVID=e1" in facts["mail_args"]
             and facts["mail_from"].startswith("bounces+"),
             "with its bounce address, ORCPT, NOTIFY, RET and ENVID", facts)
    wait_for(lambda: "ticket=%s status=sent" % ticket_of(stub)
             in g.agent_log())
    codes = [g.send(stub, "again@one.test").code for _ in range(2)]
    g.tap.equal(codes, [250, 250], "repeats of it are accepted")
    g.tap.ok(g.agent_log().count("ticket=%s repeated" % ticket_of(stub)) == 2,
             "and discarded, the log says")
    g.tap.equal(len(g.copies("again@one.test")), 1, "one advert")


def test_slow_site(g):
    """While a mute server keeps Sendmail waiting its log says nothing."""
    g.path.lab("freeze", "sink@four.test")
    stub = g.stub("slow@four.test")
    g.tap.ok(g.send(stub, "slow@four.test").code == 250, "a stub is taken")
    nothing = not re.search(r"to=<slow@four", g.log())
    reply = g.send(stub, "slow@four.test")
    g.tap.ok(nothing and reply.code == 250 and
             "ticket=%s repeated" % ticket_of(stub) in g.agent_log(),
             "in the queue, though its log has not named it: a repeat is "
             "discarded", reply, g.log()[-1000:])
    g.path.lab("thaw", "sink@four.test")
    g.tap.ok(g.wait_copies("slow@four.test"), "and it arrives")
    g.tap.equal(len(g.copies("slow@four.test")), 1, "once")


def test_doctor_on_later_milter(tap, path):
    """It has no F=: Sendmail does without it while it is away."""
    cf = path.lab("path", "lon").stdout.strip() + "/sendmail/sendmail.cf"
    found = path.lab("ctl", "lon", "doctor", "--sendmail", cf, check=False)
    tap.ok(found.returncode == 1 and re.search(
        "FAIL.*later.sock, behind ours: .*every advert leaves without it", found.stdout),
        "doctor says what a dead milter without F= means", found.stdout)


def test_later_milter(g):
    g.add_later_milter()
    for verdict, code in (("t", 451), ("r", 554)):
        to = "later-%s@one.test" % verdict
        stub = g.stub(to)
        g.later.replies = [verdict, "c"]
        reply = g.send(stub, to)
        g.tap.equal(reply.code, code, "a later milter's %d is the answer" % code)
        g.tap.ok(wait_for(lambda: re.search(
            "another filter refused it", g.agent_log())),
            "the log sets the ticket free")
        wait_for(lambda: False, 0.5)
        reply = g.send(stub, to)
        g.tap.ok(reply.code == 250 and g.wait_copies(to),
                 "the next attempt is taken, and arrives", reply)
        reply = g.send(stub, to)
        g.tap.ok(reply.code == 250 and len(g.copies(to)) == 1,
                 "and a repeat makes no second one", reply)
    stub = g.stub("think@one.test")
    gate, first = threading.Event(), []
    g.later.verdict = lambda: (gate.wait(20), b"c")[1]
    t = threading.Thread(target=lambda: first.append(
        g.send(stub, "think@one.test")))
    t.start()
    wait_for(lambda: "ticket=%s" % ticket_of(stub) in g.agent_log())
    reply = g.send(stub, "think@one.test")
    g.tap.ok(reply.code == 451 and "not settled" in reply.text,
             "while a later milter thinks, a repeat waits", reply)
    gate.set()
    t.join()
    g.tap.ok(first[0].code == 250 and g.wait_copies("think@one.test"),
             "the first one arrives", first)


def test_agent_away(g):
    g.path.lab("kill", "agent@lon", "expander@lon", "observer@lon")
    reply = g.send(g.stub("noagent@one.test"), "noagent@one.test")
    g.tap.ok(reply.code // 100 == 4, "without the agent: 4xx", reply)
    g.path.lab("start", "agent@lon")
    g.tap.ok(not g.copies("noagent@one.test"), "and nothing left")


def main():
    need("postfix", "dnsmasq", "redis-server", "ip", "m4")
    try:
        sendmail.root()
    except Fault as fault:
        print("1..0 # SKIP %s" % fault)
        sys.exit(0)
    with Tap() as tap, Path(FLEET, [LATER]) as path:
        path.measured(people(7, "m"), timeout=30)
        test_doctor_on_later_milter(tap, path)
        rcpts, got = test_fleet(tap, path)
        test_events(tap, path, rcpts, got)
        test_fates(tap, path)
        g = Gateway(tap, path)
        test_refusals(g)
        test_repeats(g)
        test_slow_site(g)
        test_later_milter(g)
        path.sendmail_doctor(tap, "lon")
        test_agent_away(g)
        if tap.failed:
            tap.note(g.log()[-5000:])
            tap.note(g.agent_log()[-5000:])


main()
