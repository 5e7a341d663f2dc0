"""/metrics: what Prometheus finds there, whether it may complain, and whether the
alerts and the dashboard that we ship ask for what there is."""

import json
import os
import re
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

from nppolicyd import *

CONTRIB = os.path.join(TOP_SRC, "contrib")
RULES = os.path.join(CONTRIB, "prometheus/nearpost.rules.yml")
DASHBOARD = os.path.join(CONTRIB, "grafana/nearpost.json")
NAME = re.compile(r"\bnearpost_[a-z_]+\b")
LINE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')
LABELS = {"gateway", "reason", "cause", "action", "status", "le", "version"}


class Page:
    """A scrape: types by family, values by name and labels."""

    def __init__(self, text):
        self.text, self.types, self.values, self.labels = text, {}, {}, set()
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.types[name] = kind
            elif not line.startswith("#"):
                name, labels, value = LINE.match(line).groups()
                pairs = LABEL.findall(labels or "")
                self.labels.update(p[0] for p in pairs)
                self.values[name, frozenset(pairs)] = float(value)

    def get(self, name, **labels):
        return self.values.get((name, frozenset(labels.items())))

    def series(self):
        """Every name that a query may use."""
        return {name for name, _ in self.values} | set(self.types)


def scrape(w):
    return Page(w.http("/metrics")[1])


def promtool(*argv, data=None):
    done = subprocess.run(("promtool",) + argv, input=data, check=False, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def event(seq, ticket, status="sent", **more):
    attrs = {"seq": seq, "status": status, "ticket": ticket, "campaign": "spring",
             "creative": "hero-en", "recipient": "alice@one.test", "queue_id": "4abc",
             "relay_host": "mx1.one.test", "conn_use": 2, "size_bytes": 1002250,
             "requested_ms": 1764000000000, "received_ms": 1764000003000,
             "ttr_ms": 3000, "a_us": 0, "b_us": 0, "c_us": 0, "d_us": 10000}
    attrs.update(more)
    return ";".join("%s=%s" % p for p in attrs.items())


def some_mail(w, hearts):
    """Of everything a little.  Returns how many choices were made."""
    chosen = 0
    for i in range(12):
        recipient = ("alice@one.test", "bob@two.test")[i % 2]
        chosen += w.select(recipient)["action"] == "RELAY"
    ticket = "%032x" % 7
    first = w.select("alice@one.test", ticket=ticket)["gateways"].split(",")[0]
    seq = int(time.time() * 1e6)
    hearts.silent.add(first)
    time.sleep(2 * HEARTBEAT)
    hearts.agents[first].events(
        event(seq, ticket), event(seq + 1, "%032x" % 8, "deferred", dsn="4.7.1",
                                  text="451 4.7.1 too many mails"),
        event(seq + 2, "%032x" % 9, "bounced"),
        event(seq + 3, "%032x" % 10, size_bytes=1000))
    hearts.silent.discard(first)
    for argv in (("alice@one.test", "autumn"), ("nonsense", "spring"),
                 ("eve@one.test", "spring"), ("x@gone.test", "spring")):
        w.select(*argv, **({"var__first_name": "X", "var__lang": "en"} if argv[0] == "x@gone.test" else {}))
    w.select("alice@one.test", creative="nope")
    w.select("alice@one.test", var__first_name="a\x01b")
    w.select("alice@one.test", routable="")
    return chosen + 1, first


def doings(gateway, n):
    """Of an agent that counts; nyc's is older, and does not."""
    return {} if gateway == "nyc" else {
        "did.expanded": n, "did.expanded_bytes": 1000 * n, "did.expanding_us": 250 * n,
        "did.refused.ticket": 2, "did.deferred.assets": n, "did.probes": 2 * n,
        "did.probes_failed": n, "did.events_waiting": 3, "did.what": 9,
        "did.repeated": "many"}


def agents(tap, w):
    page = scrape(w)
    get = lambda name, **labels: page.get("nearpost_agent_" + name, gateway="tyo", **labels)
    n = get("expanded_total")
    tap.ok(n and get("expanded_bytes_total") == 1000 * n and
           abs(get("expanding_seconds_total") - n * 250e-6) < 1e-9 and
           get("refused_stubs_total", cause="ticket") == 2 and
           get("deferred_stubs_total", cause="assets") == n and
           get("probes_total") == 2 * n and get("probes_failed_total") == n and
           get("events_waiting") == 3, "what an agent did is told", n)
    tap.ok(get("repeated_stubs_total") is None and get("events_dropped_total") is None and
           "nearpost_agent_repeated_stubs_total" in page.types,
           "what it does not say, or not in figures, is absent")
    tap.ok(not re.search(r'(?m)^nearpost_agent_.*"nyc"', page.text),
           "of an older agent there is nothing")


def certificates(tap, w):
    """Both are told as OpenSSL reads them."""
    def until(name):
        said = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in",
                               w.path("tls/%s.pem" % name)],
                              check=True, text=True, stdout=subprocess.PIPE).stdout
        return ssl.cert_time_to_seconds(said.strip().removeprefix("notAfter="))
    page = scrape(w)
    tap.equal(page.get("nearpost_certificate_not_after_timestamp_seconds"), until("policyd"),
              "our certificate's end is told")
    tap.equal(page.get("nearpost_gateway_certificate_not_after_timestamp_seconds",
                       gateway="tyo"), until("tyo"), "a gateway's, too")


def ejections(tap, w, hearts):
    hearts.silent.add("nyc")
    time.sleep(2 * HEARTBEAT)
    w.admin("refused", gateway="nyc")
    hearts.silent.discard("nyc")
    w.admin("drain", gateway="lon")

    def count(gateway, reason):
        return scrape(w).get("nearpost_gateway_ejections_total", gateway=gateway,
                             reason=reason)
    tap.ok(wait_for(lambda: count("lon", "drained") == 1, 5), "a drain is an ejection")
    tap.equal(count("nyc", "refused"), 1, "so is a refused connection, however short")
    w.admin("resume", gateway="lon")
    hearts.silent.add("tyo")
    tap.ok(wait_for(lambda: count("tyo", "silent") == 1, 8), "so is silence")
    hearts.silent.discard("tyo")
    tap.ok(wait_for(lambda: scrape(w).get("nearpost_gateway_live", gateway="tyo") == 1, 5),
           "it is back")
    tap.equal([count(g, r) for g, r in (("tyo", "silent"), ("tyo", "drained"),
                                        ("lon", "silent"))], [1, 0, 0],
              "each is counted once, and no other")


def values(tap, w, chosen, first, before):
    page = scrape(w)
    one = lambda name, **labels: page.get(name, **labels)
    reasons = sum(v for (n, _), v in page.values.items()
                  if n == "nearpost_decisions_total")
    tap.equal(reasons, chosen, "each choice is counted by its reason")
    tap.equal(sum(v for (n, _), v in page.values.items()
                  if n == "nearpost_gateway_choices_total"), chosen,
              "and by its gateway")
    for cause, n in (("campaign", 1), ("address", 1), ("variable", 2), ("domain", 1),
                     ("creative", 1), ("no_creative", 0), ("unlisted", 0)):
        tap.equal(one("nearpost_rejected_stubs_total", cause=cause), n,
                  "stubs refused for their %s: %d" % (cause, n))
    tap.equal(one("nearpost_deferred_stubs_total", cause="not_routable"), 1,
              "stubs put off are counted by cause")
    bucket = lambda le: one("nearpost_receipt_seconds_bucket", gateway=first, le=le)
    # The clocks are one, so ttr_ms is right to some milliseconds.
    tap.equal([bucket("2.5"), bucket("5"), bucket("+Inf"),
               one("nearpost_receipt_seconds_count", gateway=first)], [0, 2, 2, 2],
              "the time to the recipient is in the histogram of its gateway")
    other = [g for g in GATEWAYS if g != first][0]
    tap.equal(one("nearpost_receipt_seconds_count", gateway=other), 0,
              "and in no other's")
    tap.equal(one("nearpost_delivered_bytes_total"), 1003250, "delivered octets")
    tap.equal(one("nearpost_uplink_saved_bytes_total"), 1000000,
              "less the stub's, and never less than nothing")
    tap.ok(one("nearpost_gateway_predicted", gateway=first) == 1 and
           one("nearpost_gateway_prediction_error_seconds", gateway=first) > 1,
           "the prediction error is there")
    tap.ok(0 < one("nearpost_round_robin_saved_seconds_total") < 60 * chosen,
           "the choice saves something against round robin",
           one("nearpost_round_robin_saved_seconds_total"))
    age = one("nearpost_gateway_rtt_age_seconds", gateway="tyo")
    tap.ok(age is not None and age < 5, "round trips have an age", age)
    tap.equal(one("nearpost_gateway_rtt_measured_ratio", gateway="tyo"), 1,
              "all sites are measured")
    tap.ok(one("nearpost_redis_call_seconds_count") > 10 and
           one("nearpost_redis_call_seconds_bucket", le="3") ==
           one("nearpost_redis_call_seconds_count"), "answers of Redis are timed")
    tap.ok(one("nearpost_redis_answer_age_seconds") < 1.5, "the last one is fresh")
    tap.ok(abs(one("nearpost_start_time_seconds") - before) < 10, "it knows its start")
    tap.ok([n for n, _ in page.values if n == "nearpost_build_info"], "and its build")
    tap.ok(page.labels <= LABELS, "no label but those of few values", page.labels)
    for text in ("one.test", "alice", "spring"):
        tap.ok(text not in page.text, "no series per site, recipient, campaign: " + text)
    return page


def redis_away(tap, w):
    w.redis.stop()
    page = wait_for(lambda: (lambda p: p if p.get("nearpost_redis_up") == 0 and
                             p.get("nearpost_redis_answer_age_seconds") > 1
                             else None)(scrape(w)), 10)
    tap.ok(page, "a Redis that is away shows, and since when")
    w.select("alice@one.test")
    tap.equal(scrape(w).get("nearpost_deferred_stubs_total", cause="database"), 1,
              "stubs that wait for it are counted")
    w.redis.start()
    tap.ok(wait_for(lambda: scrape(w).get("nearpost_redis_up") == 1, 10), "it is back")


def complaints(tap, page):
    rc, said = promtool("check", "metrics", data=page.text.encode())
    tap.ok(rc == 0 and not said.strip(), "promtool has no complaint of the metrics", said)
    rc, said = promtool("check", "rules", RULES)
    tap.ok(rc == 0, "nor of the rules", said)
    rc, said = promtool("check", "config",
                        os.path.join(CONTRIB, "prometheus/prometheus.yml"))
    tap.ok(rc == 0, "nor of the example of a configuration", said)
    rc, said = promtool("test", "rules", RULES.replace(".rules.", ".rules.test."))
    tap.ok(rc == 0 and "SUCCESS" in said, "every alert fires when it must, and only then",
           said)


def dashboard():
    with open(DASHBOARD, encoding="utf-8") as f:
        board = json.load(f)
    return [(p["title"], t["expr"]) for p in board["panels"] for t in p.get("targets", ())]


def names(tap, page):
    with open(RULES, encoding="utf-8") as f:
        rules = f.read()
    with open(RULES.replace(".rules.", ".rules.test."), encoding="utf-8") as f:
        tests = f.read()
    exprs = "\n".join(re.findall(r"(?ms)expr: (.*?)\n +(?:for|labels):", rules))
    tap.ok(exprs.count("nearpost_") > 20, "the rules were read", exprs)
    for name in sorted(set(NAME.findall(exprs))):
        tap.ok(name in page.series(), "the rules ask for %s, which there is" % name)
    for alert in re.findall(r"alert: (\w+)", rules):
        tap.ok('alertname="%s"' % alert in tests, "%s has a test" % alert)
    with open(DASHBOARD, encoding="utf-8") as f:
        asked = set(NAME.findall(f.read()))
    tap.ok(len(asked) > 20, "the dashboard was read", asked)
    for name in sorted(asked):
        tap.ok(name in page.series(), "the dashboard asks for %s, which there is" % name)


class Prometheus(Program):
    """A real one, that scrapes each half second by our rules."""

    def __init__(self, lab, w):
        self.port = free_port()
        conf = lab.write("prometheus.yml", """
global: {scrape_interval: 500ms, evaluation_interval: 1s}
rule_files: [%s]
scrape_configs:
  - job_name: nearpost
    static_configs: [{targets: ["127.0.0.1:%d"]}]
""" % (RULES, w.http_port))
        super().__init__(lab, "prometheus", [
            "/usr/bin/prometheus", "--config.file=" + conf, "--log.level=warn",
            "--storage.tsdb.path=" + lab.path("tsdb"),
            "--web.listen-address=127.0.0.1:%d" % self.port])

    def get(self, path, **query):
        url = "http://127.0.0.1:%d/api/v1/%s?%s" % (
            self.port, path, urllib.parse.urlencode(query))
        try:
            with urllib.request.urlopen(url, timeout=10) as r:
                return json.load(r)["data"]
        except urllib.error.HTTPError as e:
            return {"error": e.read().decode()}
        except OSError:
            return None

    def query(self, expr):
        for name, value in (("$__rate_interval", "1m"), ('"$instance"', '".*"')):
            expr = expr.replace(name, value)
        return self.get("query", query=expr)


def real_prometheus(tap, lab, w, hearts):
    p = lab.own(Prometheus(lab, w))
    p.start()

    def samples():
        got = p.query("count_over_time(nearpost_redis_up[1m])")
        return got and got.get("result") and float(got["result"][0]["value"][1]) >= 3
    if not tap.ok(wait_for(samples, 30), "Prometheus scrapes us", p.log()):
        return
    some_mail(w, hearts)
    time.sleep(2)
    for title, expr in dashboard():
        got = p.query(expr)
        # An increase needs more than one scrape on both sides.
        tap.ok(got and "error" not in got and
               (got["result"] or "ejections" in expr),
               "the dashboard's panel has data: " + title, expr, got)
    groups = p.get("rules")["groups"]
    bad = [r for g in groups for r in g["rules"] if r["health"] not in ("ok", "unknown")]
    tap.ok(groups and not bad, "it evaluates all rules", bad)
    tap.equal(p.get("targets")["activeTargets"][0]["health"], "up", "the target is up")


need("redis-server", "redis-cli", "dnsmasq", "openssl", "promtool", "prometheus")
with Tap() as all_tests, Lab() as the_lab:
    started = time.time()
    world = World(the_lab)
    world.start()
    beats = Hearts(world, {"tyo": rtts(5000, 150000), "lon": rtts(120000, 4000),
                           "nyc": rtts(150000, 90000)}, doings)
    world.recipient("alice@one.test", first_name="Alice", lang="en")
    world.recipient("bob@two.test", first_name="Bob", lang="de")
    wait_for(lambda: world.select("alice@one.test")["action"] == "RELAY", 5)
    done, best = some_mail(world, beats)
    time.sleep(1.2)
    # The first one above, too.
    found = values(all_tests, world, done + 1, best, started)
    agents(all_tests, world)
    certificates(all_tests, world)
    ejections(all_tests, world, beats)
    redis_away(all_tests, world)
    complaints(all_tests, found)
    names(all_tests, found)
    real_prometheus(all_tests, the_lab, world, beats)
    beats.stop()
    all_tests.equal(world.policyd.stop(), 0, "it ends when told to")
