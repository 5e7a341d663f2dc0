"""A nearpost-policyd with what it stands on: a private Redis, a dnsmasq, signed
assets, a CA.  For live tests.

    with Lab() as lab, Tap() as tap:
        w = World(lab)
        w.start()
        tyo = w.agent("tyo")
        tyo.hello(); tyo.report()
        answer = w.select("alice@one.test")
"""

import base64
import hashlib
import os
import re
import socket
import ssl
import subprocess
import threading
import time

from nptest import *

GATEWAYS = ("tyo", "lon", "nyc")
HEARTBEAT = 0.3
CAMPAIGN = """
subject = "Hello {{first_name}}"
required = {"first_name"}
record_fields = {"first_name", "lang", "coupon", "items"}
creative "hero-de" {
    when = "lang == 'de'"
    html = "body.html"
    inline = {"hero.png"}
}
creative "hero-en" {
    when = "lang == 'en'"
    html = "body.html"
}
"""
ZONE = """
mx-host=one.test,mx1.one.test,10
mx-host=uno.test,mx1.one.test,10
mx-host=two.test,mx1.two.test,10
mx-host=two.test,mx2.two.test,10
mx-host=null.test,.,0
host-record=mx1.one.test,127.0.0.2
host-record=mx1.two.test,127.0.0.3
host-record=mx2.two.test,127.0.0.4
host-record=plain.test,127.0.0.5
"""


def run(*argv, data=None, timeout=30):
    done = subprocess.run(argv, input=data, check=False, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError("%r: %s" % (argv, done.stdout.decode(errors="replace")))
    return done.stdout


def encode(attrs):
    return "".join("%s=%s\n" % pair for pair in attrs).encode() + b"\n"


class Talk:
    """Attributes over a socket."""

    def __init__(self, sock, timeout=10.0):
        self.sock = sock
        sock.settimeout(timeout)
        self.buf = b""

    def send(self, attrs):
        self.sock.sendall(encode(attrs.items() if isinstance(attrs, dict) else attrs))

    def read(self):
        """The answer as a dict; None when the connection ended."""
        while b"\n\n" not in self.buf:
            try:
                data = self.sock.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self.buf += data
        head, _, self.buf = self.buf.partition(b"\n\n")
        return dict(line.split("=", 1) for line in head.decode().split("\n"))

    def ask(self, attrs):
        self.send(attrs)
        return self.read()

    def close(self):
        self.sock.close()


class Agent(Talk):
    def __init__(self, world, gateway, cert=None):
        context = ssl.create_default_context(cafile=world.path("tls/ca.pem"))
        context.check_hostname = False
        cert = cert or gateway
        context.load_cert_chain(world.path("tls/%s.pem" % cert),
                                world.path("tls/%s.key" % cert))
        raw = socket.create_connection(("127.0.0.1", world.agent_port), 10)
        super().__init__(context.wrap_socket(raw))
        self.world, self.gateway, self.seq = world, gateway, 0
        self.lock = threading.Lock()  # reports come from a thread of their own

    def ask(self, attrs):
        with self.lock:
            return super().ask(attrs)

    def hello(self, **more):
        return self.ask(dict({"request": "nearpost_hello", "version": "1",
                              "id": self.gateway, "uplink_mbit": "100",
                              "asset_digest": self.world.digest}, **more))

    def report(self, rtt=(), **more):
        self.seq += 1
        attrs = {"request": "nearpost_report", "seq": self.seq,
                 "now_ms": int(time.time() * 1000), "queue_bytes": 0,
                 "queue_messages": 0, "in_flight": 0, "cpu": "0.1",
                 "accepted_bytes": 0, "accepted_messages": 0, "sent_bytes": 0,
                 "assets": self.world.digest}
        for i, (host, us) in enumerate(rtt):
            attrs["rtt.%d" % i] = "%s %d 0" % (host, us)
        attrs.update(more)
        return self.ask(attrs)

    def events(self, *events):
        attrs = [("request", "nearpost_events")]
        attrs += [("event.%d" % i, e) for i, e in enumerate(events)]
        return self.ask(attrs)


class World:
    name = ""  # of a second policyd; see Peer
    limits = {}  # max_rate by site or domain
    gateways = GATEWAYS

    def __init__(self, lab, **settings):
        self.lab, self.path = lab, lab.path
        self.agent_port, self.http_port, self.dns_port = (
            free_port(), free_port(), free_port())
        self.settings = settings
        self.digest = ""
        for d in ("tls", "assets", "keys"):
            os.makedirs(self.path(d))
        self.certificates()
        self.signing_key()
        self.assets()
        self.configure()
        self.redis = lab.own(Program(lab, "redis", [
            "/usr/bin/redis-server", "--port", "0", "--unixsocket",
            self.path("redis.sock"), "--save", "", "--appendonly", "yes",
            "--appendfsync", "always", "--dir", lab.dir]))
        self.dns = lab.own(Program(lab, "dnsmasq", [
            "/usr/sbin/dnsmasq", "-k", "-C", self.zone(), "--port",
            str(self.dns_port), "--listen-address=127.0.0.1", "--bind-interfaces",
            "--no-resolv", "--no-hosts", "--local=/test/", "--local=/invalid/", "--user=root",
            "--pid-file="]))
        self.policyd = lab.program("policyd/nearpost-policyd", "-f", "-c",
                                   self.path("nearpost.conf"))

    def certificates(self):
        ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        for ca in ("ca", "foreign"):
            run("openssl", "req", "-x509", *ec, "-subj", "/CN=" + ca, "-days", "2",
                "-keyout", self.path("tls/%s.key" % ca),
                "-out", self.path("tls/%s.pem" % ca))
        for cn in ("policyd",) + tuple(self.gateways):
            self.certificate(cn, cn, "ca")
        self.certificate("stranger", "tyo", "foreign")

    def certificate(self, name, cn, ca):
        csr = self.path("tls/%s.csr" % name)
        run("openssl", "req", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + cn,
            "-keyout", self.path("tls/%s.key" % name), "-out", csr)
        run("openssl", "x509", "-req", "-in", csr, "-days", "2",
            "-CA", self.path("tls/%s.pem" % ca), "-CAkey",
            self.path("tls/%s.key" % ca), "-CAcreateserial",
            "-out", self.path("tls/%s.pem" % name))

    def signing_key(self):
        key = self.path("signing.pem")
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key)
        run("openssl", "pkey", "-in", key, "-pubout", "-out",
            self.path("keys/signing.pem"))
        raw = run("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER")[-32:]
        self.key_id = hashlib.sha256(raw).hexdigest()[:8]

    def assets(self, campaign=CAMPAIGN, good=True, also=()):
        """Written, listed and signed as nearpostctl assets would.  good=False:
        the signature is over something else.  also: campaigns of the same content."""
        of_one = {
            "campaign.conf": ("text/plain", campaign.encode()),
            "hero-de/body.html": ("text/html", b"<p>Hallo</p>"),
            "hero-de/hero.png": ("image/png", b"\x89PNG" + b"x" * 100000),
            "hero-en/body.html": ("text/html", b"<p>Hello</p>"),
        }
        for name in re.findall(r'creative "([^"]+)"', campaign):
            of_one.setdefault("%s/body.html" % name,
                              ("text/html", b"<p>%s</p>" % name.encode()))
        files = {"%s/%s" % (one, name): file for one in ("spring", *also)
                 for name, file in of_one.items()}
        lines = ["nearpost-manifest 1"]
        for name in sorted(files):
            media, data = files[name]
            lines.append("%s %d %s %s" % (
                hashlib.sha256(data).hexdigest(), len(data), media, name))
        # The initiator has no media.
        for one in ("spring", *also):
            self.lab.write("assets/%s/campaign.conf" % one, campaign)
        manifest = ("\n".join(lines) + "\n").encode()
        self.lab.write("assets/MANIFEST", manifest)
        self.lab.write("tosign", manifest if good else manifest + b"x")
        sig = run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey",
                  self.path("signing.pem"), "-in", self.path("tosign"))
        self.lab.write("assets/MANIFEST.sig", "%s %s\n" % (
            self.key_id,
            base64.urlsafe_b64encode(sig).decode().rstrip("=")))
        if good:
            self.digest = "sha256:" + hashlib.sha256(manifest).hexdigest()

    def configure(self, gateways=None, **settings):
        gateways = self.gateways if gateways is None else gateways
        self.settings.update(settings)
        values = {
            "listen": "unix:" + self.path("policyd%s.sock" % self.name), "socket_group": "",
            "agent_listen": "inet:127.0.0.1:%d" % self.agent_port,
            "http_listen": "inet:127.0.0.1:%d" % self.http_port,
            "redis": "unix:" + self.path("redis.sock"),
            "assets": self.path("assets"), "manifest_keys": self.path("keys"),
            "tls_cert": self.path("tls/policyd.pem"),
            "tls_key": self.path("tls/policyd.key"),
            "tls_ca": self.path("tls/ca.pem"),
            "dns_servers": "127.0.0.1:%d" % self.dns_port,
        }
        values.update(self.settings)
        text = 'relay_domain = "nearpost.internal"\n'
        for g in gateways:
            text += 'gateway "%s" { host = "%s.gw.test" uplink_mbit = 100 }\n' % (g, g)
        for site, rate in self.limits.items():
            text += 'site "%s" { max_rate = %s }\n' % (site, rate)
        text += "policyd {\n"
        for name, value in values.items():
            text += '    %s = "%s"\n' % (name, value)
        self.lab.write("nearpost%s.conf" % self.name, text + "}\n")

    def zone(self):
        return self.lab.write("dnsmasq.conf", ZONE)

    def start(self):
        self.redis.start()
        self.dns.start()
        self.start_policyd()
        wait_for(lambda: " connected" in self.policyd.log())

    def start_policyd(self):
        self.policyd.start()
        if not wait_for(lambda: os.path.exists(self.path("policyd%s.sock" % self.name)) and
                        unix_socket_answers(self.path("policyd%s.sock" % self.name))):
            raise RuntimeError(self.policyd.log())

    def talk(self):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.path("policyd%s.sock" % self.name))
        return Talk(s)

    def ask(self, attrs):
        t = self.talk()
        try:
            return t.ask(attrs)
        finally:
            t.close()

    def select(self, recipient, campaign="spring", **more):
        attrs = {"request": "nearpost_select", "campaign": campaign,
                 "recipient": recipient, "sender": "offers@shop.test",
                 "routable": ",".join(self.gateways)}
        attrs.update({k.replace("__", "."): v for k, v in more.items()})
        return self.ask(attrs)

    def admin(self, verb, **more):
        return self.ask(dict({"request": "nearpost_admin", "verb": verb}, **more))

    def explain(self, recipient, campaign="spring"):
        answer = self.ask({"request": "nearpost_explain", "recipient": recipient,
                           "campaign": campaign})
        answer["rows"] = {}
        for name in [n for n in answer if n.startswith("row.")]:
            row = dict(p.split("=", 1) for p in answer[name].split(";"))
            answer["rows"][row["id"]] = row
        return answer

    def agent(self, gateway, cert=None):
        return self.lab.own(AgentEnd(Agent(self, gateway, cert))).agent

    def redis_cli(self, *argv):
        return run("redis-cli", "-s", self.path("redis.sock"), *argv).decode().strip()

    def recipient(self, address, **fields):
        argv = [x for pair in fields.items() for x in pair]
        self.redis_cli("HSET", "nearpost:rcpt:{%s}" % address, "email", address, *argv)

    def http(self, path):
        s = socket.create_connection(("127.0.0.1", self.http_port), 10)
        s.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path.encode())
        data = b""
        while True:
            more = s.recv(65536)
            if not more:
                break
            data += more
        s.close()
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()


class Peer(World):
    """Another policyd on the same Redis, DNS, assets and CA."""

    def __init__(self, world, name):
        self.__dict__.update(world.__dict__)
        self.name, self.settings = name, dict(world.settings)
        self.agent_port, self.http_port = free_port(), free_port()
        self.configure()
        self.policyd = self.lab.own(Program(self.lab, "policyd" + name, [
            world.policyd.argv[0], "-f", "-c", self.path("nearpost%s.conf" % name)]))


def nearpostctl(w, *argv):
    conf = w.lab.write("ctl.conf", open(w.path("nearpost%s.conf" % w.name),
                       encoding="utf-8").read() +
                       'milter { policyd = "unix:%s" }\n' %
                       w.path("policyd%s.sock" % w.name))
    done = subprocess.run([os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c", conf, *argv],
                          check=False, timeout=30, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


class AgentEnd:
    """Lab.own() ends what has stop()."""

    def __init__(self, agent):
        self.agent = agent

    def stop(self):
        self.agent.close()


class Hearts:
    """Agents that report as they would, each second, until stopped; more: what
    else one says, by its id and how often it has reported."""

    def __init__(self, world, rtt, more=lambda gateway, n: {}):
        self.world, self.rtt, self.more = world, rtt, more
        self.beats = 0
        self.agents = {g: world.agent(g) for g in rtt}
        self.stopped, self.silent, self.answers = False, set(), {}
        for a in self.agents.values():
            a.hello()
        self.beat()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        world.lab.own(self)

    def beat(self):
        self.beats += 1
        for g, a in self.agents.items():
            if g not in self.silent:
                self.answers[g] = a.report(rtt=self.rtt[g](),
                                           **self.more(g, self.beats))

    def run(self):
        while not self.stopped:
            time.sleep(HEARTBEAT)
            try:
                self.beat()
            except OSError:
                if not self.stopped:
                    raise

    def stop(self):
        self.stopped = True
        self.thread.join(5)


def rtts(one_us, two_us):
    return lambda: [("mx1.one.test", one_us), ("mx1.two.test", two_us)]
