"""A gateway as policyd sees it: hello, and a report every second, over TLS
with the gateway's certificate (lib/fleet/report.h).  Where the bench measures
the initiator, gateways need not be more than this and a sink."""

import socket
import ssl
import threading
import time

from .rig import BenchError


class Reporter:
    def __init__(self, house, gateway, accepted=lambda: 0, every=1.0):
        self.gateway, self.accepted, self.every = gateway, accepted, every
        self.digest = house.digest
        self.seq = 0
        tls = house.certificate(gateway)
        context = ssl.create_default_context(cafile=tls + "/ca.pem")
        context.load_cert_chain(tls + "/cert.pem", tls + "/key.pem")
        raw = socket.create_connection(("127.0.0.1", house.agent_port), 10)
        self.sock = context.wrap_socket(raw, server_hostname="initiator")
        self.file = self.sock.makefile("rb")
        self.ending = threading.Event()
        self.thread = None
        self.ask(["request=nearpost_hello", "version=1", "id=" + gateway,
                  "asset_digest=" + self.digest, "uplink_mbit=1000"])

    def ask(self, lines):
        self.sock.sendall(("\n".join(lines) + "\n\n").encode())
        answer = []
        while True:
            line = self.file.readline()
            if not line:
                raise BenchError("policyd closed the connection of gateway "
                                 + self.gateway)
            if line == b"\n":
                break
            answer.append(line.decode().strip())
        if "action=OK" not in answer:
            raise BenchError("policyd does not take a report: %s" % answer)

    def report(self, rtt=()):
        """rtt: (host, microseconds) pairs."""
        self.seq += 1
        self.ask([
            "request=nearpost_report", "seq=%d" % self.seq,
            "now_ms=%d" % (time.time() * 1000), "queue_bytes=0",
            "queue_messages=0", "in_flight=0", "cpu=0.1",
            "accepted_bytes=0", "accepted_messages=%d" % self.accepted(),
            "sent_bytes=0", "assets=" + self.digest,
        ] + ["rtt.%d=%s %d 100" % (i, host, us)
             for i, (host, us) in enumerate(rtt)])

    def start(self):
        self.report()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        return self

    def _run(self):
        while not self.ending.wait(self.every):
            try:
                self.report()
            except (OSError, BenchError):
                return

    def stop(self):
        self.ending.set()
        if self.thread:
            self.thread.join(5)
        self.sock.close()
