"""Redis as ops see it: nearpost-redis(7) against what the programs really write,
its cookbook, the ACL we ship, a password, TLS by stunnel, and a Redis that minds
the slots of a cluster."""

import binascii
import json
import os
import re
import subprocess
import time

from nppolicyd import *

PAGE = os.path.join(TOP_SRC, "policyd/nearpost-redis.7")
ACL = os.path.join(TOP_SRC, "contrib/redis/nearpost.acl")
STUNNEL = os.path.join(TOP_SRC, "contrib/redis/stunnel.conf")
TICKET = "0123456789abcdef0123456789abcdef"  # the page's
QUEUE_ID = "4jYGr22XFCz1c9ZB"
TYPES = {"Hash": "hash", "Set": "set", "Sorted set": "zset", "Stream": "stream",
         "String": "string"}
SECONDS = {"seconds": 1, "day": 86400, "days": 86400}
# Their fields are named by what is outside: columns, gateways, numbers of events.
FREE = ("rcpt{}", "drained", "held", "delivered{}")


class Key:
    def __init__(self, text):
        kind, ttl = re.match(r"(Hash|Set|Sorted set|Stream|String)[,:] (for ever|\d+ \w+)",
                             text).groups()
        self.type, self.fields = TYPES[kind], set()
        self.ttl = -1
        if ttl != "for ever":
            n, unit = ttl.split()
            self.ttl = int(n) * SECONDS[unit]


def documented():
    """The page's keys; "gw{}" is one with a hash tag."""
    with open(PAGE, encoding="utf-8") as f:
        lines = f.read().split("\n")
    keys, key, depth = {}, None, 0
    for i, line in enumerate(lines):
        if line.startswith(".Bl"):
            depth += 1
        elif line.startswith(".El"):
            depth -= 1
        elif line.startswith(".It Li nearpost:"):
            name = re.match(r"\.It Li nearpost:([a-z_]+)(:\{)?", line)
            key = keys[name[1] + ("{}" if name[2] else "")] = Key(lines[i + 1])
        elif line.startswith(".It") and depth == 2:
            for word in line[4:].split(" , "):
                word = re.sub(r"Ar ID Ns Li ", "", word)
                word = re.sub(r"^Li ", "", word).split(" ")[0]
                key.fields.add(word)
    return keys


def passwords():
    return ["pw-%d-of-the-test" % i for i in range(4)]


class Guarded(World):
    """With the ACL that we ship; `who` is the user that commands are given as."""

    who = "default"

    def __init__(self, lab):
        super().__init__(lab, redis_user="nearpost",
                         redis_password_file=lab.path("nearpost.pw"))
        with open(ACL, encoding="utf-8") as f:
            text = f.read()
        self.users = dict(zip(("default", "nearpost", "npctl", "npops"), passwords()))
        for i, (user, password) in enumerate(self.users.items()):
            text = text.replace("CHANGE-ME-%d" % i, password)
            lab.write(user + ".pw", password + "\n")
        assert "CHANGE-ME" not in text
        self.redis.argv += ["--aclfile", lab.write("users.acl", text)]

    def cli(self, *argv, user="default"):
        """What redis-cli prints, errors too."""
        done = subprocess.run(
            ["redis-cli", "-s", self.path("redis.sock"), "--user", user, "--pass",
             self.users[user], "--no-auth-warning", *argv], check=False, timeout=20,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode().strip()

    def redis_cli(self, *argv):
        return self.cli(*argv)


def ctl(w, *argv):
    """nearpostctl as its own user."""
    with open(w.path("nearpost.conf"), encoding="utf-8") as f:
        text = f.read().replace('redis_user = "nearpost"', 'redis_user = "npctl"')
    text = text.replace(w.path("nearpost.pw"), w.path("npctl.pw"))
    conf = w.lab.write("npctl.conf", text + 'milter { policyd = "unix:%s" }\n' %
                       w.path("policyd.sock"))
    done = subprocess.run([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", conf, *argv],
                          check=False, timeout=30, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def event(seq, status="sent", **more):
    attrs = {"seq": seq, "status": status, "ticket": TICKET, "queue_id": QUEUE_ID,
             "campaign": "spring", "creative": "hero-en", "recipient": "alice@one.test",
             "relay_host": "mx1.one.test", "relay_ip": "127.0.0.2", "dsn": "2.0.0",
             "text": "250 2.0.0 taken", "conn_use": 2, "size_bytes": 1000,
             "requested_ms": 1764000000000, "received_ms": 1764000003000,
             "ttr_ms": 3000, "a_us": 0, "b_us": 0, "c_us": 0, "d_us": 10000}
    attrs.update(more)
    return ";".join("%s=%s" % p for p in attrs.items())


def fill(tap, w):
    """All that the programs ever write, by the programs."""
    people = w.lab.write("people.csv", "email,first_name,lang\n"
                         "alice@one.test,Alice,en\nbob@two.test,Bob,de\n"
                         "mallory@one.test,Mallory,en\n")
    for argv in (("recipients", "import", people),
                 ("suppress", "add", "mallory@one.test", "--reason", "asked us to"),
                 ("suppress", "add", "bob@two.test"),
                 ("suppress", "remove", "bob@two.test")):
        code, said = ctl(w, *argv)
        tap.equal(code, 0, "nearpostctl %s %s" % argv[:2])
        if code:
            tap.note(said)
    agents = {g: w.agent(g) for g in GATEWAYS}
    for a in agents.values():
        a.hello(report_interval_ms=60000)
        a.report(queue_bytes=4711, queue_messages=3)
    w.select("alice@one.test", ticket=TICKET, routable="tyo")
    for g, a in agents.items():
        a.report(rtt=[("mx1.one.test", 5000)], round_ms=2, queue_bytes=4711,
                 queue_messages=3)
    w.select("mallory@one.test")
    w.select("alice@one.test", creative="nope")
    w.select("alice@one.test", routable="")
    undone = w.select("alice@one.test")["booking"]
    w.admin("unbook", booking=undone)
    tyo, seq = agents["tyo"], int(time.time() * 1e6)
    tyo.events(event(seq))
    # A greeting that takes its time: 60 ms beside round trips of 5.
    tyo.events(event(seq + 1, conn_use=1, c_us=180000, ticket="%032x" % 1))
    tyo.events(*[event(seq + 2 + i, ticket="%032x" % (2 + i)) for i in range(20)])
    tyo.events(*[event(seq + 30 + i, "deferred", dsn="4.7.1", ticket="%032x" % (90 + i),
                       text="451 4.7.1 too many mails") for i in range(3)])
    tyo.events(event(seq + 40, "bounced", dsn="5.1.1", text="550 5.1.1 no such user"))
    ctl(w, "gateways", "drain", "lon", "--reason", "new disk")
    tap.equal(ctl(w, "erase", "carol@two.test")[0], 0, "nearpostctl erase")
    for argv in (("events", "-n", "3"), ("campaigns",), ("why", "alice@one.test"),
                 ("recipients", "export"), ("suppress", "export"), ("status",)):
        code, said = ctl(w, *argv)
        tap.ok(code == 0 or argv[0] == "status", "nearpostctl " + " ".join(argv), said)
    # The reports of all to go on with; rows are written each second, places each ten.
    wait_for(lambda: w.cli("EXISTS", "nearpost:places") == "1", 15)
    for a in agents.values():
        a.report(rtt=[("mx1.one.test", 5000)], round_ms=2, queue_bytes=4711,
                 queue_messages=3)
    ctl(w, "pause", "spring", "--reason", "wrong price")
    time.sleep(1.5)
    return agents


def kind_of(key):
    found = re.fullmatch(r"nearpost:([a-z_]+)(:\{.*\})?", key)
    return found and found[1] + ("{}" if found[2] else "")


def fields_of(w, key, kind):
    if kind == "hash":
        return w.cli("HKEYS", key).split("\n")
    # Each entry of a stream as one list.
    text = w.cli("--json", "XRANGE", key, "-", "+")
    return [name for _, pairs in json.loads(text) for name in pairs[::2]]


def as_documented(tap, w):
    keys, seen = documented(), {}
    tap.ok(len(keys) > 15 and len(keys["gw{}"].fields) > 20, "the page was read", keys)
    for key in w.cli("--scan").split("\n"):
        kind = kind_of(key)
        if kind not in keys:
            tap.ok(False, "the page has the key %s" % key)
            continue
        seen.setdefault(kind, []).append(key)
    for kind, page in sorted(keys.items()):
        if not tap.ok(kind in seen, "there is a key %s" % kind):
            continue
        key = seen[kind][0]
        tap.equal(w.cli("TYPE", key), page.type, "%s is a %s" % (kind, page.type))
        ttl = int(w.cli("TTL", key))
        tap.ok(ttl == page.ttl or page.ttl > 0 and page.ttl * 0.9 - 60 < ttl <=
               page.ttl + 1, "%s lives as long as the page says" % kind, ttl, page.ttl)
        if page.type not in ("hash", "stream") or kind in FREE:
            continue
        names = {re.sub(r"^(%s):" % "|".join(GATEWAYS), ":", n)
                 for k in seen[kind] for n in fields_of(w, k, page.type)}
        tap.equal(sorted(names - page.fields), [], "every field of %s is on the page" % kind)
        tap.equal(sorted(page.fields - names), [], "and every one on the page was seen")


def cookbook():
    with open(PAGE, encoding="utf-8") as f:
        lines = re.findall(r"(?m)^\.Dl (redis-cli .*)$", f.read())
    return [line.replace(r"\&", "").replace(r"\e", "\\") for line in lines]


# What the output must match, whole.
COOKED = {
    "HGETALL nearpost:gw:{tyo}": r"(?s).*queue_bytes\n4711\b.*",
    "SMEMBERS nearpost:gateways": r"((tyo|lon|nyc)\n?){3}",
    "HGET nearpost:gw:{tyo} queue_bytes": r"4711",
    "HGETALL nearpost:drained": r"lon\n\d{13} 0 new disk",
    "HGETALL nearpost:site:{example.org}": r"(?s).*hosts\nmx1\.one\.test\b.*",
    "HGET nearpost:site:{example.org} tyo:rtt_us": r"5\d\d\d|4\d\d\d",
    "HGETALL nearpost:campaign:{spring-2026}": r"(?s).*relayed\n2\b.*",
    "HMGET nearpost:campaign:{spring-2026} ttr_ms_sum sent": r"[23]\d\d\d(\.\d+)?",
    "XREVRANGE nearpost:events + - COUNT 20": r"(?s)\d+-\d+\nstatus\nbounced\n.*",
    "XRANGE nearpost:events $(date": r"(?s)\d+-\d+\nstatus\nsent\n.*",
    "XREVRANGE nearpost:events + - COUNT 1000 | grep": r"(?s).*3 rate.*",
    "XREAD BLOCK": r"(?s)nearpost:events\n.*status\nsent\n.*",
    "GET nearpost:decision:": r"(?s)at_ms=\d+;campaign=spring;.*\nid=.*",
    "HVALS nearpost:delivered:": r"(?s)gateway=tyo;.*status=sent;.*",
    "GET nearpost:queue:": "[0-9a-f]{32}",
    "EXISTS nearpost:suppressed:": "1",
    "EXISTS nearpost:suppressed:{sha256:": "1",
    "HGETALL nearpost:suppressed:": r"(?s).*asked us to.*",
    "ZCARD nearpost:suppressed": "2",
    "ZRANGE nearpost:suppressed": r"(?s).*mallory@one\.test\n\d{13}.*",
    "HGETALL nearpost:rcpt:": r"(?s).*first_name\nAlice.*",
    "--scan --pattern": "3",
    "ZRANGE nearpost:daemons": r"[0-9a-f]{16}\n\d{13}",
    "CLIENT LIST": r"name=nearpost-policyd",
    "MEMORY USAGE": r"\d{4,}",
    "INFO commandstats": r"(?s).*cmdstat_hgetall:.*",
}


def cook(tap, w, agents):
    """Every line as it stands, by a user who may only look."""
    os.makedirs(w.path("bin"), exist_ok=True)
    wrapper = w.lab.write("bin/redis-cli", """#!/bin/sh
exec /usr/bin/redis-cli -s %s --user npops --pass %s --no-auth-warning "$@"
""" % (w.path("redis.sock"), w.users["npops"]))
    os.chmod(wrapper, 0o755)
    lines, used = cookbook(), set()
    tap.ok(len(lines) > 20, "the page has a cookbook", lines)
    for line in lines:
        known = [k for k in COOKED if line.startswith("redis-cli " + k)]
        if not tap.ok(known, "the test knows what to expect of: " + line):
            continue
        best = max(known, key=len)
        used.add(best)
        for old, new in (("mallory@example.org | sha", "carol@two.test | sha"),
                         ("spring-2026", "spring"), ("{example.org}", "{one.test}"),
                         ("@example.org", "@one.test")):
            line = line.replace(old, new)
        shell = subprocess.Popen(
            ["bash", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, PATH=w.path("bin") + ":" + os.environ["PATH"]))
        if "BLOCK" in line:
            time.sleep(0.5)
            agents["nyc"].events(event(int(time.time() * 1e6), ticket="%032x" % 999))
        out = shell.communicate(timeout=20)[0].decode().strip()
        tap.ok(re.fullmatch(COOKED[best], out), "it says what it should: " + best, out)
    tap.equal(sorted(set(COOKED) - used), [], "all expectations were of lines on the page")


def guarded(tap, w):
    tap.equal(w.cli("ACL", "LOG"), "", "nobody was refused a command")
    refused = re.search(r"(?m)^nearpost_redis_refused_total (\d+)", w.http("/metrics")[1])
    tap.equal(refused[1], "0", "policyd saw no error")
    for user, argv in (("nearpost", ("FLUSHALL",)), ("nearpost", ("KEYS", "*")),
                       ("nearpost", ("CONFIG", "SET", "maxmemory", "1")),
                       ("nearpost", ("GET", "another:key")),
                       ("nearpost", ("EVAL", "return 1", "0")),
                       ("npctl", ("FLUSHDB",)), ("npctl", ("KEYS", "*")),
                       ("npctl", ("CONFIG", "SET", "maxmemory", "1")),
                       ("npops", ("SET", "nearpost:x", "1")),
                       ("npops", ("DEL", "nearpost:events")), ("npops", ("KEYS", "*")),
                       ("npops", ("GET", "another:key")),
                       ("npops", ("CLIENT", "KILL", "ID", "1"))):
        tap.ok("NOPERM" in w.cli(*argv, user=user), "%s may not: %s" % (user, argv[0]))
    for argv in (("SLOWLOG", "GET"), ("SLOWLOG", "LEN"), ("LATENCY", "LATEST")):
        tap.ok("NOPERM" not in w.cli(*argv, user="npops"), "npops may: %s %s" % argv)
    done = subprocess.run(["redis-cli", "-s", w.path("redis.sock"), "PING"], check=False,
                          stdout=subprocess.PIPE, timeout=10)
    tap.ok(b"NOAUTH" in done.stdout, "who has no password may nothing", done.stdout)


def slots(tap, lines):
    """Every command, and every transaction, stays within one hash tag."""
    seen, across, open_by = set(), [], {}
    for line in lines:
        found = re.match(r'[\d.]+ \[\d+ ([^\]]+)\] (.*)$', line)
        if not found:
            continue
        words = re.findall(r'"((?:[^"\\]|\\.)*)"', found[2])
        verb = words[0].upper()
        keys = {w for w in words[1:] if w.startswith("nearpost:")}
        seen.add(verb)
        if verb == "MULTI":
            open_by[found[1]] = set()
        if found[1] in open_by:
            open_by[found[1]] |= keys
            keys = open_by[found[1]]
        if verb == "EXEC":
            open_by.pop(found[1], None)
        if verb == "SCAN":
            continue
        tags = {re.sub(r".*?\{(.+?)\}.*", r"\1", k) for k in keys}
        if len({binascii.crc_hqx(t.encode(), 0) % 16384 for t in tags}) > 1:
            across.append(line)
    tap.ok({"HGETALL", "HSET", "XADD", "XREAD", "MULTI", "EXEC", "ZADD", "SET", "HINCRBY",
            "DEL", "SCAN"} <= seen, "what the programs say was overheard", sorted(seen))
    tap.equal(across, [], "no command and no transaction spans two slots")


def main_world(tap, lab):
    w = Guarded(lab)
    w.start()
    spy = lab.own(Program(lab, "monitor", [
        "redis-cli", "-s", w.path("redis.sock"), "--pass", w.users["default"],
        "--no-auth-warning", "MONITOR"]))
    spy.start()
    wait_for(lambda: "OK" in spy.log(), 5)
    tap.ok("connected" in w.policyd.log(), "policyd logs in as its own user",
           w.policyd.log())
    agents = fill(tap, w)
    code, said = ctl(w, "audience", "spring")
    tap.equal(code, 0, "nearpostctl reads all recipients")
    as_documented(tap, w)
    cook(tap, w, agents)
    guarded(tap, w)
    spy.stop()
    slots(tap, [l for l in spy.log().split("\n") if '"nearpost:' in l or
                '"MULTI"' in l or '"EXEC"' in l or '"SCAN"' in l])
    w.policyd.stop()
    lab.write("nearpost.pw", "wrong\n")
    w.policyd.start()
    tap.ok(w.policyd.wait_log(r"WRONGPASS"), "a wrong password is said", w.policyd.log())
    w.policyd.stop()


def stunnel_conf(lab, w, port, tls_port, **more):
    """The example with the test's places in it."""
    with open(STUNNEL, encoding="utf-8") as f:
        text = f.read()
    values = {"accept": "127.0.0.1:%d" % port, "connect": "127.0.0.1:%d" % tls_port,
              "CAfile": w.path("tls/ca.pem"), "cert": w.path("tls/client.pem"),
              "key": w.path("tls/client.key"), "checkHost": "redis.test"}
    values.update(more)
    for name, value in values.items():
        text, n = re.subn(r"(?m)^%s = .*$" % name, "%s = %s" % (name, value), text)
        assert n == 1, name
    return text


def tls(tap, lab):
    port, tls_port, wrong = free_port(), free_port(), free_port()
    w = World(lab, redis="inet:127.0.0.1:%d" % port)
    w.certificate("redis", "redis.test", "ca")
    w.certificate("client", "client", "ca")
    w.redis.argv += ["--tls-port", str(tls_port), "--tls-cert-file",
                     w.path("tls/redis.pem"), "--tls-key-file", w.path("tls/redis.key"),
                     "--tls-ca-cert-file", w.path("tls/ca.pem")]
    tunnel = lab.own(Program(lab, "stunnel", [
        "stunnel", lab.write("stunnel.conf", stunnel_conf(lab, w, port, tls_port))]))
    tunnel.start()
    w.start()
    w.recipient("alice@one.test", first_name="Alice", lang="en")
    a = w.agent("tyo")
    a.hello()
    a.report()
    tap.ok(wait_for(lambda: w.select("alice@one.test")["action"] == "RELAY", 10),
           "policyd talks TLS with Redis by stunnel, as the example says",
           tunnel.log(), w.policyd.log())
    tap.equal(w.policyd.stop(), 0, "policyd ends")
    other = lab.own(Program(lab, "stunnel2", ["stunnel", lab.write(
        "wrong.conf", stunnel_conf(lab, w, wrong, tls_port, checkHost="other.test"))]))
    other.start()
    wait_for(lambda: "Configuration successful" in other.log(), 5)
    said = subprocess.run(["redis-cli", "-p", str(wrong), "PING"], check=False, timeout=10,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    tap.ok(b"PONG" not in said and "verif" in other.log().lower(),
           "and with no Redis of another name", said, other.log())


def cluster(tap, lab):
    """One node that holds all slots refuses what spans two of them."""
    w = World(lab)
    w.redis.argv += ["--cluster-enabled", "yes", "--port", str(free_port())]
    w.redis.start()
    wait_for(lambda: os.path.exists(w.path("redis.sock")), 5)
    w.redis_cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    wait_for(lambda: "cluster_state:ok" in w.redis_cli("CLUSTER", "INFO"), 10)
    tap.ok("CROSSSLOT" in w.redis_cli("DEL", "nearpost:{a}", "nearpost:{b}"),
           "this Redis minds slots")
    w.dns.start()
    w.start_policyd()
    w.policyd.wait_log(" connected")
    w.users = {}
    w.cli = w.redis_cli
    w.lab.write("npctl.pw", "")
    fill(tap, w)
    tap.equal(w.redis_cli("HGET", "nearpost:campaign:{spring}", "sent"), "22",
              "all went its way")
    refused = re.search(r"(?m)^nearpost_redis_refused_total (\d+)", w.http("/metrics")[1])
    tap.equal(refused[1], "0", "and Redis refused nothing")
    tap.ok("refuses" not in w.policyd.log(), "nothing in the log", w.policyd.log()[-2000:])


need("redis-server", "redis-cli", "dnsmasq", "openssl", "stunnel")
with Tap() as all_tests:
    for world in (main_world, tls, cluster):
        with Lab() as one_lab:
            world(all_tests, one_lab)
