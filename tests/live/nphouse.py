"""What a test of single stubs does in a lab: to the initiator as a sender, to a
gateway as an initiator, and what it expects to have come of it."""

import hashlib
import os
import signal
import ssl
import subprocess

import nptest
from nplab import product, programs

RELAY = product.RELAY_DOMAIN


def crlf(text, charset="utf-8"):
    return text.replace("\n", "\r\n").encode(charset)


def stub(body="first_name: Ada\n", *headers, campaign="spring-2026"):
    head = ["From: Offers <offers@shop.test>", "To: somebody@one.test",
            "Nearpost-Campaign: " + campaign, *headers]
    if not any(h.startswith("Content-Type") for h in headers):
        head += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
    return crlf("\n".join(head) + "\n\n" + body)


class House:
    """The lab, and what every step of the test does in it."""

    def __init__(self, tap, path):
        self.tap, self.path, self.state = tap, path, path.state()
        self.expected = {}  # recipient: words of the advert's subject
        self.counter = 0
        self.keys = product.directory(self.state, "ini")
        self.digest = "sha256:" + hashlib.sha256(
            (self.state.dir / "assets/MANIFEST").read_bytes()).hexdigest()

    def fresh(self, word="good"):
        self.counter += 1
        return "%s%d@one.test" % (word, self.counter)

    # At the initiator

    def send(self, data, *rcpts, port=product.STUB_PORT, mail_args=""):
        c = self.path.client("ini", port)
        try:
            c.ehlo()
            return c.mail("offers@shop.test", rcpts, data, mail_args)
        finally:
            c.close()

    def takes(self, name, data, rcpt, says="Ada, spring", **how):
        reply = self.send(data, rcpt, **how)
        self.tap.ok(reply.code == 250, name + ": taken", reply)
        self.expected[rcpt] = says

    def good(self):
        """None, or what came of a good stub."""
        rcpt = self.fresh()
        reply = self.send(stub(), rcpt)
        if reply.code != 250:
            return reply
        self.expected[rcpt] = "Ada, spring"
        return None

    def answers(self, name, reply, code, *words):
        """The answer has code, enhanced code and words, and the next good stub
        is taken."""
        bad = self.good()
        missing = [w for w in words if w not in reply.text]
        self.tap.ok(str(reply.code) == code.split()[0] and not bad and not missing
                    and reply.text.startswith(code.split()[1] + " "),
                    "%s: %s" % (name, code), reply, "without: %s" % missing, bad)
        self.tap.note(reply.text)

    # At a gateway

    def mkstub(self, rcpt, **more):
        """A stub with a ticket.  Dots in the names of the arguments are __."""
        args = {"campaign": "spring-2026", "creative": "hero-en", "recipient": rcpt,
                "digest": self.digest, "gateways": "lon", "from": "offers@shop.test",
                "var__first_name": "Ada", **more}
        key = str(self.keys / "keys/signing.pem")
        done = subprocess.run(
            [os.path.join(nptest.TOP_BUILD, "tests/live/mkstub"), "stub", key,
             *["%s=%s" % (k.replace("__", "."), v) for k, v in args.items()]],
            check=True, stdout=subprocess.PIPE, timeout=30)
        return done.stdout.replace(b"\n", b"\r\n")

    def to_gateway(self, data, *rcpts, gateway="lon"):
        """As the initiator does it: over TLS, with its certificate."""
        context = ssl.create_default_context(cafile=self.keys / "tls/ca.pem")
        context.load_cert_chain(self.keys / "tls/cert.pem", self.keys / "tls/key.pem")
        host = self.state.top.hosts[gateway]
        c = self.path.client("ini", host.port, host.address)
        try:
            c.ehlo()
            reply = c.starttls(context, host.host)
            return reply if reply.code != 220 else \
                c.mail("offers@shop.test", rcpts, data)
        finally:
            c.close()

    # Programs

    def restart(self, program, host):
        self.path.lab("kill", "--signal", "TERM", "%s@%s" % (program, host))
        self.path.lab("start", "%s@%s" % (program, host))

    def reload(self, program, host):
        """Its first process: an agent's supervisor, which tells the others."""
        os.kill(programs.session(self.state, host, programs.BY_NAME[program]),
                signal.SIGHUP)

    def serving(self):
        product.wait_live(self.state, ["lon", "nyc"])


def ranked(rcpt, label="lon"):
    return "%s.%s.%s" % (rcpt, label, RELAY)


def flip(data, mark, further):
    """One base64 digit changed, so many octets behind the mark."""
    at = data.index(mark) + len(mark) + further
    return data[:at] + (b"A" if data[at:at + 1] != b"A" else b"B") + data[at + 1:]
