#!/usr/bin/python3
"""nearpostctl send: later, slower, or only said."""

import json
import signal

from nppolicyd import *

N = 30


class Sender:
    def __init__(self, w):
        self.w = w
        self.sink = w.lab.sink()
        self.conf = w.lab.write(
            "send.conf", open(w.path("nearpost.conf"), encoding="utf-8").read() +
            'milter { policyd = "unix:%s" }\nsend { state_directory = "%s"\n'
            '    smtp = "inet:127.0.0.1:%d" }\n' % (w.path("policyd.sock"), w.path("send"),
                                                   self.sink.port))

    def start(self, *argv):
        return subprocess.Popen([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", self.conf,
                                 "send", "spring", "--from", "offers@shop.test", *argv],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *argv):
        p = self.start(*argv)
        text = p.communicate(timeout=60)[0].decode()
        return p.returncode, text


def dry_run(tap, w, s):
    code, text = s.run("--dry-run", "--rate", "600/m")
    tap.ok(code == 0 and "%d stubs would be sent" % N in text and "at 10/s" in text,
           "--dry-run counts", text)
    code, text = s.run("--dry-run", "--json", "--where", "email == 'p3@one.test'")
    said = json.loads(text)
    tap.ok(code == 0 and said["to_send"] == 1 and said["recipients"] == 1,
           "those who are meant, also for programs", said)
    tap.ok(not s.sink.messages and not os.path.exists(w.path("send")),
           "sends nothing and leaves no file", s.sink.messages)


def rates(tap, w, s):
    begun = time.time()
    code, text = s.run("--rate", "10/s")
    seconds = time.time() - begun
    tap.ok(code == 0 and len(s.sink.messages) == N, "all are sent", code, text)
    tap.ok(seconds >= (N - 1) / 10.0, "no faster than asked for: %.1f s" % seconds)
    whens = [m.when for m in s.sink.messages]
    gaps = [b - a for a, b in zip(whens, whens[1:])]
    tap.ok(min(gaps) > 0.02, "evenly, not in a burst: %.3f s the least" % min(gaps))
    code, text = s.run("--dry-run")
    tap.ok(code == 0 and "0 stubs would be sent, %d were before" % N in text,
           "then there is nobody left", text)
    code, text = s.run("--dry-run", "--again")
    tap.ok("%d stubs would be sent, 0 were before" % N in text, "but with --again all", text)
    code, text = s.run("--dry-run")
    tap.ok("%d were before" % N in text, "which a dry run does not begin", text)


def later(tap, w, s):
    s.sink.clear()
    begun = time.time()
    p = s.start("--again", "--at", "+2s")
    time.sleep(0.7)
    w.recipient("late@one.test", first_name="Late", lang="en")
    text = p.communicate(timeout=30)[0].decode()
    tap.ok(p.returncode == 0 and "waiting until 20" in text and
           len(s.sink.messages) == N + 1 and s.sink.messages[0].when - begun > 1.9,
           "--at waits, and sends to whom there is then", text, len(s.sink.messages))
    s.sink.clear()
    p = s.start("--again", "--at", "+1h")
    time.sleep(0.7)
    p.send_signal(signal.SIGINT)
    text = p.communicate(timeout=10)[0].decode()
    tap.ok(p.returncode == 75 and "nothing was sent" in text and not s.sink.messages,
           "a wait can be interrupted", p.returncode, text)
    code, text = s.run("--dry-run")
    tap.ok("%d were before" % (N + 1) in text, "and has begun no new round", text)


def refusals(tap, s):
    for argv, code, says in ((("--at", "yesterday"), 64, "no time to come"),
                             (("--at", "2020-01-01"), 64, "no time to come"),
                             (("--rate", "10"), 64, "no rate such as"),
                             (("--rate", "0/s"), 64, "no rate such as"), (("--at",), 64, "usage")):
        got, text = s.run(*argv)
        tap.ok(got == code and says in text, "refused: %s" % " ".join(argv), got, text)


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    world = World(the_lab, redis_timeout="2s")
    world.start()
    for i in range(N):
        world.recipient("p%d@one.test" % i, first_name="P", lang="en")
    sender = Sender(world)
    dry_run(all_tests, world, sender)
    rates(all_tests, world, sender)
    later(all_tests, world, sender)
    refusals(all_tests, sender)
