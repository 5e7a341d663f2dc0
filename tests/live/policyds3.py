"""Three nearpost-policyds on one Redis, one of them killed in the middle of a
burst: what it had answered is on the books of the others."""

import itertools
import threading
import time

from nppeers import *

CLIENTS = 4  # of each policyd
MOST = 400   # of a client that is not cut off


def ordered(tap, ask, worlds, verb, want, **more):
    ask.admin(verb, gateway="lon", **more)
    seconds = took(lambda: all(state(w, "lon") == want for w in worlds))
    tap.ok(seconds is not None, "%s through policyd %s is known to all three: %s s" % (
        verb, ask.name or "1", seconds))


class Burst:
    """Clients of all policyds that ask one question after another, each with a
    ticket of its own."""

    def __init__(self, worlds):
        self.numbers, self.lock = itertools.count(1), threading.Lock()
        self.answered, self.cut_off = {}, []
        self.go_on = True
        self.threads = [threading.Thread(target=self.run, args=(w,))
                        for w in worlds for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, w):
        talk = w.talk()
        for _ in range(MOST):
            if not self.go_on:
                break
            with self.lock:
                ticket = "%032x" % (0xb0000 + next(self.numbers))
            try:
                answer = talk.ask({
                    "request": "nearpost_select", "campaign": "spring",
                    "recipient": "bob@one.test", "sender": "offers@shop.test",
                    "routable": ",".join(GATEWAYS), "ticket": ticket})
            except OSError:
                answer = None
            if answer is None:
                self.cut_off.append(ticket)
                break
            with self.lock:
                self.answered[ticket] = answer
            time.sleep(0.002)
        talk.close()

    def join(self):
        for thread in self.threads:
            thread.join(60)


def killed_in_a_burst(tap, worlds, beats):
    dead, alive = worlds[0], worlds[1:]
    burst = Burst(worlds)
    wait_for(lambda: len(burst.answered) > 200, step=0.001)
    dead.policyd.kill()
    dead.policyd.proc.wait()
    at_kill = len(burst.answered)
    beats.leave(dead)
    burst.join()
    tap.equal(len(burst.cut_off), CLIENTS, "its clients, and no others, are cut off")
    tap.ok(all(a["action"] == "RELAY" for a in burst.answered.values()) and
           len(burst.answered) >= at_kill + CLIENTS,
           "the others answer every question: %d and %d more" % (
               at_kill, len(burst.answered) - at_kill))
    known = len(burst.answered)

    def books(of=alive):
        return [sum(booked(w, g) for g in GATEWAYS) for w in of]
    tap.ok(took(lambda: known <= min(books()) == max(books()) <= known + CLIENTS)
           is not None,
           "every answer is on both books: %d answers" % known, books())
    time.sleep(1.5)  # rows are written once a second
    dead.start_policyd()
    beats.join(dead)
    tap.ok(took(lambda: books([dead]) == books()[:1]) is not None,
           "started anew it has them too", books([dead]), books())
    # One question to many: the connection is kept.
    talk = dead.talk()
    unknown = [ticket for ticket in burst.answered if talk.ask({
        "request": "nearpost_admin", "verb": "unbook", "booking": ticket})["found"] != "yes"]
    talk.close()
    tap.equal(unknown, [], "each of them by its ticket")
    tap.ok(took(lambda: len(set(books(worlds))) == 1 and books()[0] <= CLIENTS)
           is not None, "undone there, they are off all three books", books(worlds))


def events_once(tap, worlds, beats):
    """The same hundred events to each of the three, as from an agent that heard no
    answer from the first two."""
    first = int(time.time() * 1e6)
    told = [event(first + n, "cd" * 16, "deferred", c_us=30000) for n in range(100)]
    before = int(worlds[0].redis_cli("XLEN", "nearpost:events"))
    for w in worlds:
        beats.tell(w, "lon", *told)

    def counted():
        return (worlds[0].redis_cli("HGET", "nearpost:campaign:{spring}",
                                    "delivery_deferrals"),
                int(worlds[0].redis_cli("XLEN", "nearpost:events")) - before)
    tap.ok(took(lambda: counted() == ("100", 100)) is not None,
           "events that three are told of count once", counted())
    time.sleep(1.2)
    tap.equal(counted(), ("100", 100), "and no more a second later")


def main(tap, lab):
    one = World(lab)
    one.start()
    worlds = [one, Peer(one, "2"), Peer(one, "3")]
    for w in worlds[1:]:
        w.start_policyd()
    one.recipient("bob@one.test", first_name="Bob", lang="de")
    beats = Beats(worlds)
    tap.ok(took(lambda: all(w.admin("ping")["policyds"] == "3" for w in worlds))
           is not None, "each knows of the other two",
           [w.admin("ping") for w in worlds])
    for ask in worlds:
        ordered(tap, ask, worlds, "drain", "drained", **{"for": "1h"})
        ordered(tap, ask, worlds, "resume", "live")
    killed_in_a_burst(tap, worlds, beats)
    events_once(tap, worlds, beats)
    beats.stop()
    for w in worlds:
        tap.equal(w.policyd.stop(), 0, "it ends when told to")
        tap.ok("Sanitizer" not in w.policyd.log(), "no sanitizer complains")


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    main(all_tests, the_lab)
