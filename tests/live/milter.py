"""nearpost-milter on a real Postfix."""

import base64
import re
import signal

from npmilter import *


def without_received(message):
    return re.sub(rb"(?s)^Received:.*?\r\n(?=\S)", b"", message.data)


def ordinary_mail(tap, i):
    text = ("Subject: plain %s\r\nX-Odd:  blanks \r\nX-Fold: a\r\n\tb\r\nMessage-ID: <%s@x>\r\n"
            "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nFrom: a@s.test\r\n\r\n.\r\nfirst_name: x\r\n"
            + "0123456789\r\n" * 20000)
    data = (text % ("o-1", "o-1")).encode()
    i.send(data, "b@r.test")
    i.send(data.replace(b"o-1", b"o-2"), "b@r.test", port=i.plain)
    with_milter, without = i.ordinary("o-1"), i.ordinary("o-2")
    tap.ok(with_milter and without, "ordinary mail passes", i.pf.log()[-2000:])
    tap.equal(without_received(with_milter).replace(b"o-1", b"o-2"), without_received(without),
              "ordinary mail is the same with the milter and without, byte for byte")
    forged = b"Nearpost-Ticket: v=1; i=1\r\nnearpost-data: x\r\n" + data.replace(b"o-1", b"o-3")
    forged = forged.replace(b"X-Fold", b"NEARPOST-Creative: hero\r\nX-Fold")
    tap.equal(i.send(forged, "b@r.test").code, 250, "forged headers are no reason to refuse")
    m = i.ordinary("o-3")
    tap.ok(m and b"earpost" not in m.data and b"EARPOST" not in m.data, "they are stripped", m)
    tap.equal(without_received(m).replace(b"o-3", b"o-2"), without_received(without),
              "and all else stays")
    tap.equal(i.policy.requests, [], "policyd is not asked about ordinary mail")


def one_stub(tap, i):
    r = i.send(stub("s-1", "Nearpost-Creative: hero-fr"), ("Tokyo.X@example.test", "NOTIFY=SUCCESS,DELAY "
               "ORCPT=rfc822;Orig+2Bx@example.test"), mail_args="RET=HDRS ENVID=camp+2B1")
    tap.equal(r.code, 250, "a stub is taken")
    got = i.relayed("s-1")
    tap.equal(list(got), ["Tokyo.X@example.test.tyo-lon.nearpost.internal"],
              "its recipient is the ranked address, the local part as it was")
    gateway, m, args = got.popitem()[1]
    tap.equal(gateway, "tyo", "the first gateway has it")
    tap.equal(args, "ORCPT=rfc822;Orig+2Bx@example.test NOTIFY=SUCCESS,DELAY", "NOTIFY and ORCPT stay")
    tap.ok("RET=HDRS" in m.mail_args and "ENVID=camp+2B1" in m.mail_args, "RET and ENVID stay",
           m.mail_args)
    names = sorted(n.lower() for n in re.findall(rb"(?m)^(Nearpost-[^:]*):", m.head()))
    tap.equal(names, [b"nearpost-data", b"nearpost-ticket"],
              "a ticket and its data replace the stub's own headers")
    tap.equal(m.body(), b"coupon: X7\r\n", "the body stays")
    ticket = re.sub(r"\s", "", m.headers("Nearpost-Ticket")[0])
    tags = dict(t.split("=", 1) for t in ticket.split(";"))
    tap.equal([tags[t] for t in "vceag"], ["1", "spring-2026", "hero-fr", DIGEST, "tyo,lon"],
              "the ticket says what was chosen")
    tap.equal(base64.urlsafe_b64decode(tags["r"] + "==="), b"Tokyo.X@example.test",
              "and for whom")
    tap.equal(int(tags["x"]) - int(tags["t"]), 7 * 86400000, "for seven days")
    tap.ok(abs(int(tags["t"]) / 1000 - time.time()) < 60, "from now on", ticket)
    asked = i.policy.about("Tokyo.X")[0]
    want = {"request": "nearpost_select", "campaign": "spring-2026", "creative": "hero-fr",
            "recipient": "Tokyo.X@example.test", "sender": "offers@shop.test",
            "routable": "lon,tyo", "var.coupon": "X7", "ticket": tags["i"]}
    tap.equal({k: asked.get(k) for k in want}, want, "policyd is asked with all it needs")
    tap.ok(i.milter.wait_log(r"stub=relayed campaign=spring-2026 creative=hero-fr "
                             r"recipient=Tokyo.X@example.test gateways=tyo,lon reason=rtt "
                             r"score_ms=41 ticket=" + tags["i"]), "one log line tells it",
           i.milter.log()[-1000:])
    i.send(stub("s-2"), "alone@example.test")
    address, (gateway, m, args) = i.relayed("s-2").popitem()
    tap.equal((address, gateway), ("alone@example.test.lon.nearpost.internal", "lon"),
              "a ranking of one")
    tap.equal(args, "ORCPT=rfc822;alone@example.test", "ORCPT is made, NOTIFY is not")


def several(tap, i):
    r = i.send(stub("m-1"), "tokyo+a@example.test", "london@other.test", "tokyo+b@third.test",
               "TOKYO+a@Example.test", "tokyo+a@example.test")
    tap.equal(r.code, 250, "a stub to several is taken")
    got = i.relayed("m-1", 3)
    tap.equal({a: g for a, (g, _, _) in got.items()}, {
        "tokyo+a@example.test.tyo-lon.split.nearpost.internal": "tyo",
        "tokyo+b@third.test.tyo-lon.split.nearpost.internal": "tyo",
        "london@other.test.lon-tyo.nearpost.internal": "lon"},
        "each goes its own way; those who share one are split; twice named is once")
    tap.equal(sorted(len(m.rcpts) for _, m, _ in got.values()), [1, 1, 1],
              "one recipient in each transaction")
    tap.ok(all(len(m.headers("Nearpost-Ticket")) == 3 for _, m, _ in got.values()),
           "a ticket for each")
    r = i.send(stub("m-2"), "tokyo@example.test", "gone@example.test")
    tap.equal(r.code, 250, "one of two is suppressed: taken")
    tap.equal(list(i.relayed("m-2")), ["tokyo@example.test.tyo-lon.nearpost.internal"],
              "the other gets it")
    tap.ok(i.milter.wait_log('stub=suppressed .*recipient=gone@example.test reason="complaint since 2026-01-02 03:04"'),
           "the log tells who does not, and why")
    r = i.send(stub("m-3"), "gone@example.test")
    tap.equal(r.code, 250, "all suppressed: taken")
    r = i.send(stub("m-4"), *["tokyo+%d@example.test" % n for n in range(20)])
    tap.equal(r.code, 250, "20 recipients are taken")
    tap.equal(len(i.relayed("m-4", 20)), 20, "and relayed, all of them")
    asked = len(i.policy.requests)
    r = i.send(stub("m-5"), *["tokyo+%d@example.test" % n for n in range(21)])
    tap.ok(r.code == 550 and "5.5.3" in r.text and "21 recipients" in r.text, "21 are not", r)
    tap.equal(len(i.policy.requests), asked, "and policyd is not asked")
    tap.equal(list(i.relayed("m-3", timeout=1)) + list(i.relayed("m-5", timeout=0)), [],
              "nothing came of the suppressed and the refused")
    tap.ok(not any(w in m.data for m in i.others.messages for w in (b"m-1", b"m-2", b"m-3")),
           "nor did a stub leak")


def verdicts(tap, i):
    def unbooked(word):
        # Every RELAY answer's booking is "b-" and the ticket's id.
        wanted = {"b-" + r["ticket"] for r in i.policy.about(word)
                  if "tokyo" in r["recipient"]}
        return wait_for(lambda: wanted <= {r.get("booking") for r in
                                           i.policy.about("", "nearpost_admin")}, 3) and wanted
    r = i.send(stub("v-1"), "tokyo+v1@example.test", "nobody@example.test", "tokyo+v1b@example.test")
    tap.ok(r.code == 556 and r.text.startswith("5.1.10 nearpost: is in no recipient list "
                                               "(nobody@example.test)"),
           "one unknown recipient of three: refused, and named", r)
    tap.ok(unbooked("v1"), "the bookings of the others are undone", i.policy.requests[-5:])
    r = i.send(stub("v-2"), "tokyo+v2@example.test", "nobody@example.test", "later@example.test")
    tap.ok(r.code == 451 and "no gateway is alive (later@example.test)" in r.text,
           "one that must wait: all wait", r)
    tap.ok(unbooked("v2"), "the bookings are undone")
    for name, what in (("half", "half an answer"), ("strange", "an unknown action"),
                       ("nowhere", "a gateway that is not in the transport table")):
        r = i.send(stub("v-3"), name + "@example.test")
        tap.ok(r.code == 451, "%s: 451" % what, r)
    r = i.send(stub("v-3p"), "pairless@example.test")
    tap.equal(list(i.relayed("v-3p")), ["pairless@example.test.lon.nearpost.internal"],
              "a pair that is not in the table: its first gateway alone")
    r = i.send(stub("v-4", campaign="unknown-1"), "tokyo@example.test", "london@example.test")
    tap.ok(r.code == 550 and "there is no campaign unknown-1 (tokyo@example.test, "
           "london@example.test)" in r.text, "an unknown campaign", r)
    r = i.send(stub("v-5"), "big@example.test")
    tap.ok(r.code == 550 and "5.5.3" in r.text and "record_fields" in r.text,
           "28 KB of record do not fit into the headers", r)
    tap.equal(list(i.relayed("v-", timeout=0.5)),
              ["pairless@example.test.lon.nearpost.internal"], "nothing else of it went out")


def bad_stubs(tap, i):
    asked = len(i.policy.about(""))

    def refused(name, says, data, *rcpts, code=550, **how):
        r = i.send(data, *(rcpts or ("tokyo@example.test",)), **how)
        tap.ok(r.code == code and says in r.text, name, r)

    refused("the null sender", "sender address", stub("b-1"), sender="")
    refused("a campaign's name with blanks", "ampaign", stub("b-2", campaign="a b"))
    refused("an empty campaign", "ampaign", stub("b-3", campaign=""))
    refused("two campaigns", "ampaign", stub("b-4", "Nearpost-Campaign: other"))
    refused("a body that is no list of variables", "line 2", stub("b-5", body="a: 1\r\nhello\r\n"))
    refused("a variable with NUL", "", stub("b-6", body="a: 1\0\r\n"))
    refused("a body of 1 MB", "over 262144 octets", stub("b-7", body="a: 1\r\n" * 180000), code=552)
    refused("300 KB of headers", "headers", stub("b-8", *["X-F: " + "f" * 900] * 330), code=552)
    refused("a domain literal", "literal", stub("b-9"), "tokyo@[192.0.2.9]")
    refused("a domain of 240 octets", "", stub("b-a"),
            "tokyo@" + ".".join(["d" * 59] * 4))
    tap.equal(len(i.policy.about("")) - asked, 1, "policyd is asked only where it must be")
    long = stub("b-b", body="note: " + "n" * 990 + "\r\n")
    tap.equal(i.send(long, "tokyo@example.test").code, 250, "a line of 996 octets is taken")
    tap.equal(i.relayed("b-b").popitem()[1][1].body(), long.partition(b"\r\n\r\n")[2],
              "and comes through")
    html = ("MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=zz\r\n")
    body = ("--zz\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\nname: J=FCrgen\r\n\r\n"
            "--zz\r\nContent-Type: text/html\r\n\r\n<p>name: J&uuml;rgen</p>\r\n--zz--\r\n")
    r = i.send(stub("b-h", *html.split("\r\n")[:-1], body=body), "tokyo+bh@example.test")
    tap.ok(r.code == 250 and [q.get("var.name") for q in i.policy.about("+bh@")] == ["Jürgen"],
           "a stub as HTML mail", r, i.policy.about("+bh@"))
    r = i.send(stub("b-c", body=""), '"tokyo x"@example.test')
    got = i.relayed("b-c")
    tap.equal(list(got), ['"tokyo x"@example.test.tyo-lon.nearpost.internal'],
              "a quoted local part; an empty body")
    r = i.send(stub("b-d"), "tökyo@example.test", mail_args="SMTPUTF8")
    got = i.relayed("b-d")
    tap.equal(list(got), ["tökyo@example.test.tyo-lon.nearpost.internal"], "a UTF-8 local part")
    tap.ok(got and "ORCPT=utf-8;t\\x{F6}kyo@example.test" in list(got.values())[0][2],
           "with an ORCPT of its own kind", got)
    i.send(stub("b-g"), ("tökyo@example.test", "ORCPT=utf-8;t\\x{F6}k\\x{2B}@\\x{1F4EE}.test"),
           mail_args="SMTPUTF8")
    got = i.relayed("b-g")
    tap.ok(got and "ORCPT=utf-8;t\\x{F6}k\\x{2B}@\\x{1F4EE}.test" in list(got.values())[0][2],
           "and the sender's own of that kind stays", got)
    r = i.send(stub("b-e"), "tokyo@bücher.test", mail_args="SMTPUTF8")
    tap.equal(list(i.relayed("b-e")), ["tokyo@xn--bcher-kva.test.tyo-lon.nearpost.internal"],
              "an IDN domain goes as A-labels")
    r = i.send(stub("b-f"), "tökyo@example.test")
    tap.ok(r.code == 553 and ("5.6.7" in r.text or "SMTPUTF8" in r.text),
           "UTF-8 without SMTPUTF8 is refused", r)


def relay_domain(tap, i):
    for address in ("x@a.test.tyo-lon.nearpost.internal", "x@NEARPOST.internal", "x@nearpost.internal.",
                    "x@example.test.tyo-lon.split.Nearpost.Internal"):
        r = i.send(stub("r-1", campaign=None), address)
        tap.ok(r.code == 550 and "5.7.1" in r.text and "own address" in r.text,
               "mail to %s is refused" % address, r)
    r = i.send(stub("r-2"), "x@a.test.tyo.nearpost.internal", "tokyo@example.test")
    tap.equal(r.code, 550, "a stub, too, also beside others")
    r = i.send(stub("r-3", "Nearpost-Ticket: v=1; i=00", campaign=None),
               "x@a.test.tyo.nearpost.internal")
    tap.ok(r.code == 550 and "5.7.1" in r.text, "a forged ticket does not help", r)
    r = i.send(stub("r-4", campaign=None), "x@nearpost.internal.example.test")
    tap.equal(r.code, 250, "a name that only looks like it is not ours")


def again(tap, i):
    i.send(stub("a-1"), "tokyo+again@example.test", "london+again@example.test")
    got = i.relayed("a-1", 2)
    address, (_, m, _) = sorted(got.items())[1]
    other = sorted(got)[0]
    # A content filter adds a Received and puts the message back.
    data = b"Received: from filter.test by filter.test; Mon, 23 Nov 2026 10:00:00 +0000\r\n" + m.data
    asked = len(i.policy.requests)
    seen = len(i.sinks["tyo"].messages)
    r = i.send(data, address)
    tap.equal(r.code, 250, "our own stub passes a second time")
    twice = wait_for(lambda: i.sinks["tyo"].messages[seen:])
    tap.ok(twice and twice[0].rcpts[0][0] == "<%s>" % address and
           twice[0].headers("Nearpost-Ticket") == m.headers("Nearpost-Ticket") and
           twice[0].body() == m.body(), "as it was", twice)
    tap.equal(len(i.policy.requests), asked, "policyd is not asked again")
    for name, message, rcpts in (
            ("with another body", data.replace(b"coupon: X7", b"coupon: X8"), [address]),
            ("with another subject", data.replace(b"hello a-1", b"hello a-2"), [address]),
            ("with another recipient", data, [address.replace("tokyo", "osaka")]),
            ("with a further recipient", data, [address, "archive@example.test"]),
            ("with a campaign again", b"Nearpost-Campaign: x\r\n" + data, [address])):
        r = i.send(message, *rcpts)
        tap.ok(r.code == 550 and "5.7.1" in r.text, "not %s" % name, r)
    r = i.send(data, address, other)
    tap.equal(r.code, 250, "both recipients together pass")
    c = Client(i.pf.port)
    c.say("XCLIENT ADDR=192.0.2.7 PORT=1024")
    c.ehlo()
    r = c.mail("a@s.test", [address], data)
    c.close()
    tap.equal(r.code, 550, "not from a client that may not send stubs")


def who_may(tap, i):
    def from_client(xclient, word, campaign="spring-2026"):
        c = Client(i.pf.port)
        c.say("XCLIENT " + xclient)
        c.ehlo()
        r = c.mail("offers@shop.test", ["tokyo@example.test"], stub(word, campaign=campaign))
        c.close()
        return r

    r = from_client("ADDR=192.0.2.7 PORT=1024", "w-1")
    tap.ok(r.code == 550 and "5.7.1 nearpost: 192.0.2.7 may not send campaigns" in r.text,
           "a stranger's stub is refused, with what to do", r)
    r = from_client("ADDR=192.0.2.7 PORT=1024 LOGIN=other", "w-2")
    tap.ok(r.code == 550 and "login other" in r.text, "another login's, too", r)
    tap.equal(from_client("ADDR=192.0.2.7 PORT=1024 LOGIN=shop", "w-3").code, 250,
              "a login that may")
    tap.ok(i.relayed("w-3"), "is relayed")
    tap.equal(from_client("ADDR=192.0.2.7 PORT=1024", "w-4", None).code, 250,
              "a stranger's ordinary mail is taken")
    tap.ok(i.milter.wait_log(r"[0-9A-Za-z]{12,}: stub=refused client=\S+ sender=<offers@shop.test> "
                             r'reason="nearpost: 192.0.2.7 may not'), "the log tells who was refused",
           i.milter.log()[-1000:])
    tap.ok(not i.relayed("w-1", timeout=0.5) and not i.relayed("w-2", timeout=0), "no other is")


def local_submission(tap, i):
    def submit(word):
        return i.pf.sendmail(["-f", "offers@shop.test", "-t"],
                             stub(word).replace(b"somebody@", b"tokyo@").replace(b"\r\n", b"\n"))

    submit("l-1")
    tap.ok(i.pf.wait_log("milter-reject: END-OF-MESSAGE.*sendmail|stubs are not taken from sendmail"),
           "sendmail(1) may not, unless the admin says so", i.pf.log()[-1500:])
    tap.ok(i.ordinary("stubs are not taken from sendmail"), "its sender is told by a bounce")
    i.configure(local="yes")
    i.milter.kill(signal.SIGUSR1)
    tap.ok(i.milter.wait_log("configuration reloaded"), "reload")
    submit("l-2")
    tap.ok(
        list(i.relayed("l-2")) == ["tokyo@example.test.tyo-lon.nearpost.internal"],
        "then it may", i.milter.log()[-1000:])
    tap.ok(not i.relayed("l-1", timeout=0), "the first did not go out")
    i.lab.write("nearpost.conf", "milter { colour = 1 }")
    i.milter.kill(signal.SIGUSR1)
    tap.ok(i.milter.wait_log("not reloaded"), "a wrong configuration is told")
    tap.equal(i.send(stub("l-3"), "tokyo@example.test").code, 250, "and the old one goes on")
    i.configure()
    i.milter.kill(signal.SIGUSR1)


def routes(tap, i):
    i.table(("tyo",))
    time.sleep(1.2)
    i.send(stub("t-1"), "tokyo+t1@example.test")
    tap.equal([r["routable"] for r in i.policy.about("t1@")], ["tyo"],
              "the table is read again when it changes")
    i.table(())
    time.sleep(1.2)
    r = i.send(stub("t-2"), "tokyo@example.test")
    tap.ok(r.code == 451 and "transport table" in r.text, "an empty table: 451", r)
    i.table(("tyo", "lon", "tyo-lon", "lon-tyo"))
    time.sleep(1.2)


def policyd_trouble(tap, i):
    def timed(word, name="tokyo", **how):
        begin = time.monotonic()
        r = i.send(stub(word, **how), name + "@example.test")
        return r, time.monotonic() - begin

    # Postfix notices changed tables by restarting what reads them, and whoever
    # talked to that sleeps for 1 s: not while we look at the clock.
    for _ in range(3):
        timed("p-0")
    i.policy.answer = lambda request: None
    r, took = timed("p-1")
    tap.ok(r.code == 451 and 0.9 < took < 2, "policyd is silent: 451 after ask_timeout", r, took)
    r, took = timed("p-2")
    tap.ok(r.code == 451 and took < 0.3, "the next at once", r, took)
    r, took = timed("p-3", campaign=None)
    tap.ok(r.code == 250 and took < 0.5, "ordinary mail does not wait", r, took)
    i.policy.answer = by_name
    r, took = timed("p-4")
    tap.equal(r.code, 451, "for 5 s")
    tap.ok(wait_for(lambda: timed("p-5")[0].code == 250, 8, 0.3), "then it works again")
    i.policy.answer = lambda request: False
    tap.equal(timed("p-6")[0].code, 451, "policyd hangs up: 451")
    i.policy.answer = by_name
    tap.ok(wait_for(lambda: timed("p-7")[0].code == 250, 8, 0.3), "and works again")
    i.policy.stop()
    r, took = timed("p-8")
    tap.ok(r.code == 451 and took < 0.5, "policyd is gone: 451 at once", r, took)
    i.policy.start()
    tap.ok(wait_for(lambda: timed("p-9")[0].code == 250, 8, 0.3), "and works again")
    tap.equal([w for w in ("p-1", "p-2", "p-4", "p-6", "p-8")
               if i.relayed(w, timeout=0.2)], [], "no refused stub went out")


def parallel(tap, i):
    replies = []

    def one(n):
        c = Client(i.pf.port)
        c.ehlo()
        for k in range(4):
            replies.append(c.mail("offers@shop.test", ["tokyo+%d.%d@example.test" % (n, k)],
                                  stub("x-1.")).code)
            replies.append(c.mail("offers@shop.test", ["b@example.test"],
                                  stub("x-2.", campaign=None)).code)
        c.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(50)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.equal(replies, [250] * 400, "50 clients at once, stubs and ordinary mail")
    tap.equal(len(i.relayed("x-1.", 200, 30)), 200, "every stub is relayed")
    with open("/proc/%d/status" % i.milter.pid, encoding="ascii") as f:
        tap.note(re.search(r"VmRSS:.*", f.read()).group(0))


def start_and_stop(tap, i):
    tap.equal(i.milter.stop(), 0, "it ends with SIGTERM")
    check = subprocess.run([i.milter.argv[0], "-n", "-c", i.lab.path("nearpost.conf")],
                           check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.ok(check.returncode == 0 and b"FAILED" not in check.stdout,
           "-n finds nothing wrong", check.stdout)
    conf = open(i.lab.path("nearpost.conf"), encoding="utf-8").read()
    for name, old, new in (
            ("milter.policyd", "policyd.sock", "nobody.sock"),
            ("milter.transport_map", "/transport\"", "/nosuchmap\""),
            ("milter.listen", "unix:" + i.lab.path("milter.sock"), "unix:/nonexistent/s")):
        bad = i.lab.write("unreached.conf", conf.replace(old, new))
        check = subprocess.run([i.milter.argv[0], "-n", "-c", bad], check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        tap.ok(check.returncode == 69 and
               re.findall(rb"FAILED +(\S+)", check.stdout) == [name.encode()],
               "-n says that %s cannot be used, and nothing else" % name, check.stdout)
    shown = [subprocess.run([i.milter.argv[0], "-c", i.lab.path("nearpost.conf"), "-e", name],
                            check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
             for name in ("relay_domain", "milter.colour")]
    tap.ok(shown[0].stdout == b"nearpost.internal\n" and shown[0].returncode == 0,
           "-e prints a setting", shown[0])
    tap.ok(shown[1].returncode == 64 and b"milter.colour" in shown[1].stderr,
           "and knows what is none", shown[1])
    i.lab.write("bad.conf", "milter { colour = 1 }\n")
    check = subprocess.run([i.milter.argv[0], "-n", "-c", i.lab.path("bad.conf")],
                           check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.ok(check.returncode == 78 and b"colour" in check.stdout, "-n finds a wrong setting", check)
    pid = i.lab.path("milter.pid")
    started = subprocess.run([i.milter.argv[0], "-c", i.lab.path("nearpost.conf"), "-p", pid],
                             check=False, timeout=20)
    tap.equal(started.returncode, 0, "to the background")
    with open(pid, encoding="ascii") as f:
        number = int(f.read())
    try:
        tap.equal(i.send(stub("d-1"), "tokyo@example.test").code, 250, "it serves once it is there")
        second = subprocess.run([i.milter.argv[0], "-c", i.lab.path("nearpost.conf")], check=False,
                                stderr=subprocess.PIPE, timeout=20)
        tap.ok(second.returncode == 78 and b"another process listens" in second.stderr,
               "a second one says why it does not start", second)
    finally:
        os.kill(number, signal.SIGTERM)
    tap.ok(wait_for(lambda: not os.path.exists(pid)), "and leaves with its pid file")


need("postfix", "openssl")
with Lab() as lab, Tap() as tap:
    initiator = Initiator(lab).start()
    for test in (ordinary_mail, one_stub, several, verdicts, bad_stubs, relay_domain, again,
                 who_may, local_submission, routes, policyd_trouble, parallel, start_and_stop):
        test(tap, initiator)
