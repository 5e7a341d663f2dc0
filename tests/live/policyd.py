"""nearpost-policyd against a real Redis and a real DNS server: choices, refusals,
outages, and agents that are not who they say or talk nonsense."""

import re
import signal
import ssl
import time

from nppolicyd import *


def choices(tap, w):
    answer = w.select("alice@one.test")
    tap.equal(answer["action"], "RELAY", "a stub for a known recipient is relayed")
    tap.equal(answer.get("creative"), "hero-en", "the creative follows the record")
    tap.equal(answer.get("asset_digest"), w.digest, "the set is named by its digest")
    tap.equal(answer.get("data.first_name"), "Alice", "the record travels")
    tap.ok("data.secret" not in answer and "data.email" not in answer,
           "but only the fields the campaign names", answer)
    tap.ok(len(answer.get("booking", "")) == 32, "a booking is made", answer)
    tap.ok(answer.get("data.items.1.name") == "Fern" and
           answer.get("data.items.2.name") == "Moss" and "data.items2" not in answer,
           "a list travels under its own name", answer)
    answer = w.select("alice@one.test", **{"var__items.7.name": "Ivy"})
    tap.ok(not [a for a in answer if a.startswith("data.items.")],
           "but not beside the stub's own", answer)

    def settled(recipient, first):
        return wait_for(lambda: (w.select(recipient) or {}).get(
            "gateways", "").split(",")[0] == first, 5)
    tap.ok(settled("alice@one.test", "tyo"), "the gateway near one.test is chosen",
           w.explain("alice@one.test"))
    tap.ok(settled("bob@two.test", "lon"), "the gateway near two.test is chosen",
           w.explain("bob@two.test"))
    answer = w.select("carol@uno.test")
    tap.equal(answer["gateways"].split(",")[0], "tyo",
              "a domain with the same servers shares what was measured")
    tap.equal(w.select("bob@two.test")["creative"], "hero-de",
              "another record, another creative")
    tap.equal(w.select("alice@one.test", creative="hero-de")["creative"], "hero-de",
              "a creative asked for is taken")
    tap.equal(w.select("alice@one.test", var__lang="de")["creative"], "hero-de",
              "the stub's variables override the record")
    answer = w.select("alice@one.test", var__first_name="Alicia")
    tap.ok("data.first_name" not in answer, "what the stub says does not travel twice",
           answer)
    answer = w.select("alice@one.test", routable="nyc")
    tap.equal(answer["gateways"], "nyc", "only routable gateways are chosen")
    answer = w.select("alice@one.test", routable="")
    tap.ok(answer["action"].startswith("DEFER") and "transport" in answer["action"],
           "none routable: wait, and say why", answer)
    answer = w.select("dave@plain.test", var__first_name="D", var__lang="en")
    tap.equal(answer["action"], "RELAY", "a domain without MX takes mail at its address")


def refusals(tap, w):
    cases = [
        ("unknown campaign", w.select("alice@one.test", campaign="autumn"),
         "REJECT", "spring"),
        ("unknown creative", w.select("alice@one.test", creative="nope"),
         "REJECT", "hero-de, hero-en"),
        ("no address", w.select("nonsense"), "REJECT", "recipient"),
        ("required variable missing", w.select("eve@one.test", var__lang="en"),
         "REJECT", "first_name"),
        ("no creative fits", w.select("eve@one.test", var__first_name="E"),
         "REJECT", "no creative"),
        ("null MX", w.select("alice@null.test", var__first_name="A", var__lang="en"),
         "REJECT", "null MX"),
        ("domain does not exist",
         w.select("alice@gone.test", var__first_name="A", var__lang="en"),
         "REJECT", "does not exist"),
        ("control character in a variable",
         w.select("alice@one.test", var__first_name="a\x01b"),
         "REJECT", "first_name"),
    ]
    for name, answer, action, text in cases:
        tap.ok(answer and answer["action"].startswith(action) and
               text in answer["action"], name, answer)
    tap.equal(cases[5][1].get("code"), "556 5.1.10", "null MX has its code")
    tap.equal(cases[6][1].get("code"), "550 5.1.2", "no such domain has its code")
    answer = w.select("mallory@one.test")
    tap.equal(answer["action"], "SUPPRESSED", "a suppressed recipient is not mailed")
    tap.equal((answer["reason"], answer["since"]), ("asked us to", "2025-11-24 16:00"),
              "and it says why and since when")


def bookings(tap, w):
    def booked(gateway):
        answer = w.admin("gateways")
        for name, row in answer.items():
            if name.startswith("gateway.") and "id=%s;" % gateway in row + ";":
                return int(dict(p.split("=", 1) for p in row.split(";"))
                           ["booked_messages"])
        return None
    before = booked("tyo")
    ticket = "00112233445566778899aabbccddeeff"
    answer = w.select("alice@one.test", ticket=ticket)
    tap.equal(answer["booking"], ticket, "the ticket's id is the booking's")
    tap.equal(booked("tyo"), before + 1, "the load goes up at once")
    w.select("alice@one.test", ticket=ticket)
    tap.equal(booked("tyo"), before + 1, "the same ticket counts once")
    tap.equal(w.admin("unbook", booking=ticket)["action"], "OK", "it can be undone")
    tap.equal(booked("tyo"), before, "and then nothing of it is left")
    tap.ok(w.admin("unbook", booking="xyz")["action"].startswith("REJECT"),
           "a booking must be 32 hex digits")


def explaining(tap, w):
    answer = w.explain("alice@one.test")
    tap.equal(answer["verdict"].split(",")[0], "RELAY tyo", "explain agrees with select")
    tap.equal(sorted(answer["rows"]), sorted(GATEWAYS), "every gateway has its row")
    row = answer["rows"]["tyo"]
    parts = sum(float(row[t + "_ms"]) for t in
                ("queue", "rtt", "sessions", "deferral", "throttle"))
    tap.ok(abs(parts - float(row["total_ms"])) < 1, "the terms add up", row)
    tap.equal(row["rtt_source"], "probe", "a round trip says where it comes from")
    answer = w.explain("mallory@one.test")
    tap.ok(answer["verdict"].startswith("SUPPRESSED") and answer["rows"],
           "a suppressed recipient is explained too", answer)


def malformed(tap, w):
    bad = [b"nonsense without equals\n\n", b"request=what\n\n", b"\0\0\0\n\n",
           b"request=nearpost_select\n" + b"x" * 70000 + b"=1\n\n",
           b"a=b\n" * 5000 + b"\n"]
    for data in bad:
        t = w.talk()
        try:
            t.sock.sendall(data)
        except ConnectionError:
            pass
        tap.ok(t.read() is None, "dropped without an answer: %r" % data[:24])
        t.close()
    tap.equal(w.admin("ping")["action"], "OK", "and the daemon lives")
    t = w.talk()
    for _ in range(50):
        t.send({"request": "nearpost_admin", "verb": "ping"})
    tap.ok(all((t.read() or {}).get("action") == "OK" for _ in range(50)),
           "fifty requests at once are answered in order")
    t.close()
    one = encode([("request", "nearpost_admin"), ("verb", "ping")])
    t = w.talk()
    for byte in one:
        t.sock.sendall(bytes([byte]))
    tap.equal((t.read() or {}).get("action"), "OK", "a request may come byte by byte")
    t.close()


def agents(tap, w, hearts):
    a = w.agent("tyo", cert="lon")
    tap.ok(a.hello() is None, "an id that is not the certificate's is turned away")
    a = w.agent("tyo")
    tap.ok(a.report() is None, "no report before hello")
    a = w.agent("tyo")
    tap.ok(a.hello(id="par") is None, "an id that is not configured is turned away")
    refused = False
    try:
        a = w.agent("tyo", cert="stranger")
        refused = a.hello() is None
    except (ssl.SSLError, OSError):
        refused = True
    tap.ok(refused, "a certificate of another CA is turned away")

    a = w.agent("nyc")
    a.hello()
    for name, more in (("a negative queue", {"queue_bytes": -1}),
                       ("a CPU of 7", {"cpu": "7"}),
                       ("an absurd counter", {"sent_bytes": 10**18}),
                       ("a round trip of an hour",
                        {"rtt.0": "mx1.one.test 3600000000 0"}),
                       ("a digest that is none", {"assets": "sha256:zz"}),
                       ("a missing count", {"in_flight": ""})):
        answer = a.report(**more)
        tap.ok(answer and answer["action"].startswith("REJECT"),
               "refused: " + name, answer)
    tomorrow = int(time.time() * 1000) + 86400 * 1000
    tap.equal((a.report(now_ms=tomorrow) or {}).get("action"), "OK",
              "a report by a clock that is a day ahead is taken")
    row = next(r for n, r in w.admin("gateways").items()
               if n.startswith("gateway.") and r.startswith("id=nyc;"))
    tap.ok("state=live" in row and
           0 <= float(re.search(r"report_age_ms=([-0-9]+)", row).group(1)) < 5000,
           "and is as old as it is by ours", row)
    a.seq = 100
    tap.equal((a.report() or {}).get("action"), "OK", "a good report is taken after all that")
    a.seq = 50
    tap.ok("ignored" in (a.report() or {}), "a report out of order is ignored")
    tap.ok(wait_for(lambda: w.explain("alice@one.test")["rows"]["nyc"]["verdict"]
                    == "eligible"), "the gateway is none the worse for it")
    a.close()


def event(seq, status="sent", ticket="ff" * 16, **more):
    attrs = {"seq": seq, "status": status, "ticket": ticket, "campaign": "spring",
             "creative": "hero-en", "recipient": "alice@one.test",
             "relay_host": "mx1.one.test", "conn_use": 1, "size_bytes": 1000,
             "requested_ms": 1764000000000, "received_ms": 1764000001000,
             "ttr_ms": 1000, "a_us": 0, "b_us": 0, "c_us": 30000, "d_us": 10000}
    attrs.update(more)
    return ";".join("%s=%s" % p for p in attrs.items())


def events(tap, w, hearts):
    a = hearts.agents["nyc"]
    hearts.silent.add("nyc")
    time.sleep(2 * HEARTBEAT)
    first = int(time.time() * 1e6)

    def counter(name):
        return int(w.redis_cli("HGET", "nearpost:campaign:{spring}", name) or 0)
    tap.equal(a.events(event(first), event(first + 1, "bounced"))["action"], "OK",
              "events are taken")
    tap.equal(a.events(event(first), event(first + 1, "bounced"))["action"], "OK",
              "the same again are taken")
    tap.ok(wait_for(lambda: counter("sent") == 1 and counter("bounced") == 1),
           "but counted once", w.redis_cli("HGETALL", "nearpost:campaign:{spring}"))
    tap.ok(wait_for(lambda: w.redis_cli("XLEN", "nearpost:events") == "2"),
           "and kept once", w.redis_cli("XRANGE", "nearpost:events", "-", "+"))
    w.redis_cli("CONFIG", "SET", "maxmemory", "1")
    a.events(event(first + 2, ticket="aa" * 16))
    time.sleep(1.5)
    tap.equal(w.redis_cli("XLEN", "nearpost:events"), "2",
              "a full Redis takes no event")
    tap.equal(w.admin("ping").get("redis_refused"), "yes", "and nearpostctl status tells")
    tap.equal(w.select("alice@one.test")["action"], "RELAY", "stubs go on")
    w.redis_cli("CONFIG", "SET", "maxmemory", "0")
    tap.ok(wait_for(lambda: w.redis_cli("XLEN", "nearpost:events") == "3" and
                    counter("sent") == 2), "it gets it when it has room")
    bad = ["", "nonsense", event(first + 3, ticket="zz"), event(-5),
           event(first + 3, size_bytes=-7), event(first + 3, c_us=10**18),
           event(first + 3, campaign="../etc"), event(first + 3, recipient="(erased)"),
           # Taken, they would make repeats of all that follow.
           event(first + 366 * 86400 * 10**6), event(2**63 - 1)]
    tap.equal(a.events(*[b for b in bad if b])["action"], "OK",
              "absurd events are passed over")
    time.sleep(1.2)
    tap.equal(w.redis_cli("XLEN", "nearpost:events"), "3", "and not kept")
    for i in range(12):
        a.events(event(first + 10 + i, "deferred", dsn="4.7.1", text="451 4.7.1 too many mails"))
    row = w.explain("alice@one.test")["rows"]["nyc"]
    tap.ok(float(row["deferral_ms"]) > 60000, "deferrals count at once", row)
    hearts.silent.discard("nyc")
    status, body = w.http("/metrics")
    tap.ok(status == 200 and 'nearpost_deliveries_total{status="deferred"} 12' in body
           and 'nearpost_deferrals_total{cause="rate"} 12' in body
           and 'nearpost_gateway_live{gateway="tyo"} 1' in body,
           "metrics count them", body[:3000])
    tap.ok(wait_for(lambda: "\nrate" in w.redis_cli("XREVRANGE", "nearpost:events", "+", "-", "COUNT", "1")),
           "the event says why", w.redis_cli("XREVRANGE", "nearpost:events", "+", "-", "COUNT", "1"))


def ejection(tap, w, hearts):
    def verdict():
        rows = w.explain("alice@one.test")["rows"]
        return rows.get("tyo", {}).get("verdict")
    hearts.silent.add("tyo")
    tap.ok(wait_for(lambda: verdict() == "silent", 6), "a silent gateway is ejected")
    answer = w.select("alice@one.test")
    tap.ok("tyo" not in answer["gateways"], "and not chosen", answer)
    hearts.silent.discard("tyo")
    tap.ok(wait_for(lambda: verdict() == "eligible", 5), "it comes back by itself")
    hearts.silent.add("tyo")
    time.sleep(2 * HEARTBEAT)
    hearts.agents["tyo"].hello(report_interval_ms=2000)
    hearts.agents["tyo"].report(rtt=hearts.rtt["tyo"]())
    time.sleep(4.5)
    tap.equal(verdict(), "eligible", "one that says it reports every 2 s has longer")
    tap.ok(wait_for(lambda: verdict() == "silent", 6), "but not for ever")
    hearts.agents["tyo"].hello()
    hearts.silent.discard("tyo")
    tap.ok(wait_for(lambda: verdict() == "eligible", 5), "and it comes back, too")
    hearts.silent.add("tyo")
    time.sleep(2 * HEARTBEAT)
    w.admin("refused", gateway="tyo")
    tap.equal(verdict(), "refused", "one that refused a connection is out")
    hearts.silent.discard("tyo")
    tap.ok(wait_for(lambda: verdict() == "eligible", 5), "until it reports again")
    w.admin("drain", gateway="tyo")
    tap.equal(verdict(), "drained", "an admin can drain a gateway")
    w.admin("resume", gateway="tyo")
    tap.equal(verdict(), "eligible", "and put it back")
    hearts.silent.update(GATEWAYS)
    tap.ok(wait_for(lambda: "no gateway is alive" in
                    w.select("alice@one.test")["action"], 6),
           "with all of them silent stubs wait")
    for _ in range(5):
        w.select("alice@one.test")
    tap.equal(w.policyd.log().count("no gateway is alive: of 3"), 1,
              "one warning a minute, not one a stub")
    tap.equal(w.http("/readyz")[0], 503, "not ready")
    hearts.silent.clear()
    tap.ok(wait_for(lambda: w.http("/readyz")[0] == 200, 5), "ready again")


def redis_outages(tap, w):
    w.redis.kill(signal.SIGSTOP)
    try:
        start = time.monotonic()
        slow = w.talk()
        slow.send({"request": "nearpost_select", "campaign": "spring",
                   "recipient": "alice@one.test"})
        ping = w.admin("ping")
        tap.ok(ping["action"] == "OK" and time.monotonic() - start < 1.0,
               "a silent Redis holds up no other request")
        answer = slow.read()
        took = time.monotonic() - start
        tap.ok(answer["action"].startswith("DEFER") and
               "recipient database" in answer["action"], "the stub waits", answer)
        tap.ok(1.9 < took < 10.0, "and is told after redis_timeout", took)
        start = time.monotonic()
        answers = [w.select("alice@one.test") for _ in range(10)]
        took = time.monotonic() - start
        tap.ok(all(a["action"].startswith("DEFER") for a in answers) and took < 2.0,
               "the next ones are told at once", took, answers)
    finally:
        w.redis.kill(signal.SIGCONT)
    tap.ok(wait_for(lambda: w.select("alice@one.test")["action"] == "RELAY", 10),
           "it goes on when Redis does", w.policyd.log()[-2000:])

    w.redis.kill()
    w.redis.proc.wait()
    tap.ok(wait_for(lambda: w.select("alice@one.test")["action"].startswith("DEFER"), 5),
           "with Redis killed stubs wait")
    tap.equal(w.admin("ping")["redis"], "down", "ping says that Redis is down")
    tap.ok(w.http("/healthz")[0] == 200 and w.http("/readyz")[0] == 503,
           "healthy, but not ready")
    w.redis.start()
    tap.ok(wait_for(lambda: w.select("alice@one.test")["action"] == "RELAY", 15),
           "it goes on when Redis is back", w.policyd.log()[-2000:])


def current(w):
    text = w.http("/metrics")[1]
    return [int(re.search(r"(?m)^nearpost_%s_current (\d)$" % what, text).group(1))
            for what in ("config", "assets")]


def reloads(tap, w, hearts):
    old = w.digest
    tap.equal(current(w), [1, 1], "what was started with is current")
    w.assets(CAMPAIGN.replace("Hello", "Good day"), good=False)
    answer = w.admin("reload")
    tap.ok(answer["action"].startswith("REJECT"), "a badly signed set is refused", answer)
    tap.equal(w.select("alice@one.test").get("asset_digest"), old, "the old one stays")
    tap.equal(current(w), [1, 0], "and is told not to be current")
    tap.ok("MANIFEST" in w.admin("ping").get("assets_error", ""), "and why", w.admin("ping"))
    w.assets(CAMPAIGN.replace("Hello", "Good day"))
    tap.equal(w.admin("reload")["action"], "OK", "a good one is taken")
    tap.ok(wait_for(lambda: w.select("alice@one.test").get("asset_digest") == w.digest, 5),
           "once a gateway holds it", w.select("alice@one.test"))
    hearts.silent.add("tyo")  # it will be turned away
    time.sleep(2 * HEARTBEAT)
    w.configure(gateways=("lon", "nyc"))
    w.policyd.kill(signal.SIGHUP)
    tap.ok(wait_for(lambda: "tyo" not in w.explain("alice@one.test")["rows"], 5),
           "SIGHUP takes a gateway out of the table")
    w.lab.write("nearpost.conf", "nonsense = 1\n")
    answer = w.admin("reload")
    tap.ok(answer["action"].startswith("REJECT") and
           w.select("bob@two.test")["action"] == "RELAY",
           "a broken configuration changes nothing", answer)
    tap.equal(current(w), [0, 1], "and is told not to be current")
    tap.equal(w.admin("ping").get("config"), "stale", "to nearpostctl status, too")
    w.configure()
    tap.equal(w.admin("reload")["action"], "OK", "a good one does")
    hearts.agents["tyo"] = w.agent("tyo")
    hearts.agents["tyo"].hello()
    hearts.silent.discard("tyo")
    tap.equal(current(w), [1, 1], "all is current")
    w.configure(gateways=("lon", "nyc"))
    tap.ok(wait_for(lambda: current(w) == [0, 1], 5),
           "nor is a file that is not taken up by itself", current(w))
    w.configure()
    tap.ok(wait_for(lambda: current(w) == [1, 1], 5), "until it is mended", current(w))


def campaigns(tap, w):
    """What campaign.conf says of data and times."""
    def changed(more):
        w.assets(more + CAMPAIGN)
        return w.admin("reload")["action"] == "OK"
    stranger = {"var__city": "Cork"}
    tap.ok(w.select("eve@one.test", **stranger)["action"].startswith("REJECT"),
           "without a default a variable is missing")
    tap.ok(changed('defaults = {"first_name = friend", "lang = de"}\n'), "defaults are taken")
    tap.ok(wait_for(lambda: w.select("eve@one.test", **stranger).get("creative") == "hero-de", 5),
           "they fill what stub and record lack, in the choice too",
           w.select("eve@one.test", **stranger))
    answer = w.select("alice@one.test")
    tap.equal((answer.get("creative"), answer.get("data.first_name"), answer.get("data.lang")),
              ("hero-en", "Alice", "en"), "the record goes first, and all of it that has a "
              "default travels")
    for more, says in (('valid_from = "2099-12-31"\n',
                        "begins on 2099-12-31 00:00 UTC (valid_from = 2099-12-31): send it then"),
                       ('valid_until = "2020-02-28"\n', "ended on 2020-02-29 00:00 UTC")):
        tap.ok(changed(more), more.strip())
        answer = w.select("alice@one.test")
        tap.ok(answer["action"].startswith("REJECT") and says in answer["action"],
               "a stub is refused at once, with the date", answer)
        tap.ok(w.explain("alice@one.test")["verdict"].startswith("REJECT campaign spring"),
               "and explain says the same", w.explain("alice@one.test"))
    tap.ok(changed(""), "as it was")


def restarts(tap, w):
    """What was measured is there after a restart, before anything is measured
    anew."""
    tap.ok(wait_for(lambda: "lon:rtt_us" in w.redis_cli(
        "HGETALL", "nearpost:site:{two.test}"), 10), "sites are written to Redis")
    def connects():
        return len(re.findall(r"redis=\S+ connected", w.policyd.log()))
    w.admin("drain", gateway="nyc")
    tap.ok(wait_for(lambda: w.redis_cli("HEXISTS", "nearpost:drained", "nyc") == "1"),
           "drained is written to Redis")
    w.policyd.kill()
    w.policyd.proc.wait()
    before = connects()
    w.start_policyd()
    tap.ok(wait_for(lambda: connects() > before), "Redis is found again")
    agents = {g: w.agent(g) for g in GATEWAYS}
    for a in agents.values():
        a.hello()
        a.report()
    answer = w.select("bob@two.test")
    tap.equal(answer.get("gateways", "")[:3], "lon", "the nearest is known after kill -9")
    tap.equal(w.explain("bob@two.test")["rows"]["lon"]["rtt_source"], "loaded",
              "from what was measured before")
    tap.equal(w.explain("bob@two.test")["rows"]["nyc"]["verdict"], "drained",
              "a drained gateway stays drained")
    for a in agents.values():
        a.close()


def without_redis_send(tap, lab):
    """Redis away, and the admin wants to send all the same.  With the Redis user
    that the man page recommends, who may no more than that."""
    w = World(lab, without_redis="send", stale_after="4s", redis_user="nearpost",
              redis_password_file=lab.write("redis.password",
                                            "geheim\n# of nearpost\n", 0o600))
    w.redis.start()
    wait_for(lambda: unix_socket_answers(w.path("redis.sock")))
    w.redis_cli(*recommended_acl())
    w.recipient("alice@one.test", first_name="Alice", lang="en")
    w.redis_cli("ZADD", "nearpost:suppressed", "1764000000000", "mallory@one.test")
    w.redis_cli("HSET", "nearpost:suppressed:{mallory@one.test}", "reason", "x")
    w.dns.start()
    w.start_policyd()
    tap.ok(w.policyd.wait_log("suppression list in memory: 1 "),
           "the suppression list is read into memory", w.policyd.log())
    said = run(os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
               w.path("nearpost.conf"), "recipients", "show", "alice@one.test")
    tap.ok(b"first_name=Alice" in said, "nearpostctl reads the same password file",
           said)
    hearts = Hearts(w, {g: rtts(10000, 10000) for g in GATEWAYS})
    old = w.lab.write("old.csv", "address,since\n" + "".join(
        "old%d@one.test,2020-01-01\n" % i for i in range(4999)))
    run(os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", w.path("nearpost.conf"),
        "suppress", "import", old)
    tap.ok(wait_for(lambda: re.search(r"(?m)^nearpost_suppressed_in_memory 5000$",
                                      w.http("/metrics")[1]), 12),
           "what was asked for years ago is followed as well",
           re.findall("(?m)^nearpost_suppressed.*", w.http("/metrics")[1]))
    w.redis.kill(signal.SIGSTOP)
    try:
        answer = w.select("bob@one.test", var__first_name="B", var__lang="en")
        tap.equal(answer["action"], "RELAY", "a stub that needs no record goes out")
        answer = w.select("alice@one.test")
        tap.ok(answer["action"].startswith("DEFER"),
               "one that needs the record waits", answer)
        answer = w.select("mallory@one.test", var__first_name="M", var__lang="en")
        tap.ok(answer["action"].startswith("DEFER"),
               "a suppressed recipient is not mailed", answer)
        tap.ok(wait_for(lambda: w.select(
            "bob@one.test", var__first_name="B", var__lang="en")
            ["action"].startswith("DEFER"), 15),
            "after stale_after all wait")
    finally:
        w.redis.kill(signal.SIGCONT)
    # As an agent does: again until it is taken.
    late = event(int(time.time() * 1e6))
    tap.ok(wait_for(lambda: hearts.agents["tyo"].events(late)["action"] == "OK",
                    20), "events are taken as soon as the database is back")
    tap.ok(wait_for(lambda: w.redis_cli("XLEN", "nearpost:events") == "1" and
                    w.redis_cli("EXISTS", "nearpost:gw:{tyo}", "nearpost:mean_bytes",
                                "nearpost:campaign:{spring}") == "3", 20),
           "the Redis user of the man page is enough", w.policyd.log()[-3000:])
    tap.ok("refuses" not in w.policyd.log(), "Redis refused nothing",
           w.policyd.log()[-3000:])
    hearts.stop()


def recommended_acl():
    with open(os.path.join(TOP_SRC, "contrib/redis/nearpost.acl"), encoding="utf-8") as f:
        found = re.search(r"^user nearpost (.*)$", f.read(), re.M).group(1)
    return ["ACL", "SETUSER", "nearpost"] + re.sub("CHANGE-ME-.", "geheim", found).split()


def check_configuration(tap, w):
    """-n, with what the file names at hand and without."""
    text = open(w.path("nearpost.conf"), encoding="utf-8").read()

    def run(text, *argv):
        return subprocess.run([w.policyd.argv[0], *argv, "-c", w.lab.write("n.conf", text)],
                              check=False, timeout=30, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    done = run(text, "-n")
    tap.ok(done.returncode == 0 and b"FAILED" not in done.stdout,
           "-n likes a good file, and what it names", done.stdout)
    for name, old, new in (
            ("policyd.redis", "redis.sock", "nobody.sock"),
            ("policyd.tls_cert", "tls/policyd.pem", "tls/nix.pem"),
            ("policyd.assets", 'assets = "', 'assets = "/nonexistent'),
            ("policyd.listen", "unix:" + w.path("policyd.sock"), "unix:/nonexistent/s"),
            ("policyd.dns_servers", "127.0.0.1:%d" % w.dns_port, "127.0.0.1:9")):
        done = run(text.replace(old, new, 1), "-n")
        tap.ok(done.returncode == 69 and
               set(re.findall(rb"FAILED +(\S+)", done.stdout)) - {b"policyd.tls_key"} ==
               {name.encode()}, "-n says that %s cannot be used, and nothing else" % name,
               done.stdout)
    tap.equal(run(text, "-e", "gateway.lon.host").stdout, b"lon.gw.test\n",
              "-e prints a setting")
    tap.equal(run(text, "-e", "policyd.colour").returncode, 64, "and knows what is none")


def main_world(tap, lab):
    w = World(lab, redis_timeout="2s")
    # Redis comes later: the daemon starts all the same.
    w.dns.start()
    w.start_policyd()
    hearts = Hearts(w, {"tyo": rtts(5000, 200000), "lon": rtts(90000, 4000),
                        "nyc": rtts(150000, 90000)})
    answer = w.select("alice@one.test")
    tap.ok(answer["action"].startswith("DEFER"), "started without Redis: stubs wait",
           answer)
    w.redis.start()
    tap.ok(w.policyd.wait_log(r"redis=\S+ connected"), "Redis is found when it comes up")
    w.recipient("alice@one.test", first_name="Alice", lang="en", secret="x",
                **{"items.1.name": "Fern", "items.2.name": "Moss", "items2": "x"})
    w.recipient("bob@two.test", first_name="Bob", lang="de")
    w.recipient("carol@uno.test", first_name="Carol", lang="en")
    w.recipient("mallory@one.test", first_name="Mallory", lang="en")
    w.redis_cli("HSET", "nearpost:suppressed:{mallory@one.test}", "reason",
                "asked us to", "since_ms", "1764000000000")
    check_configuration(tap, w)
    choices(tap, w)
    refusals(tap, w)
    bookings(tap, w)
    explaining(tap, w)
    malformed(tap, w)
    agents(tap, w, hearts)
    events(tap, w, hearts)
    ejection(tap, w, hearts)
    redis_outages(tap, w)
    reloads(tap, w, hearts)
    campaigns(tap, w)
    hearts.stop()
    restarts(tap, w)
    log = w.policyd.log()
    tap.ok("Sanitizer" not in log, "no sanitizer complains", log[-3000:])
    tap.equal(w.policyd.stop(), 0, "it ends when told to")


need("redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests:
    with Lab() as first:
        main_world(all_tests, first)
    with Lab() as second:
        without_redis_send(all_tests, second)
