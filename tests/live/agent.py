#!/usr/bin/python3
"""nearpost-agent on a real gateway Postfix: stubs with real tickets in, adverts out
at a receiving server; everything that must not be expanded; kills; repeats."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time

import nptest
from npagent import Gateway, ranked, plain, ticket_of, RELAY
from nptest import Lab, Tap, wait_for


def check_advert(g):
    stub = g.stub(**{"header__Reply-To": "B\u00fcro <jo@b\u00fccher.test>"})
    reply = g.send(stub, rcpts=[(ranked("alice@example.org"),
                                 "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Alice+2Bx@example.org")],
                   mail_args="RET=HDRS ENVID=abc123")
    g.tap.ok(reply.code == 250, "a valid stub is taken", reply)
    got = g.sink.wait(1)
    if not g.tap.ok(got, "its advert arrives", g.agent.log(), g.postfix.log()):
        return
    m = got[0]
    g.tap.equal([plain(a) for a, _ in m.rcpts], ["alice@example.org"],
                "to the recipient, not to the ranked address")
    g.tap.ok("ORCPT=rfc822;Alice+2Bx@example.org" in m.rcpts[0][1] and
             "NOTIFY=SUCCESS,FAILURE" in m.rcpts[0][1],
             "NOTIFY and ORCPT are those of the stub", m)
    g.tap.ok("RET=HDRS" in m.mail_args and "ENVID=abc123" in m.mail_args,
             "so are RET and ENVID", m)
    g.tap.equal(plain(m.sender), "bounces+%s@campaign.test" % ticket_of(stub),
                "bounces go to the campaign's address, and say whose they are")
    g.tap.equal(m.headers("Reply-To"), [" =?utf-8?q?B=C3=BCro?= <jo@xn--bcher-kva.test>"],
                "replies to whom the stub says")
    g.tap.ok(m.data.isascii() and not re.search("SMTPUTF8|8BITMIME", m.mail_args),
             "nothing of it needs SMTPUTF8 or 8BITMIME", m.mail_args)
    g.tap.ok(not re.search(rb"(?i)nearpost", m.data), "nothing of the machinery", m)
    g.tap.equal(len(m.headers("Received")), 1, "no Received of the sender")
    expected = g.run_tool("advert", g.assets, g.keys + "/public",
                          g.lab.write("stub.eml", stub))
    g.tap.equal(comparable(m.data), comparable(expected),
                "but for the order of its fields octet for octet what "
                "advert_build() makes of it")
    g.tap.ok(b"Hello Alice from Oslo" in m.data, "with the variables of both")


def comparable(data):
    """The header fields in order of their names, and the body; without the time
    of day and what the MTA adds."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", head)
    return sorted(f for f in fields
                  if not f.startswith((b"Received:", b"Date:"))), body


def flip_signature(stub):
    at = stub.index(b"b=", stub.index(b"Nearpost-Ticket")) + 4
    return stub[:at] + (b"A" if stub[at:at + 1] != b"A" else b"B") + stub[at + 1:]


def check_refusals(g):
    good = g.stub()
    week = 7 * 24 * 3600 * 1000
    now = int(time.time() * 1000)
    cases = [
        ("a forged ticket", flip_signature(good), {}, 550),
        ("an altered variable", good.replace(b": Alice", b": Mallory"), {}, 550),
        ("an added variable", good + b"more: x\r\n", {}, 550),
        ("an altered subject", g.stub(subject="hi").replace(b"Subject: hi", b"Subject: ho"),
         {}, 550),
        ("an altered campaign", good.replace(b"Campaign: spring", b"Campaign: winter"),
         {}, 550),
        ("an expired ticket", g.stub(requested_ms=now - 2 * week, expires_ms=now - week),
         {}, 550),
        ("a ticket from the future", g.stub(requested_ms=now + 3600000), {}, 451),
        ("another recipient", good, {"recipient": "bob@example.org"}, 550),
        ("two recipients", good, {"rcpts": [ranked("alice@example.org"),
                                            ranked("bob@example.org")]}, 451),
        ("a recipient of ours and one of others", good,
         {"rcpts": [ranked("alice@example.org"), "bob@example.org"]}, 451),
        ("no ticket", b"Subject: x\r\nNearpost-Campaign: spring\r\n\r\nx: y\r\n", {}, 550),
        ("ordinary mail to the relay domain", b"Subject: x\r\n\r\nhello\r\n", {}, 550),
        ("an address without ranking", good,
         {"rcpts": ["alice@" + RELAY]}, 550),
        ("an unknown digest", g.stub(digest="sha256:" + "0" * 64), {}, 451),
        ("an unknown creative", g.stub(creative="nix"), {}, 451),
        ("a campaign that ended", g.stub(campaign="over"), {}, 550),
        ("an advert that is too large", g.stub(creative="huge"), {}, 451),
        ("a body that is no stub's", good + b"x: " + b"y" * 300000 + b"\r\n", {}, 550),
        ("a campaign header on ordinary mail",
         b"Subject: x\r\nNearpost-Campaign: spring\r\n\r\nx: y\r\n",
         {"rcpts": ["bob@example.org"]}, 550),
        ("a ticket on ordinary mail", good, {"rcpts": ["bob@example.org"]}, 550),
    ]
    for name, data, how, code in cases:
        reply = g.send(data, **how)
        g.tap.ok(reply.code == code and "nearpost: " in reply.text,
                 "%s: %d" % (name, code), reply)
        g.tap.note(reply.text)
    g.tap.ok(not wait_for(lambda: g.sink.messages, 0.5), "nothing of all that arrives",
             g.sink.messages)


def check_new_key(g):
    """The initiator signs with a key that this gateway has not got yet."""
    new = g.lab.path("new-keys")
    g.run_tool("keys", new)
    stub = g.stub(recipient="fay@example.org", key=new)
    reply = g.send(stub, recipient="fay@example.org")
    key_id = re.search(rb"k=([0-9a-f]{8});", stub).group(1).decode()
    g.tap.ok(reply.code == 451 and reply.text.startswith(
        "4.7.1 nearpost: there is no public key %s here" % key_id),
        "an unknown key: 451, with its id", reply)
    shutil.copy(new + "/public/test.pem", g.keys + "/public/new.pem")
    g.agent.kill(signal.SIGHUP)
    reply = wait_for(lambda: (r := g.send(stub, recipient="fay@example.org")).code == 250 and r)
    g.tap.ok(reply and g.sink.wait(1), "with the key it is taken", g.agent.log()[-1000:])
    os.unlink(g.keys + "/public/new.pem")
    g.sink.clear()


def check_smtputf8(g):
    """Only the recipient's own local part can call for it."""
    for who, to, needed in (("j\u00fcrgen@example.org", "j\u00fcrgen@example.org", True),
                            ("jo@xn--bcher-kva.test", "jo@xn--bcher-kva.test", False)):
        stub = g.stub(recipient=who)
        reply = g.send(stub, recipient=who, mail_args="SMTPUTF8" if needed else "")
        got = g.sink.wait(1)
        if not g.tap.ok(reply.code == 250 and got, who + ": its advert arrives", reply,
                        g.agent.log()[-2000:], g.postfix.log()[-2000:]):
            continue
        m = got[0]
        g.tap.equal((plain(m.rcpts[0][0]), m.headers("To")), (to, [" <%s>" % to]),
                    who + ": to it, and To: says so")
        g.tap.equal("SMTPUTF8" in m.mail_args, needed, who + ": with SMTPUTF8 only if needed")
        g.tap.ok(m.data.replace(to.encode(), b"").isascii(),
                 who + ": nothing else is beyond ASCII", m)
        g.sink.clear()


def check_ordinary(g):
    data = b"Subject: x\r\nX-Nearpost: y\r\n\r\nhello\r\n"
    reply = g.send(data, rcpts=["bob@example.org", "eve@example.net"])
    got = g.sink.wait(1)
    g.tap.ok(reply.code == 250 and got and got[0].body() == b"hello\r\n",
             "ordinary mail passes untouched", reply, got)
    g.sink.clear()


def check_repeats(g):
    stub = g.stub(recipient="carol@example.org")
    how = {"recipient": "carol@example.org"}
    g.tap.ok(g.send(stub, **how).code == 250, "a stub is taken", g.agent.log())
    g.sink.wait(1)
    ticket = ticket_of(stub)
    g.agent.wait_log("ticket=%s status=sent" % ticket)
    replies = [g.send(stub, **how).code for _ in range(3)]
    g.tap.equal(replies, [250] * 3, "repeats of what was delivered are accepted")
    g.tap.ok(not wait_for(lambda: len(g.sink.messages) > 1, 1),
             "and discarded: one advert", g.sink.messages)
    g.tap.ok("ticket=%s repeated" % ticket in g.agent.log(), "the log says so")
    g.sink.clear()


def check_later_milter(g):
    for verdict, code in (("t", 451), ("r", 550)):
        stub = g.stub(recipient="dave@example.org")
        how = {"recipient": "dave@example.org"}
        g.later.replies = [verdict, "c"]
        reply = g.send(stub, **how)
        g.tap.equal(reply.code, code, "a later milter's %d is the answer" % code)
        rejected = re.escape(g.queue_id(ticket_of(stub)))
        g.tap.ok(g.agent.wait_log(rejected + ": .*another filter refused it"),
                 "the log sets the ticket free", g.agent.log()[-2000:],
                 g.postfix.log()[-1000:])
        reply = g.send(stub, **how)
        g.tap.equal(reply.code, 250, "the next attempt is taken")
        g.sink.wait(1)
        g.tap.ok(not wait_for(lambda: len(g.sink.messages) > 1, 1),
                 "exactly one advert", g.sink.messages)
        reply = g.send(stub, **how)
        g.tap.ok(reply.code == 250 and
                 not wait_for(lambda: len(g.sink.messages) > 1, 1),
                 "and a repeat makes no second one", reply)
        g.sink.clear()


def check_pending(g):
    """While a later milter thinks, the ticket is pending."""
    stub = g.stub(recipient="erin@example.org")
    how = {"recipient": "erin@example.org"}
    gate = threading.Event()
    verdict = g.later.verdict
    g.later.verdict = lambda: (gate.wait(20), b"c")[1]
    first = []
    t = threading.Thread(target=lambda: first.append(g.send(stub, **how)))
    t.start()
    g.agent.wait_log("ticket=%s .*expanded" % ticket_of(stub))
    reply = g.send(stub, **how)
    g.tap.ok(reply.code == 451 and "not settled" in reply.text,
             "a repeat while the first is under way waits", reply)
    gate.set()
    t.join()
    g.later.verdict = verdict
    g.tap.ok(first[0].code == 250 and g.sink.wait(1), "the first one arrives", first)
    g.sink.clear()


def check_held(g):
    """What policyd says of campaigns with the answer to a report."""
    stub = g.stub(recipient="hilda@example.org")
    how = {"recipient": "hilda@example.org"}
    ok = g.send(g.stub(recipient="hugo@example.org"), recipient="hugo@example.org").code
    g.tap.ok(ok == 250 and g.sink.wait(1), "an advert of a campaign goes out")
    g.sink.clear()
    for word, code in (("paused", 451), ("cancelled", 554)):
        g.ear.held = "held.0=spring %s 1764000000000 wrong price\n" % word
        g.agent.wait_log("campaign=spring %s" % word)
        reply = g.send(stub, **how)
        g.tap.ok(reply.code == code and
                 "nearpost: campaign spring was %s by an admin on 2025-11-24 16:00 "
                 "UTC: wrong price" % word in reply.text,
                 "a stub of it is answered %d once it is %s" % (code, word), reply,
                 g.agent.log()[-2000:])
    g.tap.ok(not g.sink.messages, "nothing went out", g.sink.messages)
    g.ear.held = ""
    g.agent.wait_log("campaign=spring goes on")
    ok = wait_for(lambda: g.send(stub, **how).code == 250, 10, 0.2)
    g.tap.ok(ok and g.sink.wait(1), "when it goes on, the same stub becomes its advert",
             g.agent.log()[-2000:])
    time.sleep(0.5)
    g.tap.equal(len(g.sink.messages), 1, "once")
    g.sink.clear()


def check_rotation(g):
    """`postfix logrotate` renames, reloads and compresses."""
    tickets = []
    for i, rotate in enumerate((False, True, False)):
        if rotate:
            done = g.postfix.control("logrotate")
            g.tap.equal(done.returncode, 0, "postfix rotates its log")
        stub = g.stub(recipient="m%d@example.org" % i)
        tickets.append(ticket_of(stub))
        g.send(stub, recipient="m%d@example.org" % i)
    g.tap.ok(wait_for(lambda: all(g.ear.events(ticket=t, status="sent") for t in tickets), 15),
             "deliveries before and after it become events", g.agent.log()[-2000:])
    g.tap.ok("gap=" not in g.agent.log(), "and no line is missed")
    g.sink.clear()


def check_probes(g):
    g.ear.probe = "mx.probe.test"
    samples = lambda: [r["rtt.0"] for r in g.ear.reports() if "rtt.0" in r]
    g.tap.ok(wait_for(samples), "a probe asked for comes back as a round trip",
             g.agent.log()[-2000:])
    g.ear.probe = None
    # The last check broke the connection: there is a new hello.
    hello = wait_for(lambda: [r for r in list(g.ear.heard)
                              if r["request"] == "nearpost_hello"])
    g.tap.equal([r.get("report_interval_ms") for r in hello[:1]], ["200"],
                "policyd is told how often reports come")
    host, us, age = samples()[0].split()
    g.tap.ok(host == "mx.probe.test" and 1 <= int(us) < 50000 and int(age) < 5000,
             "of the mail server, in microseconds", samples())
    g.tap.ok(wait_for(lambda: "QUIT" in g.said), "which hears QUIT", g.said)
    g.tap.ok(set(g.said) == {"QUIT"}, "and nothing else", g.said)


def check_supervisor_killed(g):
    # The observer that was killed in the crowd may be on its way.
    duties = [g.wait_duty("observer"), g.wait_duty("expander")]
    g.agent.kill(signal.SIGKILL)
    g.agent.proc.wait()
    g.tap.ok(wait_for(lambda: not any(alive(p) for p in duties), 15),
             "a killed supervisor leaves no process behind", duties)
    before = len(g.agent.log())
    g.agent.start()
    g.tap.ok(wait_for(lambda: "info: ready" in g.agent.log()[before:]),
             "and it starts again over the old sockets", g.agent.log()[before:])
    stub = g.stub(recipient="nina@example.org")
    ok = wait_for(lambda: g.send(stub, recipient="nina@example.org").code == 250, 10, 0.2)
    g.tap.ok(ok and g.sink.wait(1), "a stub goes out")
    g.sink.clear()


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            state = f.read().rpartition(")")[2].split()[:1]
            return bool(state) and state != ["Z"]
    except OSError:
        return False


def check_configuration(g):
    run = lambda *args: subprocess.run(
        [g.agent.argv[0], *args], check=False, timeout=20, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    done = run("-n", "-c", g.conf)
    g.tap.ok(done.returncode == 0 and b"FAILED" not in done.stdout,
             "-n likes a good file, and what it names", done.stdout)
    for name, old, new in (
            ("agent.policyd", "inet:127.0.0.1:%d" % g.ear.port, "inet:127.0.0.1:1"),
            ("agent.tls_key", "tyo-key.pem", "nix-key.pem"),
            ("agent.assets", 'assets = "%s"' % g.assets, 'assets = "/nonexistent"'),
            ("agent.maillog", g.postfix.log_path, "/nonexistent/mail.log"),
            ("agent.queue_directory", g.postfix.settings["queue_directory"],
             "/nonexistent"),
            ("agent.dns_servers", 'dns_servers = "', 'dns_servers = "127.0.0.1:9"  # ')):
        bad = g.lab.write("unreached.conf", g.text.replace(old, new, 1))
        done = run("-n", "-c", bad)
        g.tap.ok(done.returncode == 69 and
                 re.findall(rb"FAILED +(\S+)", done.stdout) == [name.encode()],
                 "-n says that %s cannot be used, and nothing else" % name, done.stdout)
    g.tap.equal(run("-c", g.conf, "-e", "agent.id").stdout, b"tyo\n", "-e prints a setting")
    for name, old, new, word in (
            ("no id", 'id = "tyo"', "", "agent.id"),
            ("an id of no gateway", 'id = "tyo"', 'id = "lon"', "lon"),
            ("no policyd", "policyd = {", "# {", "agent.policyd"),
            ("no keys", g.keys + "/public", g.keys + "/nix", "agent.keys")):
        bad = g.lab.write("bad.conf", g.text.replace(old, new, 1))
        done = run("-n", "-c", bad)
        g.tap.ok(done.returncode == 78 and word in done.stdout.decode(),
                 "%s: 78, and it says so" % name, done)
    bad = g.lab.write("bad.conf", g.text.replace("ca.pem", "nix.pem"))
    began = time.monotonic()
    done = run("-f", "-c", bad)
    g.tap.ok(done.returncode == 78 and "nix.pem" in done.stdout.decode() and
             time.monotonic() - began < 15, "a start that cannot work ends with 78", done)


def check_observer_killed(g):
    stub = g.stub(recipient="frank@example.org")
    how = {"recipient": "frank@example.org"}
    done = g.stub(recipient="grace@example.org")
    g.tap.ok(g.send(done, recipient="grace@example.org").code == 250 and
             g.sink.wait(1), "one advert before the kill")
    pid = g.duty("observer")
    os.kill(pid, signal.SIGKILL)
    reply = g.send(stub, **how)
    g.tap.ok(reply.code == 451 and "nearpost: " in reply.text,
             "observer killed: 451", reply)
    g.tap.ok(g.wait_duty("observer", pid), "the supervisor starts it again",
             g.agent.log())
    ok = wait_for(lambda: g.send(stub, **how).code == 250, 10, 0.2)
    g.tap.ok(ok and g.sink.wait(2), "the next attempt is taken")
    reply = g.send(done, recipient="grace@example.org")
    g.tap.ok(reply.code == 250 and not wait_for(lambda: len(g.sink.messages) > 2, 1),
             "what was accepted before the kill is still known", reply)
    pid = g.duty("observer")
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    reply = g.send(g.stub(recipient="heidi@example.org"), recipient="heidi@example.org")
    took = time.monotonic() - began
    os.kill(pid, signal.SIGCONT)
    g.tap.ok(reply.code == 451 and took < 5, "observer silent: 451 after its deadline",
             reply, took)
    g.sink.clear()


def check_expander_killed(g):
    pid = g.duty("expander")
    os.kill(pid, signal.SIGKILL)
    stub = g.stub(recipient="ivan@example.org")
    reply = g.send(stub, recipient="ivan@example.org")
    g.tap.ok(reply.code // 100 == 4, "expander killed: 4xx", reply)
    g.tap.ok(wait_for(lambda: g.ear.reports() and "assets" not in g.ear.reports()[-1], 3),
             "policyd hears that no asset set is held", g.ear.reports()[-1:])
    g.tap.ok(g.wait_duty("expander", pid), "the supervisor starts it again")
    ok = wait_for(lambda: g.send(stub, recipient="ivan@example.org").code == 250, 10, 0.2)
    g.tap.ok(ok and g.sink.wait(1), "and the stub goes out")
    g.sink.clear()


def check_reload(g):
    old = g.digest
    page = os.path.join(g.assets, "spring/hero/body.html")
    with open(page, encoding="utf-8") as f:
        text = f.read()
    g.lab.write("assets/spring/hero/body.html", text.replace("Hello", "Good day"))
    g.agent.kill(signal.SIGHUP)
    g.tap.ok(g.agent.wait_log("keeping the former set"),
             "a set that does not verify is not taken", g.agent.log()[-1000:])
    reply = g.send(g.stub(recipient="judy@example.org"), recipient="judy@example.org")
    g.tap.ok(reply.code == 250 and g.sink.wait(1), "the former one goes on", reply)
    new = g.sign()
    g.agent.kill(signal.SIGHUP)
    g.tap.ok(wait_for(lambda: g.ear.reports()[-1].get("assets") == "%s,%s" % (new, old)),
             "after signing, both sets are reported", g.ear.reports()[-1:])
    for digest, word in ((new, b"Good day"), (old, b"Hello")):
        g.sink.clear()
        reply = g.send(g.stub(recipient="judy@example.org", digest=digest),
                       recipient="judy@example.org")
        g.tap.ok(reply.code == 250 and g.sink.wait(1) and
                 word in g.sink.messages[0].data, "each ticket gets its own set", reply)
    g.digest = new
    g.sink.clear()


def check_reports(g):
    g.tap.ok(wait_for(lambda: len(g.ear.reports()) > 3), "reports arrive over TLS")
    faults = {r.get("assets_error", "") for r in g.ear.reports()}
    g.tap.ok(faults == {""}, "an agent that starts has nothing to complain of", faults)
    hello = [r for r in g.ear.heard if r["request"] == "nearpost_hello"][0]
    g.tap.ok(hello["id"] == "tyo" and hello["uplink_mbit"] == "100", "after a hello", hello)
    report = g.ear.reports()[-1]
    g.tap.ok(report["assets"].startswith(g.digest) and 0 <= float(report["cpu"]) <= 1,
             "with asset sets and load", report)
    stub = g.stub(recipient="kate@example.org")
    ticket = ticket_of(stub)
    g.send(stub, recipient="kate@example.org")
    g.tap.ok(wait_for(lambda: g.ear.events(ticket=ticket, status="sent")),
             "a delivery becomes an event", g.agent.log()[-2000:])
    event = g.ear.events(ticket=ticket)[0]
    g.tap.ok(event["recipient"] == "kate@example.org" and
             0 <= int(event["ttr_ms"]) < 10000 and event["dsn"].startswith("2."),
             "with the time from request to receipt", event)
    g.ear.refuse = True
    g.sink.script = lambda line: "450 4.2.0 later" if line == "." else None
    stub = g.stub(recipient="leo@example.org")
    ticket = ticket_of(stub)
    g.send(stub, recipient="leo@example.org")
    g.tap.ok(wait_for(lambda: g.ear.events(ticket=ticket, status="deferred")),
             "a deferral is told at once", g.agent.log()[-2000:])
    pid = g.duty("observer")
    os.kill(pid, signal.SIGKILL)
    g.wait_duty("observer", pid)
    g.ear.heard.clear()
    g.ear.refuse = False
    g.tap.ok(wait_for(lambda: g.ear.events(ticket=ticket, status="deferred")),
             "and again until policyd says OK, over kill -9")
    g.sink.script = None
    g.postfix.flush()
    g.tap.ok(wait_for(lambda: g.ear.events(ticket=ticket, status="sent")),
             "the retry's delivery follows")
    seqs = [int(e["seq"]) for e in g.ear.events()]
    g.tap.ok(len(set(seqs)) == len(seqs), "every event has its own number", seqs)
    g.ear.hang_up()
    n = len(g.ear.reports())
    g.tap.ok(wait_for(lambda: len(g.ear.reports()) > n + 1),
             "a broken connection is made again")
    check_stranger(g)
    g.sink.clear()


def check_stranger(g):
    """A policyd that turns the agent away, since the gateway is not in its
    nearpost.conf yet, is asked every second."""
    def hellos():
        return [r for r in list(g.ear.heard) if r["request"] == "nearpost_hello"]
    g.ear.stranger = True
    before = len(hellos())
    g.ear.hang_up()
    g.tap.ok(wait_for(lambda: len(hellos()) >= before + 6, 20),
             "an agent that is turned away comes again")
    g.ear.stranger = False
    n, at = len(g.ear.reports()), time.monotonic()
    g.tap.ok(wait_for(lambda: len(g.ear.reports()) > n, 5),
             "within a second, though it had been for long: %.1f s" % (
                 time.monotonic() - at))


def check_crowd(g, n=100, clients=50):
    """Many at once, the observer killed in the middle; clients retry."""
    people = ["p%d@example.org" % i for i in range(n)]
    stubs = [(p, g.stub(recipient=p)) for p in people]
    failed = []

    def deliver(mine):
        for who, stub in mine:
            end = time.monotonic() + 60
            while g.send(stub, recipient=who).code != 250:
                if time.monotonic() > end:
                    failed.append(who)
                    break
                time.sleep(0.3)
    threads = [threading.Thread(target=deliver, args=(stubs[i::clients],))
               for i in range(clients)]
    for t in threads:
        t.start()
    time.sleep(0.3)
    os.kill(g.duty("observer"), signal.SIGKILL)
    for t in threads:
        t.join()
    g.sink.wait(n)
    time.sleep(0.5)
    got = sorted(plain(m.rcpts[0][0]) for m in g.sink.messages)
    g.tap.equal(got, sorted(people), "kill -9 in a crowd: one advert each")
    g.tap.ok(not failed, "nobody gave up", failed)
    g.tap.ok(all(b"Nearpost" not in m.data for m in g.sink.messages), "no stub leaked")
    g.sink.clear()


def check_stop(g):
    began = time.monotonic()
    status = g.agent.stop(20)
    g.tap.ok(status == 0 and time.monotonic() - began < 15, "SIGTERM ends all of it",
             status, g.agent.log()[-2000:])
    found = re.findall(r".*(?:Sanitizer|runtime error).*", g.agent.log())
    g.tap.ok(not found, "no sanitizer has anything to say", "\n".join(found[:5]))
    for s in ("agent.sock", "observer.sock"):
        path = g.lab.path(s)
        g.tap.ok(not os.path.exists(path) or not nptest.unix_socket_answers(path),
                 "%s is closed" % s)


def main():
    nptest.need("postfix", "dnsmasq")
    with Lab() as lab, Tap() as tap:
        g = Gateway(lab, tap)
        g.start()
        check_advert(g)
        g.sink.clear()
        check_refusals(g)
        check_new_key(g)
        check_smtputf8(g)
        check_ordinary(g)
        check_repeats(g)
        check_later_milter(g)
        check_held(g)
        check_pending(g)
        check_reports(g)
        check_rotation(g)
        check_probes(g)
        check_observer_killed(g)
        check_expander_killed(g)
        check_reload(g)
        check_crowd(g)
        check_supervisor_killed(g)
        check_stop(g)
        check_configuration(g)
        if tap.failed:
            tap.note(g.agent.log()[-8000:])


if __name__ == "__main__":
    main()
