#!/usr/bin/python3
"""nearpostctl campaigns, pause, cancel, resume: with two policyds that share one
Redis."""

import json
import signal
import time

from nppeers import *


def action(w):
    return w.select("alice@one.test").get("action", "")


def row(w, name="spring"):
    code, text = nearpostctl(w, "campaigns", "--json")
    found = {r["name"]: r for r in json.loads(text)["campaigns"]} if code == 0 else {}
    return found.get(name, {})


def pausing(tap, one, two):
    tap.ok(action(one) == "RELAY" == action(two), "a stub goes out", action(one))
    code, text = nearpostctl(one, "pause", "spring", "--reason", "price is wrong")
    tap.ok(code == 0 and not text, "nearpostctl pauses a campaign", text)
    said = action(one)
    tap.ok(said.startswith("DEFER campaign spring was paused by an admin on 20") and
           said.endswith("UTC: price is wrong"), "a stub waits, and is told why", said)
    seconds = took(lambda: action(two).startswith("DEFER campaign spring was paused"))
    tap.ok(seconds is not None and seconds < 1,
           "the other policyd knows it within a second: %s s" % seconds)
    verdict = two.explain("alice@one.test")["verdict"]
    tap.ok(verdict.startswith("DEFER campaign spring was paused"), "explain says it", verdict)
    code, text = nearpostctl(two, "campaigns")
    tap.ok("paused since 20" in text and "price is wrong" in text,
           "and so does the table, whoever is asked", text)
    two.policyd.kill()
    two.policyd.proc.wait()
    two.start_policyd()
    tap.ok(wait_for(lambda: action(two).startswith("DEFER campaign spring was paused"), SOON),
           "a pause survives the end of a policyd", action(two))
    tap.equal(nearpostctl(two, "resume", "spring")[0], 0, "the other one may resume it")
    seconds = took(lambda: action(one) == "RELAY")
    tap.ok(seconds is not None and seconds < 1,
           "and the first one follows: %s s" % seconds)


def cancelling(tap, one, two):
    tap.equal(nearpostctl(one, "campaigns", "cancel", "spring")[0], 0, "a campaign is cancelled")
    answer = one.select("alice@one.test")
    tap.ok(answer["action"].startswith("REJECT campaign spring was cancelled by an admin") and
           answer.get("code") == "554 5.7.1", "its stubs are refused with 554", answer)
    tap.ok(took(lambda: action(two).startswith("REJECT campaign spring was cancelled"))
           is not None, "by the other policyd too")
    tap.equal(row(two)["state"], "cancelled", "--json says so")
    answer = two.agent("tyo")
    answer.hello()
    said = answer.report()
    tap.ok(said.get("held.0", "").startswith("spring cancelled 1"),
           "gateways are told with the answer to a report", said)
    tap.equal(nearpostctl(two, "campaigns", "resume", "spring")[0], 0, "it goes on")
    tap.ok(took(lambda: action(one) == "RELAY") is not None, "everywhere")
    tap.ok("held.0" not in answer.report(), "gateways are told nothing any more")
    answer.close()


def refusals(tap, one):
    for argv, code, says in (
            (("pause", "sping"), 65, 'there is no campaign "sping"; known are: spring'),
            (("pause",), 64, "usage:"),
            (("pause", "spring", "--for", "1h"), 64, "usage:"),
            (("cancel", "spring", "--reason", "a;state=open"), 65, "';'"),
            (("resume", "nothing"), 65, 'nor has nearpost.conf a gateway "nothing"'),
            (("resume",), 64, "usage:"),
            (("campaigns", "stop", "spring"), 64, "usage:")):
        got, text = nearpostctl(one, *argv)
        tap.ok(got == code and says in text, "refused: %s" % " ".join(argv), got, text)
    tap.equal(action(one), "RELAY", "and nothing of these was done")


def without_redis(tap, one, two):
    one.redis.kill()
    one.redis.proc.wait()
    wait_for(lambda: one.admin("ping")["redis"] == "down", SOON)
    code, text = nearpostctl(one, "pause", "spring")
    tap.ok(code == 0 and "Redis is down" in text, "without Redis an order is taken", text)
    code, text = nearpostctl(one, "campaigns")
    tap.ok(code == 75 and "spring" in text and "paused" in text and "Redis at" in text,
           "and the table shows what is known, and says what is missing", code, text)
    one.redis.start()
    tap.ok(took(lambda: action(two).startswith("DEFER campaign spring was paused"), 20)
           is not None, "the other one is told when Redis is back", action(two))
    nearpostctl(two, "resume", "spring")
    tap.ok(wait_for(lambda: action(one) == "RELAY", 15), "and it goes on", action(one))


def counting(tap, one, two, beats):
    before = row(one)
    one.recipient("mallory@one.test", first_name="M", lang="en")
    nearpostctl(one, "suppress", "add", "mallory@one.test")
    for w in (one, two, two):
        w.select("alice@one.test")
    one.select("mallory@one.test")
    one.select("alice@one.test", creative="nope")
    now = time.time()
    answer = beats.tell(one, "tyo", event(int(now * 1e6), "f1" * 16),
                        event(int(now * 1e6) + 1, "f2" * 16, "deferred"),
                        event(int(now * 1e6) + 2, "f3" * 16, "bounced"))
    tap.equal(answer["action"], "OK", "events are taken")
    want = {"relayed": 3, "requested": 5, "delivered": 1, "deferred_attempts": 1,
            "bounced": 1, "suppressed": 1, "rejected": 1}

    def grown():
        new = row(one)
        return {k: new.get(k, 0) - before.get(k, 0) for k in want}
    tap.ok(wait_for(lambda: grown() == want, SOON),
           "the counters are those of both policyds", grown(), want)
    tap.ok(abs(row(one)["last_ms"] / 1000 - now) < 10, "with the time of the last activity")
    one.redis_cli("HSET", "nearpost:campaign:{winter-2020}", "relayed", "7")
    tap.equal(row(one, "winter-2020").get("state"), "former",
              "one of a former asset set is shown as such")
    code, text = nearpostctl(one, "campaigns")
    tap.note(text)
    lines = text.splitlines()
    tap.ok(code == 0 and lines[1].startswith("spring ") and " open " in lines[1] and
           lines[2].startswith("winter-2020"), "the table has a line for each", text)


def ambiguous(tap, one):
    one.assets()
    one.redis_cli("HSET", "nearpost:held", "tyo", "paused 1764000000000 x")
    tap.ok(took(lambda: row(one, "tyo").get("state") == "paused") is not None,
           "a campaign is called as a gateway is", row(one, "tyo"))
    code, text = nearpostctl(one, "resume", "tyo")
    tap.ok(code == 64 and "nearpostctl campaigns resume tyo" in text,
           "which one is meant has to be said", text)
    tap.equal(nearpostctl(one, "campaigns", "resume", "tyo")[0], 0, "it is said")
    tap.equal(nearpostctl(one, "drain", "tyo")[0], 0, "drain is an alias")
    tap.equal(state(one, "tyo"), "drained", "of gateways drain")
    tap.equal(nearpostctl(one, "resume", "tyo")[0], 0, "resume knows a gateway")
    tap.equal(state(one, "tyo"), "live", "and puts it back")


def json_everywhere(tap, one):
    code, text = nearpostctl(one, "gateways", "--json")
    gateways = {g["id"]: g for g in json.loads(text)["gateways"]}
    tap.ok(code == 0 and gateways["tyo"]["live"] is True and
           isinstance(gateways["tyo"]["queue_bytes"], int), "gateways --json", text)
    code, text = nearpostctl(one, "sites", "--json")
    tap.ok(code == 0 and json.loads(text)["sites"] is not None, "sites --json", text)
    code, text = nearpostctl(one, "explain", "alice@one.test", "spring", "--json")
    said = json.loads(text)
    tap.ok(said["verdict"] == "RELAY" and said["rows"][0]["verdict"] == "eligible",
           "explain --json", text)
    for verb in ("campaigns", "pause", "cancel", "drain", "resume", "gateways", "explain"):
        code, text = nearpostctl(one, verb, "--help")
        tap.ok(code == 0 and "For example:\n  nearpostctl %s" % verb in text,
               "%s --help teaches with an example" % verb, text)


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    first = World(the_lab, redis_timeout="2s")
    first.start()
    first.recipient("alice@one.test", first_name="Alice", lang="en")
    second = Peer(first, "2")
    second.start_policyd()
    hearts = Beats([first, second])
    wait_for(lambda: action(second) == "RELAY", SOON)
    pausing(all_tests, first, second)
    # The restarted one has no gateways until they report again.
    cancelling(all_tests, first, second)
    refusals(all_tests, first)
    counting(all_tests, first, second, hearts)
    ambiguous(all_tests, first)
    json_everywhere(all_tests, first)
    without_redis(all_tests, first, second)
    for peer in (first, second):
        all_tests.ok("Sanitizer" not in peer.policyd.log(), "no sanitizer complains")
