#!/usr/bin/python3
"""nearpostctl erase: nothing in Redis names the person any more, nor in the memory of
two policyds that share it, and they are still not mailed."""

import json
import signal

from nppeers import *

WHO = "mary.major@one.test"
OTHER = "Mary.Majora@one.test"


def everything(w):
    """{key: all of it as text}, of the whole database."""
    found = {}
    for key in w.redis_cli("--scan").splitlines():
        kind = w.redis_cli("TYPE", key)
        found[key] = w.redis_cli(*{
            "string": ("GET", key), "hash": ("HGETALL", key),
            "set": ("SMEMBERS", key), "zset": ("ZRANGE", key, "0", "-1", "WITHSCORES"),
            "stream": ("XRANGE", key, "-", "+")}[kind])
    return found


def naming(w, who=WHO):
    return {k: v for k, v in everything(w).items() if who.lower() in (k + v).lower()}


def advert(w, beats, i, who=WHO, status="sent", **more):
    ticket = "%032x" % (0xe0 + i)
    w.select(who, ticket=ticket, queue_id="4stub%d" % i)
    beats.tell(w, "tyo", event(int(time.time() * 1e6), ticket, status, who, **more))
    return ticket


def fill(tap, one, two, beats):
    for who in (WHO, OTHER.lower()):
        one.recipient(who, first_name="Mary", lang="en")
    advert(one, beats, 1)
    advert(two, beats, 2, status="bounced", text="550 5.1.1 <Mary.Major@one.test>: no such user")
    advert(one, beats, 3, who=OTHER)
    advert(two, beats, 4, who="Mary.MAJOR@one.test", status="deferred")
    tap.ok(wait_for(lambda: len(naming(one)) >= 8), "Redis names the person in many places",
           sorted(naming(one)))
    shares = [k for k in naming(one) if ":bookings:" in k]
    tap.equal(shares, [], "but not where policyds tell each other")
    folder = one.path("send")
    os.makedirs(folder)
    for name in ("spring.journal", "spring.journal.1764000000000"):
        one.lab.write("send/" + name, "try %s\ndone %s\ntry %s\n" % (WHO, WHO, OTHER.lower()))


def erase(w, *argv):
    """With the directory of `send` in our own."""
    conf = w.lab.write("erase.conf", open(w.path("nearpost%s.conf" % w.name),
                       encoding="utf-8").read() +
                       'milter { policyd = "unix:%s" }\nsend { state_directory = "%s" }\n' %
                       (w.path("policyd%s.sock" % w.name), w.path("send")))
    done = subprocess.run([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", conf, "erase",
                           *argv], check=False, timeout=60, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def dry_run(tap, w):
    before = naming(w)
    code, text = erase(w, WHO, "--dry-run")
    tap.note(text)
    said = json.loads(erase(w, WHO, "--dry-run", "--json")[1])
    tap.ok(code == 0 and "would go:" in text and said["records"] == 1 and
           said["events"] == 3 and said["decisions"] == 3 and said["deliveries"] == 3 and
           said["journals"] == 2 and not said["done"], "--dry-run says what there is", said)
    tap.equal(naming(w), before, "and changes nothing")


def erasing(tap, one, two, beats):
    code, text = erase(one, "Mary.Major@ONE.test")
    tap.note(text)
    tap.ok(code == 0 and "gone:" in text and "not ours to erase" in text, "erase is done", text)
    tap.equal(naming(one), {}, "no key and no value names the person")
    with open(one.path("send/spring.journal"), encoding="utf-8") as f:
        tap.equal(f.read(), "try %s\n" % OTHER.lower(), "nor does a journal of send")
    others = naming(one, OTHER)
    tap.ok(len(others) >= 4, "somebody else's data is all there", sorted(others))
    for w in (one, two):
        answer = w.select(WHO)
        tap.ok(answer["action"] == "SUPPRESSED" and "erased" in answer["reason"],
               "the person is still suppressed", answer)
    code, text = nearpostctl(one, "recipients", "show", WHO)
    tap.ok(code == 1 and "suppressed: the person's data was erased" in text,
           "recipients show says so", text)
    tap.equal(nearpostctl(one, "why", WHO)[0], 65, "why knows nothing")
    for i, w in enumerate((one, two)):
        advert(w, beats, 7 + i, status="sent", text="250 ok %s" % WHO)
    time.sleep(1.5)
    tap.equal(naming(one), {}, "what gateways tell later does not bring the address back")
    last = one.redis_cli("XREVRANGE", "nearpost:events", "+", "-", "COUNT", "1")
    tap.ok("@one.test" in last and "(erased)" in last, "but is kept", last)
    tap.equal(json.loads(erase(one, WHO, "--json")[1])["events"], 0,
              "the same once more finds nothing")


def redis_down_meanwhile(tap, one, two, beats):
    """Events that wait in a policyd's memory."""
    who = "joe@one.test"
    one.recipient(who, first_name="Joe", lang="en")
    one.redis_cli("CONFIG", "SET", "maxmemory", "1")
    advert(one, beats, 20, who=who)
    time.sleep(1.2)
    one.redis_cli("CONFIG", "SET", "maxmemory", "0")
    code, text = erase(one, who)
    time.sleep(1.5)
    tap.ok(code == 0 and naming(one, who) == {}, "nor do events that waited in memory", text,
           naming(one, who))


def restarts(tap, one, two, beats):
    beats.leave(two)
    two.policyd.kill(signal.SIGTERM)
    two.policyd.proc.wait()
    two.start_policyd()
    beats.join(two)
    tap.ok(wait_for(lambda: two.select(WHO)["action"] == "SUPPRESSED"), "after a restart, too")
    advert(two, beats, 30)
    time.sleep(1)
    tap.equal(naming(one), {}, "a new policyd knows whose address is not to be kept")


def back_again(tap, one, two):
    code, text = nearpostctl(one, "suppress", "remove", WHO)
    tap.ok(code == 0 and "may get adverts again" in text, "suppress remove takes it back", text)
    one.recipient(WHO, first_name="Mary", lang="en")
    tap.equal(two.select(WHO)["action"], "RELAY", "and the person may be mailed")
    for argv, code in ((("nobody",), 64), ((), 64), ((WHO, "x"), 64)):
        tap.equal(erase(one, *argv)[0], code, "refused: erase %s" % " ".join(argv))


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    first = World(the_lab, redis_timeout="2s")
    first.start()
    second = Peer(first, "2")
    second.start_policyd()
    hearts = Beats([first, second])
    wait_for(lambda: second.admin("ping")["redis"] == "ok")
    fill(all_tests, first, second, hearts)
    dry_run(all_tests, first)
    erasing(all_tests, first, second, hearts)
    redis_down_meanwhile(all_tests, first, second, hearts)
    restarts(all_tests, first, second, hearts)
    back_again(all_tests, first, second)
