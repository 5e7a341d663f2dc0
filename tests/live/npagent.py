"""A gateway for the agent's own live test: keys, assets, a receiving server, a
milter behind ours, Postfix, and an ear that stands for policyd.  The real policyd
has its own tests and those of the lab."""

import os
import re
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import threading

import nptest
from nptest import wait_for

RELAY = "nearpost.internal"
SET = os.path.join(nptest.TOP_SRC, "tests/data/agent-assets")


class LaterMilter:
    """A milter behind ours.  replies: what to say to the next ends of message
    ("t" 451, "r" 550, "c" go on), the last one for ever."""

    def __init__(self, path):
        self.replies, self.seen, self.lock = ["c"], 0, threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while True:
                    head = self.rfile.read(4)
                    if len(head) < 4:
                        return
                    packet = self.rfile.read(struct.unpack("!I", head)[0])
                    verb = packet[:1]
                    if verb == b"O":
                        self.say(b"O" + struct.pack("!III", 6, 0, 0))
                    elif verb == b"Q":
                        return
                    elif verb == b"E":
                        self.say(outer.verdict())
                    elif verb not in (b"D", b"A", b"K"):
                        self.say(b"c")

            def say(self, data):
                self.wfile.write(struct.pack("!I", len(data)) + data)

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(path, Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def verdict(self):
        with self.lock:
            self.seen += 1
            reply = self.replies[0]
            if len(self.replies) > 1:
                self.replies.pop(0)
        return reply.encode()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Ear:
    """The far end of the agent's report channel: TLS with both certificates, says
    OK to everything and keeps it."""

    def __init__(self, keys, probe=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(keys + "/ini.pem", keys + "/ini-key.pem")
        context.load_verify_locations(keys + "/ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.heard, self.probe, self.refuse = [], probe, False
        self.held = ""  # attributes of every answer to a report
        self.stranger = False  # the gateway is one that we do not know
        self.connections = []
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                request = {}
                try:
                    with context.wrap_socket(self.request, server_side=True) as s:
                        outer.connections.append(s)
                        for line in s.makefile("r", encoding="utf-8"):
                            name, eq, value = line.rstrip("\n").partition("=")
                            if eq:
                                request[name] = value
                                continue
                            outer.heard.append(request)
                            if outer.stranger:
                                return
                            s.sendall(outer.answer(request).encode())
                            request = {}
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def answer(self, request):
        if self.refuse and request["request"] == "nearpost_events":
            return "action=DEFER later\n\n"
        if self.probe and request["request"] == "nearpost_report":
            return "action=OK\n%sprobe.0=%s\n\n" % (self.held, self.probe)
        if request["request"] == "nearpost_report":
            return "action=OK\n%s\n" % self.held
        return "action=OK\n\n"

    def events(self, **match):
        """Delivery events heard, as dictionaries."""
        found = []
        for request in list(self.heard):
            if request["request"] != "nearpost_events":
                continue
            for name, value in request.items():
                if not name.startswith("event."):
                    continue
                event = dict(p.split("=", 1) for p in value.split(";"))
                if all(event.get(k) == v for k, v in match.items()):
                    found.append(event)
        return found

    def reports(self):
        return [r for r in list(self.heard) if r["request"] == "nearpost_report"]

    def hang_up(self):
        for s in self.connections:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections = []

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Gateway:
    """Keys, assets, the sink, the later milter, Postfix and the agent."""

    def __init__(self, lab, tap):
        self.lab, self.tap = lab, tap
        self.keys, self.assets = lab.path("keys"), lab.path("assets")
        self.tool = os.path.join(nptest.TOP_BUILD, "tests/live/mkstub")
        self.run_tool("keys", self.keys)
        shutil.copytree(SET, self.assets)
        lab.write("assets/spring/huge/clip.mp4", os.urandom(3 << 20))
        lab.write("assets/over/campaign.conf", 'valid_until = "2020-02-29"\n'
                  'creative "hero" { text = "body.txt" }\n')
        lab.write("assets/over/hero/body.txt", "x")
        self.digest = self.sign()
        self.sink = lab.sink()
        self.later = lab.own(LaterMilter(lab.path("later.sock")))
        self.ear = lab.own(Ear(self.keys))
        self.postfix = lab.postfix("gw", main={
            "relay_domains": RELAY,
            "smtpd_relay_restrictions": "permit_auth_destination, permit_mynetworks, reject",
            "relayhost": "[127.0.0.1]:%d" % self.sink.port,
            "smtpd_milters": "unix:%s, unix:%s" % (lab.path("agent.sock"),
                                                   lab.path("later.sock")),
            "message_size_limit": "60000000",
            "header_checks": "regexp:%s" % lab.write(
                "hc", "/^(Received: .*for <[^>]*)\\.[a-z0-9-]+(\\.split)?\\."
                      "nearpost\\.internal(>.*)$/ REPLACE $1$3\n"),
            # Or smtpd asks the net below at RCPT and says 450 to every stub.
            "smtpd_reject_unlisted_recipient": "no",
            "transport_maps": "inline:{ {.%s=retry:4.4.0 no such gateway} }" % RELAY,
        })
        self.text = self.config()
        self.conf = lab.write("nearpost.conf", self.text)
        self.agent = lab.program("gateway-agent/nearpost-agent", "-f", "-v",
                                 "-c", self.conf)

    def run_tool(self, *args):
        done = subprocess.run([self.tool, *args], check=False, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise RuntimeError("mkstub: %s" % done.stderr.decode())
        return done.stdout

    def sign(self):
        return self.run_tool("assets", self.assets, self.keys + "/signing.pem") \
            .decode().strip()

    def config(self):
        p = self.lab.path
        return """
relay_domain = "%s"
gateway "tyo" { host = "localhost"  uplink_mbit = 100 }
agent {
    id = "tyo"
    listen = "unix:%s"
    socket_group = "postfix"
    observer = "unix:%s"
    policyd = {"inet:127.0.0.1:%d"}
    policyd_name = "ini"
    assets = "%s"
    keys = "%s/public"
    maillog = "%s"
    state_directory = "%s"
    queue_directory = "%s"
    max_advert_size = 2M
    report_interval = 200ms
    tls_cert = "%s/tyo.pem"  tls_key = "%s/tyo-key.pem"  tls_ca = "%s/ca.pem"
    dns_servers = "%s"
}
""" % (RELAY, p("agent.sock"), p("observer.sock"), self.ear.port, self.assets,
       self.keys, self.postfix.log_path, p("state"),
       self.postfix.settings["queue_directory"], self.keys, self.keys, self.keys,
       self.start_dns())

    def start_dns(self):
        """A name for a mail server at port 25 of an address nobody else has."""
        port, address = nptest.free_port(), "127.%d.%d.25" % (
            100 + os.getpid() % 100, os.getpid() // 100 % 250)
        self.dns = self.lab.program(
            shutil.which("dnsmasq", path="/usr/sbin:/usr/bin"), "-k", "-C", "/dev/null",
            "-p", str(port), "--listen-address=127.0.0.1", "--bind-interfaces",
            "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
            "--host-record=mx.probe.test," + address, "--local=/test/",
            "--local=/invalid/")
        self.dns.start()
        self.said = []
        self.probed = self.lab.sink(host=address, port=25, script=self.said.append)
        return "127.0.0.1:%d" % port

    def start(self):
        self.agent.start()
        if not self.agent.wait_log("ready"):
            raise RuntimeError("agent: " + self.agent.log())
        self.postfix.start()

    def stub(self, recipient="alice@example.org", digest=None, key=None, **more):
        """A signed stub.  Dots in names of the tool's arguments are __ here."""
        args = {"campaign": "spring", "creative": "hero", "recipient": recipient,
                "digest": digest or self.digest, "var__first_name": "Alice",
                "record__city": "Oslo"}
        args.update(more)
        return self.run_tool("stub", (key or self.keys) + "/signing.pem",
                             *["%s=%s" % (k.replace("__", "."), v)
                               for k, v in args.items()]).replace(b"\n", b"\r\n")

    def send(self, data, rcpts=None, recipient="alice@example.org", **more):
        return self.lab.submit(self.postfix.port, "bounces@shop.test",
                               rcpts or [ranked(recipient)], data, **more)

    def duty(self, name):
        """The process id of a duty of our agent."""
        with open("/proc/%d/task/%d/children" % (self.agent.pid, self.agent.pid),
                  encoding="ascii") as f:
            for pid in f.read().split():
                try:
                    with open("/proc/%s/cmdline" % pid, "rb") as c:
                        if b"\0-r\0" + name.encode() + b"\0" in c.read():
                            return int(pid)
                except (FileNotFoundError, ProcessLookupError):
                    pass  # it has just ended
        return None

    def queue_id(self, ticket):
        """Under which the ticket's stub was last expanded."""
        return re.findall(r"(\w+): ticket=%s .*expanded" % ticket, self.agent.log())[-1]

    def wait_duty(self, name, other_than=None):
        return wait_for(lambda: (self.duty(name) or other_than) != other_than and
                        self.duty(name))


def ranked(recipient, label="tyo"):
    return "%s.%s.%s" % (recipient, label, RELAY)


def plain(address):
    return address.strip("<>")


def ticket_of(stub):
    return re.search(rb"i=([0-9a-f]{32})", stub).group(1).decode()
