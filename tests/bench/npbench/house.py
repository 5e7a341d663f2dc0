"""nearpost as an admin would set it up: keys, certificates, an asset set,
Redis, policyd, and one nearpost.conf for all of it."""

import hashlib
import os
import re
import shutil
import subprocess
import time
import urllib.request

from . import creative
from .rig import BenchError, nptest, program

CONF = """relay_domain = "nearpost.internal"
{gateways}
milter {{
    listen = "unix:{dir}/milter.sock"
    socket_group = ""
    policyd = "unix:{dir}/policyd.sock"
    clients = {{"127.0.0.0/8"}}
    signing_key = "{dir}/house/keys/signing.pem"
    transport_map = "{dir}/house/transport"
}}
policyd {{
    listen = "unix:{dir}/policyd.sock"
    socket_group = ""
    agent_listen = "inet:127.0.0.1:{agent_port}"
    http_listen = "inet:127.0.0.1:{http_port}"
    redis = "unix:{dir}/redis.sock"
    assets = "{dir}/house/manifest"
    manifest_keys = "{dir}/house/keys/public"
    tls_cert = "{dir}/house/tls/cert.pem"
    tls_key = "{dir}/house/tls/key.pem"
    tls_ca = "{dir}/house/tls/ca.pem"
    dns_servers = "{dns}"
    probes = no
    report_interval = {interval}
}}
agent {{
    id = "{first}"
    listen = "unix:{dir}/agent.sock"
    socket_group = ""
    observer = "unix:{dir}/observer.sock"
    policyd = {{"inet:127.0.0.1:{agent_port}"}}
    policyd_name = "initiator"
    assets = "{dir}/house/assets"
    keys = "{dir}/house/keys/public"
    maillog = "{dir}/{maillog}"
    state_directory = "{dir}/agent"
    queue_directory = "{dir}/{queue}"
    max_advert_size = 40M
    probes = no
    tls_cert = "{dir}/{first}/tls/cert.pem"
    tls_key = "{dir}/{first}/tls/key.pem"
    tls_ca = "{dir}/{first}/tls/ca.pem"
}}
"""
GATEWAY = 'gateway "%s" { host = "localhost" port = 25 uplink_mbit = 1000 }'


class House:
    def __init__(self, lab, ids, sizes, postfix="gateway",
                 interval="1s"):
        """ids: of the gateways; sizes: of the adverts (creative.write);
        postfix: name of the gateway's Postfix, whose log is followed."""
        self.lab, self.ids = lab, ids
        self.dir = lab.path("house")
        self.conf = lab.path("house/nearpost.conf")
        self.agent_port = nptest.free_port()
        self.dns_port = nptest.free_port()
        self.http_port = nptest.free_port()
        os.makedirs(self.dir)
        os.makedirs(lab.path("agent"))
        lab.write("house/nearpost.conf", CONF.format(
            dir=lab.dir, agent_port=self.agent_port,
            http_port=self.http_port,
            dns="127.0.0.1:%d" % self.dns_port, first=ids[0],
            interval=interval,
            maillog=postfix + "/log/mail.log", queue=postfix + "/queue",
            gateways="\n".join(GATEWAY % i for i in ids)))
        pairs = ["%s-%s" % (a, b) for a in ids[:8] for b in ids[:8] if a != b]
        self.labels = [p + ".nearpost.internal" for p in pairs]
        # Who may be chosen: the milter reads it from such lines.
        lab.write("house/transport", "".join(
            ".%s.nearpost.internal smtp:[127.0.0.1]\n" % label
            for label in ids[:8] + pairs))
        self.ctl("keys", "init", "localhost", "--dir", self.dir)
        assets = os.path.join(self.dir, "assets")
        creative.write(assets, sizes)
        self.assets = assets
        self.ctl("assets", "build", assets)
        self.ctl("assets", "sign", assets, "--key",
                 os.path.join(self.dir, "keys/signing.pem"))
        creative.without_media(assets, os.path.join(self.dir, "manifest"))
        with open(os.path.join(assets, "MANIFEST"), "rb") as f:
            self.digest = "sha256:" + hashlib.sha256(f.read()).hexdigest()

    def ctl(self, *args):
        done = subprocess.run(
            [program("ctl/nearpostctl"), "-c", self.conf, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise BenchError("nearpostctl %s: %s" % (
                " ".join(args), done.stdout.strip()))
        return done.stdout

    def certificate(self, gateway):
        out = self.lab.path(gateway)
        self.ctl("keys", "host", gateway, "localhost", "--out", out, "--dir",
                 self.dir)
        return os.path.join(out, "tls")

    def redis(self):
        server = shutil.which("redis-server")
        if not server:
            raise BenchError("redis-server is missing: apt-get install "
                             "redis-server")
        sock = self.lab.path("redis.sock")
        prog = self.lab.program(server, "--port", "0", "--unixsocket", sock,
                         "--save", "", "--appendonly", "no",
                         "--dir", self.lab.dir, "--daemonize", "no").start()
        if not nptest.wait_for(lambda: nptest.unix_socket_answers(sock)):
            raise BenchError("redis-server does not answer")
        return prog

    def run(self, name, sock):
        """A program of ours; its socket is open to Postfix."""
        prog = self.lab.program(program(name), "-c", self.conf, "-f").start()
        path = self.lab.path(sock)
        nptest.wait_for(lambda: not prog.running()
                        or nptest.unix_socket_answers(path))
        if not prog.running():
            raise BenchError("%s ended: %s" % (name, prog.log().strip()))
        os.chmod(path, 0o666)
        return prog

    def policyd(self):
        return self.run("policyd/nearpost-policyd", "policyd.sock")

    def metric(self, name):
        """A number of policyd's /metrics."""
        url = "http://127.0.0.1:%d/metrics" % self.http_port
        with urllib.request.urlopen(url, timeout=10) as f:
            text = f.read().decode()
        return float(re.search(r"(?m)^%s (\S+)$" % name, text).group(1))

    def milter(self):
        prog = self.run("milter/nearpost-milter", "milter.sock")
        return prog, "unix:" + self.lab.path("milter.sock")

    def agent(self):
        prog = self.run("gateway-agent/nearpost-agent", "agent.sock")
        return prog, "unix:" + self.lab.path("agent.sock")

    def dns(self, domains):
        """dnsmasq with an MX for each domain; call before policyd()."""
        server = shutil.which("dnsmasq", path=os.environ["PATH"] + ":/usr/sbin")
        if not server:
            raise BenchError("dnsmasq is missing: apt-get install dnsmasq-base")
        zone = "".join("mx-host=%s,mx.%s,10\nhost-record=mx.%s,127.0.0.1\n" % (
            d, d, d) for d in domains)
        self.lab.program(
            server, "--keep-in-foreground", "--port=%d" % self.dns_port,
            "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv",
            "--no-hosts", "--user=root", "--pid-file=", "--auth-ttl=600",
            "--local-ttl=600",
            "--conf-file=" + self.lab.write("house/zone", zone)).start()
        time.sleep(0.3)

    def recipients(self, addresses):
        rows = "email,first_name,city,lang,interest\n" + "".join(
            "%s,Reader %d,Lisbon,en,gardens\n" % (a, i)
            for i, a in enumerate(addresses))
        self.ctl("recipients", "import",
                 self.lab.write("house/recipients.csv", rows))
