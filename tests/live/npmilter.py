"""An initiator for the milter's own live test: Postfix with a stub service, two
sinks that stand for gateways, and a policyd whose answers are written in Python.
The real policyd has its own tests and those of the lab."""

import socket
import socketserver
import subprocess
import threading

from nptest import *

DIGEST = "sha256:" + "ab" * 32


class PolicyHandler(socketserver.StreamRequestHandler):
    def handle(self):
        with self.server.policy.lock:
            self.server.policy.open.append(self.connection)
        try:
            while True:
                request = {}
                while True:
                    line = self.rfile.readline()
                    if not line:
                        return
                    line = line.decode("utf-8").rstrip("\n")
                    if not line:
                        break
                    name, _, value = line.partition("=")
                    request[name] = value
                if not self.server.policy.serve(request, self):
                    return
        except (ConnectionError, BrokenPipeError):
            pass


class PolicyServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


class Policy:
    """answer(request) gives a dict, or None for silence, or False to hang up."""

    def __init__(self, path, answer):
        self.path, self.answer = path, answer
        self.requests, self.open, self.lock = [], [], threading.Lock()
        self.server = None
        self.start()

    def start(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.server = PolicyServer(self.path, PolicyHandler)
        self.server.policy = self
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def serve(self, request, handler):
        with self.lock:
            self.requests.append(request)
        if request["request"] == "nearpost_admin":
            answer = {"action": "OK"}
        else:
            answer = self.answer(request)
        if answer is None:
            return True
        if answer is False:
            return False
        text = "".join("%s=%s\n" % pair for pair in answer.items()) + "\n"
        handler.wfile.write(text.encode("utf-8"))
        return True

    def about(self, word, kind="nearpost_select"):
        with self.lock:
            return [r for r in self.requests
                    if r["request"] == kind and word in str(r)]

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
        with self.lock:
            for s in self.open:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            self.open = []


def relay(request, gateways="tyo,lon", **more):
    return dict({"action": "RELAY", "gateways": gateways,
                 "creative": request.get("creative", "hero-en"),
                 "asset_digest": DIGEST, "score_ms": "41", "reason": "rtt",
                 "size": "100000", "booking": "b-" + request["ticket"],
                 "data.first_name": "Alice"}, **more)


def by_name(request):
    """The recipient's name is what happens to it."""
    local = request["recipient"].split("@")[0].split("+")[0]
    if request["campaign"] == "unknown-1":
        return {"action": "REJECT there is no campaign unknown-1"}
    return {
        "tokyo": lambda: relay(request, "tyo,lon"),
        "london": lambda: relay(request, "lon,tyo"),
        "alone": lambda: relay(request, "lon"),
        "nowhere": lambda: relay(request, "nyc,sin"),
        "pairless": lambda: relay(request, "lon,nyc"),
        "gone": lambda: {"action": "SUPPRESSED", "reason": "complaint",
                         "since": "2026-01-02 03:04"},
        "nobody": lambda: {"action": "REJECT is in no recipient list", "code": "556 5.1.10"},
        "later": lambda: {"action": "DEFER no gateway is alive"},
        "big": lambda: relay(request, **{"data.big": "x" * 14000, "data.big2": "y" * 14000}),
        "half": lambda: {"action": "RELAY", "gateways": "tyo,lon", "booking": "b-half"},
        "strange": lambda: {"action": "WHAT"},
    }.get(local, lambda: relay(request))()


CONFIG = """
relay_domain = "nearpost.internal"
gateway "tyo" {{ host = "tyo.gw.test" }}
gateway "lon" {{ host = "lon.gw.test" }}
milter {{
	listen = "unix:{dir}/milter.sock"
	socket_group = "postfix"
	policyd = "unix:{dir}/policyd.sock"
	ask_timeout = 1s
	clients = {{"127.0.0.1/32"}}
	logins = {{"shop"}}
	local_submission = {local}
	signing_key = "{dir}/signing.pem"
	transport_map = "{dir}/transport"
}}
"""
# The transports of nearpostctl print master, without their TLS.
MASTER = """
nearpost   unix  - - n - - smtp -o smtp_connect_timeout=5s -o smtp_helo_timeout=5s
nearsplit  unix  - - n - - smtp -o smtp_connect_timeout=5s -o smtp_helo_timeout=5s
"""


class Initiator:
    def __init__(self, lab, answer=by_name):
        self.lab = lab
        self.sinks = {"tyo": lab.sink(), "lon": lab.sink()}
        self.others = lab.sink()  # where ordinary mail goes
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                        lab.path("signing.pem")], check=True)
        self.configure()
        self.policy = lab.own(Policy(lab.path("policyd.sock"), answer))
        self.milter = lab.program("milter/nearpost-milter", "-f", "-v", "-c",
                                  lab.path("nearpost.conf"))
        self.plain = free_port()
        self.pf = lab.postfix(
            "ini",
            main={
                "relayhost": "[127.0.0.1]:%d" % self.others.port,
                "smtpd_milters": "unix:" + lab.path("milter.sock"),
                "non_smtpd_milters": "unix:" + lab.path("milter.sock"),
                "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
                # Strangers of the tests (XCLIENT) may relay: the milter decides here.
                "mynetworks": "127.0.0.0/8, 192.0.2.0/24",
                "nearsplit_destination_recipient_limit": "1",
                "message_size_limit": "40000000",
                "transport_maps": "hash:" + lab.path("ini/etc/transport"),
            },
            smtpd={self.plain: {"smtpd_milters": ""}}, master=MASTER)
        self.table(("tyo", "lon", "tyo-lon", "lon-tyo"))

    def configure(self, local="no"):
        self.lab.write("nearpost.conf", CONFIG.format(dir=self.lab.dir, local=local))

    def table(self, labels):
        text = ""
        for label in labels:
            where = ", ".join("[127.0.0.1]:%d" % self.sinks[g].port
                              for g in label.split("-") if g in self.sinks)
            text += ".%s.nearpost.internal nearpost:%s\n" % (label, where)
            text += ".%s.split.nearpost.internal nearsplit:%s\n" % (label, where)
        text += ".nearpost.internal retry:4.4.0 no such gateway in the transport table\n"
        self.lab.write("transport", text)
        self.pf.postmap("transport", text)

    def start(self):
        self.milter.start()
        if not self.milter.wait_log("ready"):
            raise RuntimeError(self.milter.log())
        self.pf.start()
        return self

    def send(self, data, *rcpts, sender="offers@shop.test", **how):
        return self.lab.submit(how.pop("port", self.pf.port), sender, rcpts, data, **how)

    def relayed(self, word, n=1, timeout=5.0):
        """{recipient: (gateway, message)} of the messages that hold the word."""
        def look():
            found = {}
            for name, sink in self.sinks.items():
                for m in sink.messages:
                    if b"X-Word: " + word.encode() in m.data:
                        for address, args in m.rcpts:
                            found[address.strip("<>")] = (name, m, args)
            return found
        wait_for(lambda: len(look()) >= n, timeout)
        return look()

    def ordinary(self, word, timeout=5.0):
        return wait_for(lambda: next((m for m in self.others.messages
                                      if word.encode() in m.data), None), timeout)


def stub(word, *headers, body="coupon: X7\r\n", campaign="spring-2026"):
    lines = ["From: Offers <offers@shop.test>", "To: somebody@example.test",
             "Subject: hello %s" % word, "X-Word: %s" % word]
    if campaign is not None:
        lines.append("Nearpost-Campaign: " + campaign)
    data = "\r\n".join(lines + list(headers)) + "\r\n\r\n" + body
    return data.encode("utf-8")
