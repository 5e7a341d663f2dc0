"""Several nearpost-policyds on one Redis, and agents that report to all of them.
For live tests."""

import threading
import time

from nppolicyd import *

SOON = 5.0  # bounds are for a noisy machine; what was measured is printed


class Beats:
    """An agent of each gateway, connected to every policyd, as a real one is."""

    def __init__(self, worlds, gateways=GATEWAYS, rtt=None, hello=None):
        """rtt: {gateway: [(host, us)]}; hello: {gateway: {name: value}}."""
        self.lines, self.lock = [], threading.Lock()
        self.rtt, self.hello = rtt or {}, hello or {}
        self.stopped = False
        self.counts = {g: 0 for g in gateways}  # accepted
        for w in worlds:
            self.join(w, gateways)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        worlds[0].lab.own(self)

    def report(self, a):
        return a.report(rtt=self.rtt.get(a.gateway, [("mx1.one.test", 20000)]),
                        accepted_messages=self.counts[a.gateway])

    def join(self, w, gateways=None):
        for g in gateways or list(self.counts):
            self.counts.setdefault(g, 0)
            a = w.agent(g)
            a.hello(**self.hello.get(g, {}))
            self.report(a)
            with self.lock:
                self.lines.append(a)

    def leave(self, w):
        with self.lock:
            self.lines = [a for a in self.lines if a.world is not w]

    def tell(self, w, gateway, *events):
        """Events, and the answer to them."""
        with self.lock:
            return next(a for a in self.lines if a.world is w and
                        a.gateway == gateway).events(*events)

    def run(self):
        while not self.stopped:
            time.sleep(0.3)
            with self.lock:
                for a in list(self.lines):
                    try:
                        self.report(a)
                    except OSError:
                        pass

    def stop(self):
        self.stopped = True
        self.thread.join(5)


def rows(w):
    answer = w.admin("gateways")
    found = [dict(p.split("=", 1) for p in answer[n].split(";"))
             for n in answer if n.startswith("gateway.")]
    return {row["id"]: row for row in found}


def state(w, gateway):
    return rows(w)[gateway]["state"]


def took(what, timeout=SOON):
    """Seconds until it was so; None when it was not in time."""
    start = time.monotonic()
    return time.monotonic() - start if wait_for(what, timeout, 0.01) else None


def booked(w, gateway):
    return int(rows(w)[gateway]["booked_messages"])


def many(w, n, answers, **more):
    t = w.talk()
    for _ in range(n):
        answers.append(t.ask({
            "request": "nearpost_select", "campaign": "spring",
            "recipient": "bob@one.test", "sender": "offers@shop.test",
            "routable": ",".join(GATEWAYS), **more})["gateways"].split(",")[0])
    t.close()


def event(seq, ticket, status="sent", recipient="alice@one.test", took_ms=1500, **more):
    """A delivery event as an agent sends it."""
    fields = {
        "seq": seq, "ticket": ticket, "status": status, "conn_use": 1,
        "queue_id": "4" + ticket[:11], "campaign": "spring", "creative": "hero-en",
        "recipient": recipient, "relay_host": "mx1.one.test",
        "relay_ip": "127.0.0.2", "size_bytes": 1000,
        "requested_ms": int(time.time() * 1000) - took_ms,
        "received_ms": int(time.time() * 1000), "ttr_ms": took_ms,
        "a_us": 0, "b_us": 0, "c_us": 60000, "d_us": 10000,
        "dsn": "2.0.0", "text": "250 2.0.0 taken"}
    if status == "deferred":
        fields.update(dsn="4.7.1", text="451 4.7.1 too many", ttr_ms=0)
    fields.update(more)
    return ";".join("%s=%s" % pair for pair in fields.items())
