"""(d) Octets on the initiator's wire for each recipient, TLS included: stubs,
against relaying the adverts themselves.  Hosts of the lab, real TLS; counted
at the initiator's device, both ways, by what they are for."""

import ctypes
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

from . import creative, measure, rig

TOPOLOGY = """initiator ini uplink_mbit=1000
gateway tyo uplink_mbit=1000
gateway lon uplink_mbit=1000
gateway nyc uplink_mbit=1000
site one.test domains=one.test,uno.test
site two.test
site three.test
rtt ini tyo 200
rtt ini lon 12
rtt ini nyc 80
default_rtt 40
option lab.assets=assets
option lab.recipients=recipients.csv
"""
ADVERT = 1 << 20
STUBS, RELAYED = 600, 10
DOMAINS = ["one.test", "two.test", "three.test"]
GOAL = 1 / 400
KINDS = {25: "smtp", 53: "dns", 4617: "agents"}
ETH_P_ALL = 3
PACKET_OUTGOING = 4
CLONE_NEWNET = 0x40000000


class Counter:
    """Octets of IP packets on a device in another network namespace."""

    def __init__(self, netns, device):
        self.seen, self.lock, self.sock = {}, threading.Lock(), None
        opener = threading.Thread(target=self._open, args=(netns, device))
        opener.start()  # setns() is for one thread, and this one ends
        opener.join()
        if self.sock is None:
            raise rig.BenchError("cannot look at %s in %s" % (device, netns))
        threading.Thread(target=self._run, daemon=True).start()

    def _open(self, netns, device):
        fd = os.open("/run/netns/" + netns, os.O_RDONLY)
        if ctypes.CDLL(None).setns(fd, CLONE_NEWNET) == 0:
            # SOCK_DGRAM: from the IP header on, which is what a TUN has.
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            self.sock.bind((device, ETH_P_ALL))
        os.close(fd)

    def _run(self):
        while True:
            try:
                packet, where = self.sock.recvfrom(65536)
            except OSError:
                return
            kind, out = self.kind(packet), where[2] == PACKET_OUTGOING
            with self.lock:
                self.add(kind, len(packet))
                if kind == "smtp":
                    self.add("sent" if out else "received", len(packet))
                    self.add("sessions", out and self.is_syn(packet))

    def add(self, key, n):
        self.seen[key] = self.seen.get(key, 0) + n

    @staticmethod
    def is_syn(packet):
        return packet[4 * (packet[0] & 15) + 13] & 0x12 == 0x02

    @staticmethod
    def kind(packet):
        if len(packet) < 24 or packet[0] >> 4 != 4:
            return "other"
        at = 4 * (packet[0] & 15)
        ports = struct.unpack("!HH", packet[at:at + 4])
        return KINDS.get(min(ports), KINDS.get(max(ports), "other"))

    def take(self):
        """What came since the last take()."""
        time.sleep(0.3)
        with self.lock:
            done, self.seen = self.seen, {}
        return done

    def stop(self):
        self.sock.close()


class WireLab:
    def __init__(self, lab):
        self.dir = tempfile.mkdtemp(prefix="npw.", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.env = dict(os.environ, NEARPOST_LAB=self.dir + "/lab",
                        NEARPOST_BIN=rig.nptest.TOP_BUILD)
        self.program = os.path.join(rig.nptest.TOP_SRC, "tests/lab/lab")
        lab.own(self)
        creative.write(lab.path("assets"), {"hero": ADVERT})
        lab.write("recipients.csv", "email,first_name,city,lang\n" + "".join(
            "%s,Alice,Lisbon,en\n" % a for a in addresses("reader", STUBS)))
        self.run("up", lab.write("wire.lab", TOPOLOGY))

    def run(self, *args):
        done = subprocess.run(
            [self.program, *args], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            check=False, timeout=300)
        if done.returncode != 0:
            raise rig.BenchError("lab %s: %s" % (
                " ".join(args)[:60], done.stderr.strip()[-500:]))
        return done.stdout

    def device(self):
        """Namespace and device of the initiator."""
        found = subprocess.run(
            ["/usr/bin/python3", "-B", "-c",
             "from nplab import state, wan;"
             "print(state.State().netns('ini'), wan.DEVICE)"],
            env=dict(self.env, PYTHONPATH=os.path.dirname(self.program)),
            stdout=subprocess.PIPE, text=True, check=True)
        return found.stdout.split()

    def stop(self):
        subprocess.run([self.program, "down"], env=self.env, check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       timeout=120)
        shutil.rmtree(self.dir, ignore_errors=True)


def advert_file(lab, wire):
    """One of the adverts as a sender would relay it: without what MTAs added."""
    there = lab.path("received")
    wire.run("collect", there)
    for where, _, files in os.walk(there):
        for name in sorted(files):
            if name.endswith(".eml") and "returned" not in where:
                with open(os.path.join(where, name), "rb") as f:
                    head, _, body = f.read().partition(b"\r\n\r\n")
                head = re.sub(rb"(?mi)^(?:received|return-path|delivered-to):"
                              rb".*\r\n(?:[ \t].*\r\n)*", b"", head + b"\r\n")
                return lab.write("advert.eml", head + b"\r\n" + body), \
                    len(head) + len(body)
    raise rig.BenchError("no advert arrived")


def addresses(who, n):
    return ["%s%d@%s" % (who, i, DOMAINS[i % len(DOMAINS)]) for i in range(n)]


def relay(lab, wire, counter):
    """Octets for each recipient, and the advert's size."""
    path, size = advert_file(lab, wire)
    have = int(wire.run("wait", "--timeout", "5").strip().rpartition("=")[2])
    counter.take()
    wire.run("send", "--file", path, *addresses("relayed", RELAYED))
    wire.run("wait", "--copies", str(have + RELAYED), "--timeout", "60")
    return counter.take(), size


def stub_octets(wire, counter):
    """The gateways are warm: their first stubs are not counted."""
    first = addresses("first", 6)
    send = ["send", "--campaign", creative.CAMPAIGN, "--retry", "60"]
    wire.run(*send, "--data", "first_name=Alice", *first)
    wire.run("wait", "--copies", str(len(first)), "--timeout", "60")
    counter.take()
    # The names come from the recipients' records and travel in the ticket.
    wire.run(*send, "--data", "coupon=X7-99", *addresses("reader", STUBS))
    wire.run("wait", "--copies", str(len(first) + STUBS), "--timeout", "120")
    return counter.take()


def bench(lab):
    wire = WireLab(lab)
    counter = lab.own(Counter(*wire.device()))
    stub = stub_octets(wire, counter)
    relayed, size = relay(lab, wire, counter)
    whole = (relayed["smtp"] + relayed.get("dns", 0)) / RELAYED
    leg = (stub["smtp"] + stub.get("dns", 0) + stub.get("other", 0)) / STUBS
    reports = stub.get("agents", 0) / STUBS
    for name, octets, goal in (("bench_d_wire", leg, GOAL),
                               ("bench_d_wire_with_reports", leg + reports,
                                None)):
        measure.line(name, [
            ("ratio", "1/%.0f" % (whole / octets)),
            ("goal", "1/%.0f" % (1 / goal) if goal else "none"),
            ("ours", "%.0fB" % octets), ("relayed", "%.0fB" % whole),
            ("sent", "%.0fB" % (stub["sent"] / STUBS)),
            ("received", "%.0fB" % (stub["received"] / STUBS)),
            ("dns", "%.0fB" % (stub.get("dns", 0) / STUBS)),
            ("reports", "%.0fB" % reports), ("sessions", stub["sessions"]),
            ("advert", "%dB" % size), ("stubs", STUBS),
        ], measure.verdict(octets / whole, goal, at_most=True))
