"""What a real Postfix makes of everything that lib/mail/session.h can ask of it:
session_probe is a milter that obeys X-Probe headers."""

import re
import signal
import stat
import threading

from nptest import *

CRLF = b"\r\n"


def mail(*probes, more=(), body=b"hello\r\n", name="X-Probe"):
    lines = [b"From: a@s.test", b"To: b@r.test", b"Subject: test"]
    lines += [b"%s: %s" % (name.encode(), p.encode()) for p in probes] + list(more)
    return CRLF.join(lines) + CRLF + CRLF + body


class Bench:
    def __init__(self, lab):
        self.lab = lab
        self.sink = lab.sink()
        self.socket = lab.path("probe.sock")
        # libmilter itself, stopped while a worker is busy, destroys mutexes that the
        # worker still uses: ThreadSanitizer's complaints count until then.
        options = os.environ.get("TSAN_OPTIONS", "") + ":exitcode=0"
        self.probe = lab.program("tests/live/session_probe", "unix:" + self.socket,
                                 env={"TSAN_OPTIONS": options})
        self.plain = free_port()
        self.pf = lab.postfix(
            "ini",
            main={
                "relayhost": "[127.0.0.1]:%d" % self.sink.port,
                "smtpd_milters": "unix:" + self.socket,
                "non_smtpd_milters": "unix:" + self.socket,
                "message_size_limit": "40000000",
            },
            smtpd={self.plain: {"smtpd_milters": ""}})

    def start(self):
        self.probe.start()
        if not self.probe.wait_log("ready"):
            raise RuntimeError(self.probe.log())
        self.pf.start()

    def send(self, data, rcpts=("b@r.test",), mail_args="", rcpt_args="", port=None):
        return self.lab.submit(port or self.pf.port, "a@s.test", rcpts, data,
                               mail_args, rcpt_args)

    def deliver(self, data, **how):
        """The reply, and the message that arrives under its queue id."""
        reply = self.send(data, **how)
        found = re.search(r"queued as (\S+)", reply.text)
        return reply, self.arrived(found.group(1)) if found else None

    def arrived(self, queue_id):
        mark = re.compile(rb"id %s\b" % queue_id.encode())
        return wait_for(lambda: next((m for m in self.sink.messages
                                      if mark.search(m.head())), None), 5)


def ordinary_mail(tap, b):
    """Without a word for us, mail is what it is without a milter."""
    data = (b"From: a@s.test\r\nSubject:no blank\r\nX-Two:  two blanks\r\n"
            b"X-Empty:\r\nX-Fold: one\r\n\ttab\r\n  two\r\nX-Trail: end \r\n"
            b"Message-ID: <1@s.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
            b"\r\n.dot\r\n\r\nno end of line, \xff\x80 8 bit")

    def norm(m):
        return re.sub(rb"(?s)Received:.*?\r\n(?=\S)", b"", m.data, count=1)

    _, with_milter = b.deliver(data)
    _, without = b.deliver(data, port=b.plain)
    tap.ok(with_milter and without, "ordinary mail comes through", b.pf.log()[-2000:])
    tap.equal(norm(with_milter), norm(without), "ordinary mail is the same, byte for byte")


def recipients(tap, b):
    _, m = b.deliver(mail("rewrite gw.test"),
                     rcpts=[("b@r.test", "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;B+2Bx@r.test"),
                            ("C@r.test", "NOTIFY=NEVER"), ("d@r.test", "")],
                     mail_args="RET=HDRS ENVID=e+2B1")
    want = [("<C@r.test.gw.test>", "ORCPT=rfc822;C@r.test NOTIFY=NEVER"),
            ("<b@r.test.gw.test>", "ORCPT=rfc822;B+2Bx@r.test NOTIFY=SUCCESS,FAILURE"),
            ("<d@r.test.gw.test>", "ORCPT=rfc822;d@r.test")]
    tap.equal(sorted(m.rcpts), want, "recipients are changed, NOTIFY and ORCPT stay")
    tap.ok("RET=HDRS" in m.mail_args and "ENVID=e+2B1" in m.mail_args,
           "RET and ENVID stay when recipients change", m.mail_args)


def sender(tap, b):
    _, m = b.deliver(mail("from <bounce@n.test>"), mail_args="RET=HDRS ENVID=e+2B1")
    tap.equal(m.sender, "<bounce@n.test>", "the sender changes")
    tap.ok("RET=HDRS" in m.mail_args and "ENVID=e+2B1" in m.mail_args,
           "RET and ENVID stay when the sender changes", m.mail_args, b.pf.log()[-1500:])
    _, m = b.deliver(mail("from <bounce@n.test>"))
    tap.ok("RET" not in m.mail_args and "ENVID" not in m.mail_args,
           "none appear where there were none", m.mail_args)
    tap.ok("ESMTP" not in b.pf.log(), "Postfix has no complaint about arguments")
    _, m = b.deliver(mail("from <>"))
    tap.equal(m.sender, "<>", "the sender can become the null sender")


def headers(tap, b):
    more = [b"X-A: 1", b"X-B: one", b"x-a: 2", b"X-B: two", b"X-A: 3\r\n folded"]
    _, m = b.deliver(mail("drop x-a", "drop X-Probe", "add  first", more=more))
    tap.ok(not re.search(rb"(?mi)^x-a:", m.data) and b" folded\r\n" not in m.data,
           "all fields of a name go", m)
    tap.equal(m.headers("X-B"), [" one", " two"], "others stay, in order")
    tap.equal(m.headers("X-Probe"), [], "the asking ones go too")
    tap.equal(m.headers("X-Added"), ["  first;\r\n\tfolded"],
              "an added field has the value it should, folding and blanks included")
    _, m = b.deliver(mail("drop-all", "add 1", "add 2", more=more))
    tap.equal(m.headers("X-Added"), [" 1;\r\n\tfolded", " 2;\r\n\tfolded"],
              "all headers replaced: the new ones are there in order")
    names = sorted({n.split(b":")[0] for n in re.findall(rb"(?m)^[^\s:]+:", m.head())})
    tap.equal(names, [b"Received", b"X-Added"],
              "all headers replaced: of the old ones none but Postfix's Received")
    tap.equal(m.body(), b"hello\r\n", "the body stays")
    for old in (b"x-added: 0", b"X-ADDED: " + b"long; " * 300 + b"\r\n folded"):
        _, m = b.deliver(mail("drop-all", "add 1", "add 2",
                              more=more + [old, b"X-Added: 0"]))
        tap.equal(re.findall(rb"(?mi)^(x-added): (\d);\r\n\tfolded\r\n",
                             m.head() + CRLF),
                  [(b"X-Added", b"1"), (b"X-Added", b"2")],
                  "all headers replaced: a new one of an old name is there once")
        tap.ok(not re.search(rb"(?mi)0$|long|^ folded", m.head()),
               "all headers replaced: nothing of the old value stays", m)
    b.deliver(mail("drop X-Probe", more=[b"X-V:none", b"X-V:  two", b"X-V:\ttab",
                                         b"X-V: a\r\n b"]))
    for value in ("none", " two", "\\x09tab", "a\\x0a b"):
        tap.ok('header=X-V value="%s"' % value in b.probe.log(),
               "a value is seen as it is: %s" % value)


def bodies(tap, b):
    for size in (0, 1, 64, 65533, 65534, 65536, 131070, 1000000, 10000000):
        _, m = b.deliver(mail("body %d" % size))
        line = (b"0123456789abcdef" * 4)[:62] + CRLF
        want = (line * (size // 64 + 1))[:size]
        if not want.endswith(CRLF):
            want += CRLF
        tap.ok(m and m.body() == want, "a body of %d octets is replaced" % size,
               len(m.body()) if m else b.pf.log()[-2000:])


def cleanups(pf):
    """The cleanup(8) processes of this Postfix."""
    found, queue = [], pf.settings["queue_directory"]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid, encoding="ascii") as f:
                if f.read() == "cleanup\n" and os.readlink("/proc/%s/cwd" % pid) == queue:
                    found.append(int(pid))
        except OSError:  # it has ended
            pass
    return found


def slow_body(tap, b):
    """An MTA that takes seconds over a body, as on a busy disk."""
    got, began = [], time.monotonic()
    t = threading.Thread(target=lambda: got.append(b.deliver(mail("body 20000000"))))
    t.start()
    while t.is_alive() and time.monotonic() - began < 25:
        pids = cleanups(b.pf)
        for sig, pause in ((signal.SIGSTOP, 0.15), (signal.SIGCONT, 0.01)):
            for pid in pids:
                os.kill(pid, sig)
            time.sleep(pause)
        if got or b.sink.messages and len(b.sink.messages[-1].data) > 19999999:
            break
    t.join()
    tap.note("the body took up to %.1f s" % (time.monotonic() - began))
    m = got[0][1]
    tap.ok(m and len(m.body()) >= 20000000, "a slow MTA gets the whole body", got[0][0],
           b.pf.log()[-1000:])


def verdicts(tap, b):
    r = b.send(mail("reply 550 5.7.1 100% of %s %d <b@r.test>: no"))
    tap.equal((r.code, r.text), (550, "5.7.1 100% of %s %d <b@r.test>: no"),
              "a 550 with its text, percent signs included")
    r = b.send(mail("reply 451 4.7.1 later"))
    tap.equal((r.code, r.text), (451, "4.7.1 later"), "a 451")
    r = b.send(mail("reply 553 5.6.7 " + "x" * 600))
    tap.equal((r.code, r.text), (553, "5.6.7 " + "x" * 400), "a long text is cut")
    r = b.send(mail("reply 550 5.1.1 n\u00e4h"))
    tap.equal((r.code, r.text), (550, "5.1.1 n??h"), "a reply is ASCII")
    r = b.send(mail("reply 550 5.7.2 not you", name="X-Refuse"))
    tap.equal((r.code, r.text), (550, "5.7.2 not you"), "refused at the end of headers")
    r = b.send(mail("reply 451 4.7.2 not now", name="X-Refuse"))
    tap.equal((r.code, r.text), (451, "4.7.2 not now"), "put off at the end of headers")
    r, m = b.deliver(mail("discard", "rewrite gone.test"))
    tap.ok(r.code == 250 and not m, "discarded mail is accepted and does not come", r, m)
    log = b.probe.log()
    tap.ok(len(re.findall("done applied=0", log)) >= 5, "done() says that nothing went out")


def odd_sessions(tap, b):
    c = Client(b.pf.port)
    c.ehlo()
    seen = []
    for i in range(3):
        c.say("MAIL FROM:<a@s.test>")
        c.say("RCPT TO:<b@r.test>")
        c.say("RSET")
        seen.append(c.mail("a@s.test", ["b%d@r.test" % i], mail("rewrite gw%d.test" % i)).code)
        seen.append(c.mail("a@s.test", ["b@r.test"], b"Subject: plain\r\n\r\n").code)
    c.close()
    tap.equal(seen, [250] * 6, "several messages and aborts in one connection")
    c = Client(b.pf.port)
    c.ehlo()
    c.say("MAIL FROM:<a@s.test>")
    c.say("RCPT TO:<b@r.test>")
    c.say("DATA")
    c.sock.sendall(mail("add 1")[:60])
    c.sock.close()
    r = b.send(b"X-Probe: add 1\r\n" + b"X-Fill: %s\r\n" % (b"y" * 900) * 400 + b"\r\nx\r\n")
    tap.ok(r.code == 250 and re.search("cut=1", b.probe.log()), "300 KB of headers are cut", r)
    r = b.send(b"X-Probe: add 1\r\n" * 6000 + b"\r\nx\r\n")
    tap.equal((r.code, r.text), (550, "5.6.0 too many header fields"),
              "6,000 fields of ours are too many")
    r = b.send(mail("add 1", body=b"z" * 60 + CRLF) + (b"z" * 62 + CRLF) * 40000)
    tap.ok(r.code == 250 and re.search("body=65536 body_cut=1", b.probe.log()),
           "a body is cut at body_max", r)
    r = b.send(b"")
    tap.equal(r.code, 250, "a message of nothing is taken")


def pickup(tap, b):
    done = b.pf.sendmail(["-f", "a@s.test", "-V", "env1", "-t"],
                         b"To: b@r.test\nBcc: h@r.test\nX-Probe: rewrite gw.test\n\nx\n")
    m = wait_for(lambda: next((m for m in b.sink.messages if "ENVID=env1" in m.mail_args), None))
    tap.ok(m, "sendmail(1) is seen as well, its ENVID stays", done, b.pf.log()[-2000:])
    tap.equal(sorted(r[0] for r in m.rcpts), ["<b@r.test.gw.test>", "<h@r.test.gw.test>"],
              "its recipients are changed, Bcc included")
    tap.ok(re.search(r"client=0 .*local=1 from=<a@s.test> rcpts=2", b.probe.log()),
           "and known to be no SMTP client", b.probe.log()[-1500:])
    b.send(mail())
    tap.ok(re.search(r"client=2 .*local=0 from=<a@s.test> rcpts=1", b.probe.log()),
           "an SMTP client is one", b.probe.log()[-1500:])


def parallel(tap, b):
    b.sink.clear()
    codes = []

    def one(i):
        codes.append(b.send(mail("rewrite gw.test", "body 100000"),
                            rcpts=["p%d@r.test" % i]).code)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.equal(codes, [250] * 40, "40 at once are taken")
    want = sorted("<p%d@r.test.gw.test>" % i for i in range(40))
    tap.ok(wait_for(lambda: sorted(m.rcpts[0][0] for m in b.sink.messages
                                   if len(m.body()) > 99000 and
                                   m.rcpts[0][0] in want) == want, 20), "and arrive")


def life(tap, b):
    mode = os.stat(b.socket)
    tap.equal((stat.S_IMODE(mode.st_mode), mode.st_gid), (0o660, pwd.getpwnam("postfix").pw_gid),
              "the socket is for its group alone")
    second = b.lab.program("tests/live/session_probe", "unix:" + b.socket).start()
    tap.ok(second.proc.wait(10) == 78 and "another process listens" in second.log(),
           "a second one does not take the socket away", second.log()[-500:])
    tap.equal(b.send(mail("add 1")).code, 250, "and the first goes on")
    b.probe.kill(signal.SIGUSR1)
    tap.ok(b.probe.wait_log("reload"), "SIGUSR1 reloads")
    tap.equal(b.send(mail("add 1")).code, 250, "and it goes on")
    tap.ok("Sanitizer" not in b.probe.log(), "no sanitizer has a complaint")
    slow = []
    t = threading.Thread(target=lambda: slow.append(b.send(mail("sleep 1"))))
    t.start()
    time.sleep(0.3)
    begin = time.monotonic()
    b.probe.kill(signal.SIGTERM)
    status = b.probe.proc.wait(15)
    took = time.monotonic() - begin
    t.join()
    tap.ok(status == 0 and took < 10, "SIGTERM ends it soon", "%s after %.2f s" % (status, took),
           b.probe.log()[-1000:])
    tap.ok(slow and slow[0].code == 250, "after the message it was at", slow)
    tap.ok(not os.path.exists(b.socket), "the socket is gone")
    tap.equal(b.send(mail("add 1")).code, 451, "without it mail waits")
    b.probe.start()
    tap.ok(wait_for(lambda: b.send(mail("add 1")).code == 250, 20), "until it is back")
    b.probe.kill()
    b.probe.proc.wait()
    b.probe.start()
    tap.ok(wait_for(lambda: b.send(mail("add 1")).code == 250, 20),
           "a socket left by kill -9 is replaced")


need("postfix")
with Lab() as lab, Tap() as tap:
    bench = Bench(lab)
    bench.start()
    for test in (ordinary_mail, recipients, sender, headers, bodies, slow_body, verdicts,
                 odd_sessions, pickup, parallel, life):
        test(tap, bench)
