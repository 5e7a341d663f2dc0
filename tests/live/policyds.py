"""Several nearpost-policyds that share one Redis: an order to one reaches all, and
they spread load as one would."""

import signal
import threading
import time

from nppeers import *


def drains(tap, one, two):
    code, text = nearpostctl(one, "gateways", "drain", "tyo", "--for", "1h",
                             "--reason", "new kernel")
    tap.ok(code == 0, "nearpostctl drains a gateway", text)
    seconds = took(lambda: state(two, "tyo") == "drained")
    tap.ok(seconds is not None and state(one, "tyo") == "drained",
           "the other policyd knows it within a second: %s s" % seconds)
    for w in (one, two):
        tap.ok("tyo" not in w.select("alice@one.test")["gateways"],
               "neither chooses it")
    code, text = nearpostctl(two, "gateways")
    tap.ok("new kernel" in text and "drained since" in text and "until 20" in text,
           "the table says why and until when, whoever is asked", text)
    tap.equal(nearpostctl(two, "gateways", "resume", "tyo")[0], 0,
              "the other one may put it back")
    seconds = took(lambda: state(one, "tyo") == "live")
    tap.ok(seconds is not None, "and the first one follows: %s s" % seconds)
    for argv in (("drain",), ("drain", "zzz"), ("drain", "tyo", "--for", "soon"),
                 ("drain", "tyo", "--reason", "a;live=yes"), ("resume", "zzz"),
                 ("drain", "tyo", "--for"), ("resume", "tyo", "--for", "1h")):
        code, text = nearpostctl(one, "gateways", *argv)
        tap.ok(code != 0 and text.strip(), "refused: %s" % " ".join(argv), code, text)
    tap.equal(state(one, "tyo"), "live", "and nothing of these was done")


def timed_drain_over_restart(tap, one, two, beats):
    one.admin("drain", gateway="lon", **{"for": "6s"})
    end = time.monotonic() + 6
    tap.ok(wait_for(lambda: state(two, "lon") == "drained", SOON), "a drain for 6 s")
    beats.leave(two)
    two.policyd.kill()
    two.policyd.proc.wait()
    two.start_policyd()
    beats.join(two)
    tap.ok(wait_for(lambda: state(two, "lon") == "drained", 3) or
           time.monotonic() > end, "it holds over a restart of policyd")
    for w in (one, two):
        tap.ok(wait_for(lambda: state(w, "lon") == "live", 15) and
               time.monotonic() > end - 0.5, "and ends by itself, not before")


def drain_without_redis(tap, one, two):
    one.redis.kill()
    one.redis.proc.wait()
    tap.ok(wait_for(lambda: one.admin("ping")["redis"] == "down", SOON), "Redis is away")
    code, text = nearpostctl(one, "gateways", "drain", "nyc")
    tap.ok(code == 0 and "Redis is down" in text, "an order is taken all the same", text)
    tap.equal(state(one, "nyc"), "drained", "and done at once")
    one.redis.start()
    seconds = took(lambda: state(two, "nyc") == "drained", 20)
    tap.ok(seconds is not None, "the other one is told when Redis is back: %s s" % seconds)
    before = booked(two, "tyo")
    one.select("alice@one.test", routable="tyo")
    tap.ok(took(lambda: booked(two, "tyo") == before + 1, 15) is not None,
           "bookings are shared again")
    two.admin("resume", gateway="nyc")
    tap.ok(wait_for(lambda: state(one, "nyc") == "live", SOON), "all are in service")


def bookings(tap, one, two, beats):
    ticket = "0123456789abcdef0123456789abcdef"
    one.select("alice@one.test", routable="tyo", ticket=ticket)
    seconds = took(lambda: booked(two, "tyo") == 1)
    tap.ok(seconds is not None, "what one books the other sees: %s s" % seconds)
    tap.equal(two.admin("unbook", booking=ticket)["found"], "yes",
              "the other may undo it")
    seconds = took(lambda: booked(one, "tyo") == 0)
    tap.ok(seconds is not None, "and the one sees that: %s s" % seconds)


def sharing(tap, one, two, beats):
    """Much is booked at one; the other must know, and choose the gateways that are
    free.  Then both at once."""
    many(one, 120, [], routable="tyo")
    tap.ok(took(lambda: booked(two, "tyo") == 120) is not None,
           "120 bookings are seen by the other", booked(two, "tyo"))
    other = []
    many(two, 40, other)
    tap.equal(other.count("tyo"), 0, "it leaves the busy gateway alone")
    for g in GATEWAYS:
        beats.counts[g] += 120 if g == "tyo" else other.count(g)
    tap.ok(took(lambda: all(booked(w, g) == 0 for w in (one, two) for g in GATEWAYS))
           is not None, "what the gateways report as accepted is off both books",
           [(booked(w, g), g) for w in (one, two) for g in GATEWAYS])
    time.sleep(1)
    tap.equal([booked(w, g) for w in (one, two) for g in GATEWAYS], [0] * 6,
              "and stays off")
    lists = [[] for _ in range(4)]
    threads = [threading.Thread(target=many, args=(w, 150, a))
               for w, a in zip((one, two, one, two), lists)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    every = sum(lists, [])
    shares = [every.count(g) for g in GATEWAYS]
    tap.ok(len(every) == 600 and min(shares) > 150 and max(shares) < 250,
           "equal gateways get equal shares of 600: %s" % shares)
    for g in GATEWAYS:
        tap.ok(took(lambda: booked(one, g) == every.count(g) == booked(two, g))
               is not None, "both count the same at " + g,
               booked(one, g), booked(two, g), every.count(g))
    return shares


def kills(tap, one, two, beats, shares):
    """The shares are still on the way when one is killed and starts anew."""
    time.sleep(1.5)  # rows are written once a second
    beats.leave(one)
    one.policyd.kill()
    one.policyd.proc.wait()
    tap.equal(two.select("alice@one.test")["action"], "RELAY", "the other answers")
    tap.ok(took(lambda: two.admin("ping")["policyds"] == "1", 15) is not None,
           "the dead one counts no more")
    now = [booked(two, g) for g in GATEWAYS]
    tap.equal(sum(now), sum(shares) + 1, "what it had booked is still on the way")
    one.start_policyd()
    tap.ok(took(lambda: [booked(one, g) for g in GATEWAYS] == now) is not None,
           "started anew it has the same bookings",
           [booked(one, g) for g in GATEWAYS], now)
    for g, n in zip(GATEWAYS, now):
        beats.counts[g] += n
    beats.join(one)
    tap.ok(took(lambda: all(booked(w, g) == 0 for w in (one, two) for g in GATEWAYS))
           is not None, "which end when the gateways have accepted them",
           [(booked(w, g), g) for w in (one, two) for g in GATEWAYS])


def events(tap, one, two, beats):
    """An agent tells its events to one policyd."""
    first = int(time.time() * 1e6)

    def put_off(n):
        return event(first + n, "ab" * 16, "deferred", c_us=30000)

    def deferrals(w):
        return float(rows(w)["lon"]["deferral_probability"])

    def counted():
        return one.redis_cli("HGET", "nearpost:campaign:{spring}",
                             "delivery_deferrals")

    def kept():
        return int(one.redis_cli("XLEN", "nearpost:events")) - before
    before = int(one.redis_cli("XLEN", "nearpost:events"))
    beats.tell(one, "lon", *[put_off(i) for i in range(9)])
    tap.ok(took(lambda: deferrals(two) > 0.2) is not None and deferrals(one) > 0.2,
           "what one is told of deferrals both know", deferrals(one), deferrals(two))
    beats.tell(two, "lon", *[put_off(i) for i in range(10)])
    tap.ok(took(lambda: counted() == "10") is not None, "ten are counted", counted())
    time.sleep(1.2)
    tap.equal((counted(), kept()), ("10", 10),
              "an event that comes again to the other counts once")
    one.policyd.kill()
    one.policyd.proc.wait()
    beats.tell(two, "lon", put_off(20))
    two.policyd.kill()
    two.policyd.proc.wait()
    tap.ok(took(lambda: (counted(), kept()) == ("11", 11)) is not None,
           "an event that was taken is kept, though policyd was killed at once",
           counted())
    for w in (one, two):
        beats.leave(w)
        w.start_policyd()
        beats.join(w)


def ticket_of(n):
    return "%032x" % (0xabc000 + n)


def errors(w):
    """What a policyd says of its predictions for tyo and one.test."""
    row = rows(w)["tyo"]
    site = [dict(p.split("=", 1) for p in v.split(";"))
            for n, v in w.admin("sites", name="one.test").items()
            if n.startswith("row.")]
    site = next((r for r in site if r["gateway"] == "tyo"), {})
    return [r.get(k) for r in (row, site) for k in (
        "predicted", "prediction_error_ms", "prediction_error_relative")]


def predictions(tap, one, two, beats):
    """The choice is made at one, the delivery is told to the other."""
    first = int(time.time() * 1e6)
    answer = one.select("alice@one.test", routable="tyo", ticket=ticket_of(0))
    tap.ok(took(lambda: booked(two, "tyo") == booked(one, "tyo") > 0) is not None,
           "the booking is shared")
    beats.tell(two, "tyo", event(first, ticket_of(0)))
    beats.counts["tyo"] += 1
    error = 1500 - int(answer["score_ms"])
    tap.ok(took(lambda: errors(one)[0] == errors(two)[0] == "1") is not None and
           abs(int(errors(one)[1]) - error) <= 1,
           "how wrong the score was is known where the choice was made",
           errors(one), error)
    tap.equal(errors(two), errors(one), "and the same where it was not")
    for i in range(1, 21):
        (one if i % 2 else two).select("alice@one.test", routable="tyo", ticket=ticket_of(i))
        time.sleep(0.2)  # no mail is faster
        beats.tell(two if i % 3 else one, "tyo",
                   event(first + i, ticket_of(i), took_ms=400 + 97 * i))
        beats.counts["tyo"] += 1
        took(lambda i=i: rows(one)["tyo"].get("predicted") == str(i + 1))
    tap.ok(took(lambda: errors(one)[0] == errors(two)[0] == "21") is not None,
           "of every delivery, whoever is told of it", errors(one), errors(two))
    tap.equal(errors(two), errors(one), "with the same figures")

    def in_redis():
        row = [one.redis_cli("HGET", key, field + name) for key, field in (
            ("nearpost:gw:{tyo}", ""), ("nearpost:site:{one.test}", "tyo:"))
               for name in ("prediction_n", "prediction_error_ms",
                            "prediction_error_relative")]
        return row if row == errors(one) else None
    tap.ok(took(in_redis) is not None, "and Redis has them", in_redis(), errors(one))
    # A policyd of an earlier version says nothing of predictions.
    one.redis_cli("ZADD", "nearpost:daemons", str(int(time.time() * 1000)), "aa" * 8)
    one.redis_cli("XADD", "nearpost:bookings:{%s}" % ("aa" * 8), "*", "book",
                  "%s tyo 1000 %d one.test" % (ticket_of(99), int(time.time() * 1000)))
    tap.ok(took(lambda: booked(one, "tyo") == booked(two, "tyo") == 1) is not None,
           "a booking of an earlier version counts", booked(one, "tyo"))
    beats.tell(one, "tyo", event(first + 99, ticket_of(99)))
    beats.counts["tyo"] += 1
    tap.ok(took(lambda: booked(one, "tyo") == booked(two, "tyo") == 0) is not None,
           "its delivery ends it")
    tap.equal([errors(w)[0] for w in (one, two)], ["21", "21"],
              "and is compared with nothing")


def new_gateway(tap, one, two, beats):
    for w in (one, two):
        w.configure(gateways=GATEWAYS + ("par",))
        w.policyd.kill(signal.SIGHUP)
    for w in (one, two):
        wait_for(lambda: "par" in rows(w))
        beats.join(w, ("par",))
    for w in (one, two):
        seconds = took(lambda: w.select("alice@one.test", routable="par")
                       .get("gateways") == "par", 2.0)
        tap.ok(seconds is not None, "a new gateway is chosen at once: %s s" % seconds)


def main(tap, lab):
    one = World(lab)
    one.start()
    two = Peer(one, "2")
    two.start_policyd()
    one.recipient("alice@one.test", first_name="Alice", lang="en")
    one.recipient("bob@one.test", first_name="Bob", lang="de")  # 140 KB
    one.certificate("par", "par", "ca")
    beats = Beats([one, two])
    tap.ok(took(lambda: one.admin("ping")["policyds"] == "2" and
                two.admin("ping")["policyds"] == "2") is not None,
           "each knows of the other", one.admin("ping"), two.admin("ping"))
    for w in (one, two):
        tap.ok(wait_for(lambda: w.select("alice@one.test")["action"] == "RELAY"),
               "a policyd answers", w.policyd.log()[-2000:])
    new_gateway(tap, one, two, beats)
    tap.ok(took(lambda: all(booked(one, g) == booked(two, g) for g in beats.counts))
           is not None, "both agree on what is booked")
    time.sleep(0.5)
    for g in GATEWAYS + ("par",):
        beats.counts[g] += booked(one, g)
    tap.ok(took(lambda: sum(booked(one, g) + booked(two, g)
                            for g in beats.counts) == 0) is not None, "all is quiet")
    bookings(tap, one, two, beats)
    predictions(tap, one, two, beats)
    shares = sharing(tap, one, two, beats)
    kills(tap, one, two, beats, shares)
    events(tap, one, two, beats)
    drains(tap, one, two)
    timed_drain_over_restart(tap, one, two, beats)
    drain_without_redis(tap, one, two)
    beats.stop()
    for w in (one, two):
        tap.equal(w.policyd.stop(), 0, "it ends when told to")
        tap.ok("Sanitizer" not in w.policyd.log(), "no sanitizer complains")


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    main(all_tests, the_lab)
