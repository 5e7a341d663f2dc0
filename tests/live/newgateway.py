#!/usr/bin/python3
"""A gateway is added to nearpost.conf while all is running: Postfix, the milter and
policyd are real, and none of them is restarted or told to reload.  The gateways are
sinks, and their agents connect as the real one does."""

import re
import signal
import threading

from npmilter import MASTER, stub
from nppolicyd import *

SOON = 2.0   # the promise: from the table to the choice
SLACK = 2.0  # of a machine that does other things, too
POSTFIX_LOOKS = 30.0  # every ten seconds

CONF = """
relay_domain = "nearpost.internal"
{gateways}
milter {{
    listen = "unix:{dir}/milter.sock"
    socket_group = "postfix"
    policyd = "unix:{dir}/policyd.sock"
    clients = {{"127.0.0.1/32"}}
    signing_key = "{dir}/signing.pem"
    transport_map = "{dir}/transport"
}}
policyd {{
    listen = "unix:{dir}/policyd.sock"
    socket_group = ""
    agent_listen = "inet:127.0.0.1:{agent_port}"
    http_listen = ""
    redis = "unix:{dir}/redis.sock"
    assets = "{dir}/assets"
    manifest_keys = "{dir}/keys"
    tls_cert = "{dir}/tls/policyd.pem"
    tls_key = "{dir}/tls/policyd.key"
    tls_ca = "{dir}/tls/ca.pem"
    dns_servers = "127.0.0.1:{dns_port}"
}}
"""


class OneHost(World):
    """One nearpost.conf for the milter, policyd and nearpostctl."""

    def __init__(self, lab):
        self.sinks = {g: lab.sink() for g in GATEWAYS + ("par",)}
        super().__init__(lab)
        self.certificate("par", "par", "ca")
        self.milter = lab.program("milter/nearpost-milter", "-f", "-c",
                                  self.path("nearpost.conf"))
        self.pf = lab.postfix("ini", main={
            "smtpd_milters": "unix:" + self.path("milter.sock"),
            "relayhost": "[127.0.0.1]:%d" % free_port(),
            "transport_maps": "hash:" + self.path("transport"),
            "nearsplit_destination_recipient_limit": "1"}, master=MASTER)

    def configure(self, gateways=GATEWAYS, tail="", **_):
        lines = "\n".join('gateway "%s" { host = "127.0.0.1" port = %d }' % (
            g, self.sinks[g].port) for g in gateways)
        text = CONF.format(dir=self.lab.dir, gateways=lines,
                           agent_port=self.agent_port, dns_port=self.dns_port)
        self.lab.write("nearpost.conf", text + tail)

    def tables(self):
        """As an admin does; returns when the MTA's table has them."""
        run(os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
            self.path("nearpost.conf"), "print", "tables")
        run("postmap", "-c", self.pf.etc, "hash:" + self.path("transport"))
        return time.monotonic()

    def send(self, word):
        return self.lab.submit(self.pf.port, "offers@shop.test", ["alice@one.test"],
                               stub(word, campaign="spring"))

    def labelled(self, gateway):
        """Stubs for which that gateway was the first choice, wherever they went."""
        return [m for sink in self.sinks.values() for m in sink.messages
                if re.search(r"\.%s[-.]" % gateway, m.rcpts[0][0])]

    def got(self, gateway):
        return len(self.sinks[gateway].messages)


class Beating:
    """An agent that is there before policyd knows of it: turned away, it comes again
    every second; then it reports every second."""

    def __init__(self, w, gateway, us):
        self.w, self.gateway, self.us = w, gateway, us
        self.stopped, self.refused, self.known = False, 0, None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        w.lab.own(self)

    def run(self):
        while not self.stopped:
            a = None
            try:
                a = Agent(self.w, self.gateway)
                if (a.hello() or {}).get("action") == "OK":
                    self.known = self.known or time.monotonic()
                    while not self.stopped and a.report(
                            rtt=[("mx1.one.test", self.us)]):
                        time.sleep(0.3)
                else:
                    self.refused += 1
            except OSError:
                pass
            if a:
                a.close()
            time.sleep(1.0)

    def stop(self):
        self.stopped = True
        self.thread.join(5)


def added(tap, w):
    par = Beating(w, "par", 1000)  # nearer than the others
    tap.ok(wait_for(lambda: par.refused >= 2), "an agent nobody knows is turned away")
    w.configure(gateways=GATEWAYS + ("par",))
    at = w.tables()
    sent = 1  # before

    def send_until(what, seconds):
        nonlocal sent
        while not what() and time.monotonic() < at + seconds:
            reply = w.send("a-%d" % sent)
            sent += 1
            if reply.code != 250:
                tap.ok(False, "stubs go on", reply)
            time.sleep(0.1)
        return what()
    tap.ok(send_until(lambda: w.labelled("par"), SOON + SLACK),
           "it is chosen %.2f s after the table has it (the promise is %.0f s), and "
           "policyd knew it after %.2f s" % (
               time.monotonic() - at, SOON, par.known - at if par.known else -1),
           w.policyd.log()[-2000:], w.milter.log()[-1000:])
    tap.ok("has changed and is taken up" in w.policyd.log(), "policyd saw it by itself")
    tap.ok(send_until(lambda: w.got("par"), POSTFIX_LOOKS),
           "it gets stubs once Postfix has noticed its table: after %.1f s" % (
               time.monotonic() - at), w.pf.log()[-2000:])
    tap.ok(wait_for(lambda: sum(w.got(g) for g in w.sinks) == sent, 10),
           "those before went to other gateways, none waits in the queue",
           sent, {g: w.got(g) for g in w.sinks}, w.pf.log()[-2000:])
    tap.ok("status=deferred" not in w.pf.log(), "nor did one")


def not_taken_up(tap, w):
    """What policyd does not take up by itself, and that all goes on."""
    def told(text, before):
        return wait_for(lambda: text in w.policyd.log()[before:], 5)

    def ids():
        answer = w.admin("gateways")
        return sorted(v.split(";")[0][3:] for n, v in answer.items()
                      if n.startswith("gateway."))
    before = len(w.policyd.log())
    w.configure(gateways=GATEWAYS + ("par",), tail="policyd { no_such = 1 }\n")
    tap.ok(told("is not taken up", before), "a broken file is told",
           w.policyd.log()[before:])
    tap.equal(len(ids()), 4, "and the old one stays")
    w.lab.write("nearpost.conf", "")
    tap.ok(told("is not in it any more", before), "so is one that was cut off")
    w.configure(gateways=("tyo", "par"))
    tap.ok(told("gateway \"lon\"", before), "and one that lacks a gateway",
           w.policyd.log()[before:])
    tap.equal(len(ids()), 4, "which is not dropped for that")
    tap.equal(w.send("b-1").code, 250, "stubs go on")
    time.sleep(1)
    tap.equal(w.policyd.log()[before:].count("gateway \"lon\""), 1, "it is told once")
    w.policyd.kill(signal.SIGHUP)
    tap.ok(wait_for(lambda: ids() == ["par", "tyo"], 5), "SIGHUP drops it", ids())
    before = len(w.policyd.log())
    w.configure(gateways=("tyo", "par"), tail="# a comment\n")
    tap.ok(told("is taken up", before), "and what comes next is noticed again")


def main(tap, lab):
    w = OneHost(lab)
    w.start()
    w.recipient("alice@one.test", first_name="Alice", lang="en")
    for g in GATEWAYS:
        Beating(w, g, 20000)
    w.tables()
    w.milter.start()
    tap.ok(w.milter.wait_log("ready"), "the milter is there", w.milter.log())
    w.pf.start()
    tap.ok(wait_for(lambda: w.send("first").code == 250, 10, 0.2), "stubs are taken",
           w.milter.log()[-1000:], w.policyd.log()[-1000:])
    tap.ok(wait_for(lambda: sum(w.got(g) for g in GATEWAYS) == 1), "and relayed")
    added(tap, w)
    not_taken_up(tap, w)
    tap.equal(w.policyd.stop(), 0, "it ends when told to")
    tap.ok("Sanitizer" not in w.policyd.log() + w.milter.log(), "no sanitizer complains")


need("postfix", "postmap", "redis-server", "redis-cli", "dnsmasq", "openssl")
with Tap() as all_tests, Lab() as the_lab:
    main(all_tests, the_lab)
