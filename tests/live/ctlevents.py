#!/usr/bin/python3
"""nearpostctl events: the last ones, as they come, and over the end of Redis.  With
the Redis user that the man page recommends for nearpostctl."""

import json
import signal
import subprocess

from nppeers import *


def tell(w, beats, n, gateway="tyo", status="sent", **more):
    first = int(time.time() * 1e6)
    for i in range(n):
        answer = beats.tell(w, gateway, event(first + i, "%032x" % (first + i), status, **more))
        if answer["action"] != "OK":
            return answer
    return None


def lines(w, *argv):
    code, text = nearpostctl(w, "events", *argv)
    return text.splitlines() if code == 0 else ["%d" % code, text]


def last_ones(tap, w, beats):
    tap.equal(lines(w), [], "an empty stream shows nothing")
    tap.equal(tell(w, beats, 3), None, "three were sent")
    tap.equal(tell(w, beats, 1, "lon", "deferred", recipient="bob@two.test",
                   relay_host="mx1.two.test"), None, "one was put off")
    tap.equal(tell(w, beats, 1, "lon", "bounced", recipient="Carol@two.test",
                   campaign="autumn", text="550 %1b%5b2J no"), None, "one bounced")
    wait_for(lambda: w.redis_cli("XLEN", "nearpost:events") == "5")
    shown = lines(w)
    tap.note("\n".join(shown))
    tap.ok(len(shown) == 5 and " sent " in shown[0] and " bounced " in shown[4] and
           "1.50 s" in shown[0] and "2.0.0 taken" in shown[0], "the newest is the last", shown)
    tap.ok("\x1b" not in shown[4] and "\\x1b" in shown[4], "a server's words cannot "
           "write to the terminal", shown[4])
    for argv, n in ((("-n", "2"), 2), (("-n", "0"), 0), (("--gateway", "lon"), 2),
                    (("--campaign", "autumn"), 1), (("--campaign", "aut"), 0),
                    (("--recipient", "BOB@two.test"), 1), (("--recipient", "bob@one.test"), 0),
                    (("--site", "two.test"), 2), (("--site", "mx1.one.test"), 4),
                    (("--site", "mx1.two.test"), 1), (("--gateway", "tyo", "-n", "1"), 1)):
        tap.equal(len(lines(w, *argv)), n, "events %s: %d" % (" ".join(argv), n))
    parsed = [json.loads(text) for text in lines(w, "--json")]
    # Both its ends are rounded to milliseconds, and the other clock is an estimate.
    tap.ok(len(parsed) == 5 and parsed[3]["cause"] == "rate" and
           abs(parsed[0]["ttr_ms"] - 1500) <= 2 and parsed[0]["at_ms"] > 1.7e12, "--json is a line for each", parsed)
    for argv in (("--gateway",), ("-n", "x"), ("-n", "-1"), ("--what", "x"),
                 ("--recipient", "nobody")):
        code, text = nearpostctl(w, "events", *argv)
        tap.ok(code == 64 and text.strip(), "refused: events %s" % " ".join(argv), code, text)


def stories(tap, w, beats):
    """why: one advert from its stub on, by each of its names."""
    w.recipient("dora@one.test", first_name="Dora", lang="en")
    tickets = ["%032x" % (0xd0 + i) for i in range(3)]
    for i, ticket in enumerate(tickets):
        w.select("dora@one.test", ticket=ticket, queue_id="4stub%d" % i)
    now = int(time.time() * 1e6)
    beats.tell(w, "tyo", event(now, tickets[0], "deferred", "dora@one.test",
                               queue_id="4gate0", requested_ms=now // 1000, ttr_ms=900),
               event(now + 1, tickets[0], "sent", "dora@one.test", queue_id="4gate0",
                     requested_ms=now // 1000, ttr_ms=4000))
    ok = wait_for(lambda: w.redis_cli("EXISTS", "nearpost:decision:{%s}" % tickets[2],
                                      "nearpost:queue:{4gate0}") == "2")
    tap.ok(ok, "decisions and events are kept")
    code, text = nearpostctl(w, "why", tickets[0])
    tap.note(text)
    at = [text.find(x) for x in ("ticket " + tickets[0], "initiator  queue id 4stub0",
                                 "stub taken and expanded", "deferred at gateway tyo",
                                 "4.7.1 451", "sent     at gateway tyo", "verdict")]
    tap.ok(code == 0 and -1 not in at and at == sorted(at),
           "the story is told from the stub to the receipt", at)
    for name in ("4gate0", "4stub0", "bounces+%s@shop.test" % tickets[0]):
        tap.equal(nearpostctl(w, "why", name)[1], text, "it is found as %s" % name)
    code, text = nearpostctl(w, "why", "Dora@one.test")
    tap.note(text)
    shown = re.findall(r"(on the way|sent) +(\w{32})$", text, re.M)
    tap.ok(code == 0 and sorted(t for _, t in shown) == tickets and
           ("sent", tickets[0]) in shown and ("on the way", tickets[2]) in shown,
           "an address has its adverts listed", shown)
    listed = json.loads(nearpostctl(w, "why", "dora@one.test", "--json")[1])["adverts"]
    tap.ok(len(listed) == 3 and listed[0]["at_ms"] >= listed[2]["at_ms"], "the newest first",
           listed)
    said = json.loads(nearpostctl(w, "why", tickets[0], "--json")[1])
    tap.ok(said["decision"]["queue_id"] == "4stub0" and
           [e["status"] for e in said["events"]] == ["deferred", "sent"], "--json has it all", said)
    for what, code, says in (("nobody@one.test", 65, "no advert to that address"),
                             ("f" * 32, 65, "nothing is known"), ("4none", 65, "queue id"),
                             ("@", 64, "")):
        got, text = nearpostctl(w, "why", what)
        tap.ok(got == code and says in text, "unknown: %s" % what, got, text)


class Follower:
    def __init__(self, w, *argv):
        self.out, self.err = w.path("follow.out"), w.path("follow.err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.proc = subprocess.Popen(
                [os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", w.path("ctl.conf"),
                 "events", "--follow", *argv], stdout=out, stderr=err)

    def lines(self):
        with open(self.out, encoding="utf-8") as f:
            return f.read().splitlines()

    def said(self):
        with open(self.err, encoding="utf-8") as f:
            return f.read()


def following(tap, w, beats):
    f = Follower(w, "-n", "1", "--gateway", "lon")
    tap.ok(wait_for(lambda: len(f.lines()) == 1), "--follow begins with the last ones", f.said())
    # Two of one millisecond are told apart by their texts.
    for text in ("250 2.0.0 first", "250 2.0.0 second"):
        tell(w, beats, 1, "lon", text=text)
    tell(w, beats, 1, "tyo")
    seconds = took(lambda: len(f.lines()) == 3)
    tap.ok(seconds is not None, "new ones come as they are: %s s" % seconds, f.lines())
    w.redis.kill(signal.SIGKILL)
    w.redis.proc.wait()
    tap.ok(wait_for(lambda: "trying again" in f.said()), "it says that Redis is away", f.said())
    w.redis.start()
    wait_for(lambda: unix_socket_answers(w.path("redis.sock")))
    w.redis_cli(*ctl_acl())
    tap.ok(wait_for(lambda: "Redis is back" in f.said(), 15), "and that it is back", f.said())
    tap.ok(wait_for(lambda: tell(w, beats, 1, "lon") is None, 15, 0.3), "an event is taken again")
    tap.ok(wait_for(lambda: len(f.lines()) >= 4), "which is shown", f.lines(), f.said())
    tap.ok(len(f.lines()) == len(set(f.lines())), "none twice", f.lines())
    f.proc.send_signal(signal.SIGINT)
    tap.ok(wait_for(lambda: f.proc.poll() is not None), "Ctrl-C ends it")
    f.proc.kill()


def reader_goes(tap, w, beats):
    conf = w.path("ctl.conf")
    done = subprocess.run("%s -c %s events -n 5 | head -1" % (
        os.path.join(TOP_BUILD, "ctl/nearpostctl"), conf), shell=True, timeout=20,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    tap.ok(done.stdout.count(b"\n") == 1 and not done.stderr, "| head is content", done)


def ctl_acl():
    with open(os.path.join(TOP_SRC, "contrib/redis/nearpost.acl"), encoding="utf-8") as f:
        found = re.search(r"^user npctl (.*)$", f.read(), re.M).group(1)
    return ["ACL", "SETUSER", "npctl"] + re.sub("CHANGE-ME-.", "geheim", found).split()


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    world = World(the_lab, redis_timeout="2s")
    world.start()
    world.redis_cli(*ctl_acl())
    hearts = Beats([world])
    # From here on nearpostctl alone is the man page's user.
    wait_for(lambda: world.admin("ping")["redis"] == "ok")
    world.settings.update(redis_user="npctl", redis_password_file=the_lab.write(
        "redis.password", "geheim\n", 0o600))
    world.configure()
    last_ones(all_tests, world, hearts)
    following(all_tests, world, hearts)
    reader_goes(all_tests, world, hearts)
    stories(all_tests, world, hearts)
