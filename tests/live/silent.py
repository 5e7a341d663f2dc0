#!/usr/bin/python3
"""A part of ours falls silent: it is there, accepts connections and says
nothing.  Stubs get their 4xx in time, other mail flows, and in the end every
recipient has one advert."""

import contextlib
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from nptest import Reply, Tap, wait_for
from path import Path, people
from nplab import product, programs, spaces

ASK_TIMEOUT_S = 2  # milter.ask_timeout
MILTER_S = 30      # Postfix's milter_connect_timeout, and what we print
PATIENCE_S = 25    # for a busy machine; below MILTER_S
STUBS = 20
GATEWAYS = ["lon", "nyc", "tyo"]
LETTER = b"From: a@shop.test\r\nTo: b@one.test\r\nSubject: s\r\n\r\ntext\r\n"
STUB = (b"From: a@shop.test\r\nTo: b@one.test\r\n"
        b"Nearpost-Campaign: spring-2026\r\n\r\nfirst_name: Ada\r\n")


@contextlib.contextmanager
def stopped(processes):
    """At once: the lab's freeze has to find them first."""
    for p in processes:
        p.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for p in processes:
            p.signal(signal.SIGCONT)


class Silence:
    def __init__(self, tap, path):
        self.tap, self.path = tap, path
        # Who gets an advert, an ordinary mail, nothing.
        self.adverts, self.letters, self.never = [], [], []
        self.probes = 0

    def ok(self, good, what, *more):
        return self.tap.ok(good, what, *more)

    @contextlib.contextmanager
    def frozen(self, *words):
        self.path.lab("freeze", *words)
        began = time.monotonic()
        try:
            yield
        finally:
            self.path.lab("thaw", *words)
            self.tap.note("%s: silent for %.1f s" % (
                ", ".join(words), time.monotonic() - began))

    def crowd(self, prefix):
        """Stubs of a client that comes again and again."""
        rcpts = people(STUBS, prefix)
        self.adverts += rcpts
        return self.path.send_background(rcpts, retry=120)

    def probe(self, data=STUB, port=587, host="ini"):
        """One message, once."""
        self.probes += 1
        rcpt = "probe%d@two.test" % self.probes
        answer = self.path.say(host, port, [rcpt], data, timeout=90)
        if answer.code == 250:
            (self.adverts if data is STUB else self.letters).append(rcpt)
        else:
            self.never.append(rcpt)
        return answer

    def ordinary(self, what, ports=(25, 587), host="ini"):
        for port in ports:
            answer = self.probe(LETTER, port, host)
            self.ok(answer.code == 250 and answer.seconds < PATIENCE_S,
                    "%s: ordinary mail is taken on %d of %s" % (
                        what, port, host), answer)

    def stubs_wait(self, what):
        """The first gets 4xx in time, the next ones at once."""
        first = self.probe()
        # It is ours, not Postfix's after 30 s.
        self.ok(first.code == 451 and "nearpost: " in first.text and
                first.seconds < ASK_TIMEOUT_S + PATIENCE_S,
                "%s: a stub gets 451 in %d s" % (what, ASK_TIMEOUT_S), first)
        # One of three, or a busy machine would fail it.
        more = [self.probe() for _ in range(3)]
        self.ok(all(a.code == 451 for a in more) and
                min(a.seconds for a in more) < ASK_TIMEOUT_S / 2,
                "%s: the next ones get it at once" % what, more)
        self.tap.note("%s: %.1f s, then %s" % (what, first.seconds, ", ".join(
            "%.1f" % a.seconds for a in more)))

    def all_taken(self, what, sender):
        out, _ = sender.communicate(timeout=150)
        self.ok(sender.returncode == 0,
                "%s: in the end every stub is taken" % what, out)


def store(s, what, victim):
    """policyd or Redis."""
    taken = s.path.taken()
    with s.frozen(victim):
        s.stubs_wait(what)
        sender = s.crowd(victim)
        s.ordinary(what)
        time.sleep(2)
        s.ok(s.path.taken() == taken and sender.poll() is None,
             "%s: no stub is taken meanwhile" % what)
    s.all_taken(what, sender)


def observers(s):
    """On every gateway: none can check a ticket."""
    with s.frozen(*["observer@" + g for g in GATEWAYS]):
        sender = s.crowd("observer")
        s.ordinary("observers")
        # policyd has to miss their reports first.
        s.ok(wait_for(lambda: s.probe().code == 451, 30, 0.5),
             "observers: no gateway is alive, so stubs wait")
        said = sum(s.path.log(g, "agent.log").count(
            "the ticket cannot be checked now") for g in GATEWAYS)
        s.ok(said, "observers: their expanders put stubs off")
        s.tap.note("%d stubs put off by expanders" % said)
    s.all_taken("observers", sender)


def in_the_middle(s, rcpt):
    """A client before its message."""
    client = s.path.client("ini", 587, timeout=MILTER_S + PATIENCE_S)
    client.ehlo()
    for line in ("MAIL FROM:<offers@shop.test>", "RCPT TO:<%s>" % rcpt,
                 "DATA"):
        client.say(line)
    return client


def milter(s):
    """Longer than that, and the client would turn away while Postfix waits on,
    to take the stub beside the client's next try."""
    rcpt = "middle@two.test"
    client = in_the_middle(s, rcpt)
    with ThreadPoolExecutor(1) as pool, s.frozen("milter"):
        sender = s.crowd("milter")
        fresh = pool.submit(s.probe)
        s.ordinary("the milter", [25])
        try:
            reply = client.say(STUB + b".", "end of data")
        except OSError as e:
            reply = Reply("end of data", 0, str(e))
        s.ok(reply.code == 451, "the milter: a stub gets 451 within %d s"
             % MILTER_S, reply)
        fresh = fresh.result()
        s.ok(fresh.code == 451 and fresh.seconds < MILTER_S + PATIENCE_S,
             "the milter: so does one in a new session", fresh)
        s.ordinary("the milter", [25])
    client.close()
    s.all_taken("the milter", sender)
    s.adverts.append(rcpt)
    again = s.path.say("ini", 587, [rcpt], STUB)
    s.ok(again.code == 250, "the milter: the client's next try is taken",
         again)


REJECT = re.compile(r"cleanup\[\d+\]: (\w+): milter-reject: END-OF-MESSAGE "
                    r".* to=<(\w+@\w+\.test)\.")


def given_up(s, gateway, rcpts):
    """Queue ids of their stubs that the gateway's Postfix turned down, since
    its expander had them and did not answer."""
    log = s.path.log(gateway, "../postfix/log/mail.log")
    return [i for i, rcpt in REJECT.findall(log) if rcpt in rcpts]


class Follower:
    """How many adverts a gateway has begun to hand over."""

    def __init__(self, state, gateway):
        self.gateway, self.count = gateway, 0
        self.log = open(os.path.join(state.host(gateway), "log/agent.log"),
                        encoding="utf-8", errors="replace")
        self.log.seek(0, os.SEEK_END)

    def busy(self):
        self.count += self.log.read().count(" expanded")
        return self.count >= 3


def send_until_half_made(s, rcpts):
    """Returns a gateway that is making adverts of them, at that moment."""
    state = s.path.state()
    qmgr = [p for p in spaces.processes(state, ["ini"])
            if p.cmdline().startswith("qmgr ")]
    # All at once: while they are sent they would go one by one.
    with stopped(qmgr):
        s.path.send(rcpts)
        followers = [Follower(state, g) for g in GATEWAYS]
    busy = wait_for(lambda: [f for f in followers if f.busy()], 30, 0.001)
    for f in followers:
        f.log.close()
    return busy[0].gateway


def chosen(s, gateway):
    return product.is_serving(product.gateways(s.path.state())[gateway])


def expander(s):
    """With adverts half made: other gateways make them, and the silent one must
    not send them when it goes on."""
    rcpts = ["half%d@%s" % (i, ("one.test", "two.test")[i % 2])
             for i in range(STUBS)]
    s.adverts += rcpts
    programs_of = {g: programs.find_running(s.path.state(), "expander@" + g)
                   for g in GATEWAYS}
    gateway = send_until_half_made(s, rcpts)
    with stopped(programs_of[gateway]):
        s.ordinary("an expander", [2525], gateway)
        # The two wait for the same time, so they do it together.
        milter(s)

        s.ok(wait_for(lambda: not chosen(s, gateway), PATIENCE_S, 0.2),
             "an expander: its gateway is not chosen any more")

        def all_there():
            got = s.path.collect()
            return all(r in got for r in rcpts)
        s.ok(wait_for(all_there, MILTER_S, 1), "an expander: other gateways "
             "serve its recipients while it is silent")
        ids = given_up(s, gateway, rcpts)
        s.ok(ids, "an expander: it had stubs in its hands")
        s.tap.note("%s: %d stubs in its hands, %d adverts half made" % (
            gateway, len(ids), s.path.log(
                gateway, "../postfix/log/mail.log").count(
                "read SMFIC_BODYEOB reply packet header: Connection timed")))
    s.ok(wait_for(lambda: chosen(s, gateway), 30, 0.2),
         "an expander: its gateway is chosen again")
    return gateway, ids


def main():
    with Tap() as tap, Path() as path:
        s = Silence(tap, path)
        s.all_taken("before", s.crowd("before"))
        store(s, "Redis", "redis")
        store(s, "policyd", "policyd")
        observers(s)
        gateway, ids = expander(s)
        got = path.exactly_one(tap, s.adverts, letters=s.letters)
        log = path.log(gateway, "../postfix/log/mail.log")
        bad = [i for i in ids if re.search(r"qmgr\[\d+\]: %s:" % i, log)]
        tap.ok(not bad, "what its Postfix gave up did not get into the "
               "queue", bad)
        bad = [r for r in s.never if r in got]
        tap.ok(not bad, "what was put off was not delivered", bad)


main()
