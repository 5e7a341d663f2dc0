#!/usr/bin/python3
"""Ordinary mail is not touched, and stubs leak nowhere: what passes our services is
compared with what the same Postfix sends without them, and an admin's copies,
aliases and filters are in the way of stubs."""

import re
import subprocess
import time

from nptest import Tap, TOP_SRC, wait_for
from path import LAB, Path, people

# A service that knows nothing of nearpost, on the initiator and on a gateway.
PLAIN = 2600
PLAIN_SERVICES = """
postconf -M '2600/inet=2600 inet n - n - - smtpd \
  -o smtpd_milters= -o cleanup_service_name=cleanup-plain' &&
postconf -M 'cleanup-plain/unix=cleanup-plain unix n - n - 0 cleanup \
  -o header_checks= -o nested_header_checks='
"""
# (name of the service, host, port)
SERVICES = [("ordinary smtpd", "ini", 25), ("stub service", "ini", 587),
            ("ordinary smtpd of a gateway", "lon", 2525)]
HEAD = b"From: a@shop.test\r\nTo: b@one.test\r\nSubject: s\r\n"
STUB = (b"From: a@shop.test\r\nTo: b@one.test\r\n"
        b"Nearpost-Campaign: spring-2026\r\n\r\nfirst_name: Xanthippe\r\n")
SECRET = b"Xanthippe"
# Refusals and deliveries come at once; what would be waited for takes 30 s.
AT_ONCE_S = 25


def awkward():
    """{name: (octets, recipients, further words of Path.say)}"""
    octets = bytes(c for c in range(1, 256) if c not in b"\r\n")
    headers = b"".join(b"X-Many: %d\r\n" % i for i in range(1500))
    inner = STUB.replace(SECRET, b"Ida")
    attached = (b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; '
                b'boundary="b"\r\n\r\n--b\r\n'
                b"Content-Type: message/rfc822\r\n\r\n" + inner + b"--b--\r\n")
    return {
        "eight bits without MIME":
            (HEAD + b"X-Raw: J\xf6rg\r\n\r\nGr\xfc\xdfe\r\n", 1,
             {"mail_args": "BODY=8BITMIME"}),
        "every octet but NUL": (HEAD + b"\r\n" + octets + b"\r\n", 1,
                                {"mail_args": "BODY=8BITMIME"}),
        "carriage returns alone": (HEAD + b"\r\na\rb\r\r\nc\r\n", 1, {}),
        "long lines": (HEAD + b"X-Long: " + b"h" * 3000 + b"\r\n\r\n"
                       + b"y" * 9000 + b"\r\n" + b"z" * 998 + b"\r\n", 1, {}),
        "folded and odd headers":
            (b"From:a@shop.test\r\nSubject:\tone\r\n two\r\n\t three \r\n"
             b"X-None:\r\nX-Tight:value\r\nX-Wide:   value  \r\n"
             b"x-lower: 1\r\nX-Percent: 100%s %d\r\nTo: b@one.test\r\n"
             b"\r\ntext\r\n", 1, {}),
        "duplicate headers":
            (HEAD + HEAD + b"Received: from x by y; Mon, 1 Jan 2024 00:00:00"
             b" +0000\r\nSubject: again\r\n\r\ntext\r\n", 1, {}),
        "1500 headers": (HEAD + headers + b"\r\ntext\r\n", 1, {}),
        "no headers": (b"only text\r\n\r\nmore\r\n", 1, {}),
        "an empty line first": (b"\r\nonly text\r\n", 1, {}),
        "an empty body": (HEAD + b"\r\n", 1, {}),
        "headers alone": (HEAD, 1, {}),
        "nothing at all": (b"", 1, {}),
        "dots": (HEAD + b"\r\n.\r\n..\r\n.x\r\nFrom y\r\n", 1, {}),
        "a stub attached": (HEAD + attached, 1, {}),
        "a stub quoted": (HEAD + b"\r\n" + inner, 1, {}),
        "a DKIM signature":
            (b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.test; s=k;\r\n"
             b"\th=from:to; bh=AAAA;\r\n\tb=BBBB\r\n" + HEAD
             + b"\r\ntext \r\n\r\n\r\n", 1, {}),
        "a megabyte": (HEAD + b"\r\n" + b"0123456789abcdef\r\n" * 60000, 1,
                       {}),
        "sixty recipients": (HEAD + b"\r\ntext\r\n", 60, {}),
        "the null sender": (HEAD + b"\r\ntext\r\n", 1, {"sender": ""}),
    }


FORGED = (b"Nearpost-Foo: 1\r\n" + HEAD + b"nearpost-subject: a\r\n b\r\n"
          b"X-Between: 1\r\nNearpost-Data: x\r\n\r\nNearpost-Body: stays\r\n")


class Mail:
    """Messages and the recipients that each goes to, by service."""

    def __init__(self, path):
        self.path, self.copies = path, 0

    def send(self, service, host, port, messages):
        """One try of each; [(name, recipients, Answer)]"""
        sent = []
        for n, (name, (data, count, words)) in enumerate(messages.items()):
            rcpts = ["%s%d.%d@%s" % (service, n, i, ("one.test", "two.test")
                                     [i % 2]) for i in range(count)]
            answer = self.path.say(host, port, rcpts, data, **words)
            sent.append((name, rcpts, answer))
            self.copies += count if answer.code == 250 else 0
        return sent

    def collect(self, tap):
        waited = self.path.wait(self.copies, 60)
        tap.ok(waited.returncode == 0, "all ordinary mail arrives",
               waited.stderr)
        return self.path.collect()


def bare(copy):
    """What must be the same: the octets and the envelope, without queue ids,
    dates and the recipient's address, which differs by the service."""
    rcpt = copy.facts["rcpt"]
    head, sep, body = copy.raw.partition(b"\r\n\r\n")
    for word in set(re.findall(rb"\bid ([0-9A-Za-z]{12,})", head)):
        head = head.replace(word, b"ID")
    head = head.replace(b"for <" + rcpt.encode() + b">", b"for <R>")
    head = re.sub(rb"\w{3},  ?\d+ \w{3} \d{4} [\d:]{8} [+-]\d{4} \(\w+\)",
                  b"DATE", head)
    head = re.sub(rb"<\d{14}\.ID@", b"<ID@", head)
    args = re.sub(r"SIZE=\d+", "", copy.facts["mail_args"])
    return (head + sep + body, copy.facts["mail_from"], args,
            copy.facts["rcpt_args"].replace(rcpt, "R"))


def difference(got, want):
    """'' or where the two part."""
    if len(got) != 1 or len(want) != 1:
        return "%d copies, not %d" % (len(got), len(want))
    a, b = bare(got[0]), bare(want[0])
    if a == b:
        return ""
    at = next((i for i, (x, y) in enumerate(zip(a[0], b[0])) if x != y),
              min(len(a[0]), len(b[0])))
    return "%r\nnot %r\n%r" % (a[0][at:at + 200], b[0][at:at + 200], a[1:])


def not_taken(sent):
    return ["%s: %r" % (n, a) for n, _, a in sent
            if a.code != 250 or a.seconds > AT_ONCE_S]


def test_untouched(tap, path, mail):
    messages = awkward()
    sent = {}
    for host in ("ini", "lon"):
        path.lab("exec", host, "sh", "-c", PLAIN_SERVICES)
        path.reload(host, PLAIN)
        sent[host] = mail.send("A" if host == "ini" else "D", host, PLAIN,
                               messages)
        bad = not_taken(sent[host])
        tap.ok(not bad, "a service of %s without us takes ordinary mail" % host,
               *bad)
    for letter, (service, host, port) in zip("BCE", SERVICES):
        sent[service] = mail.send(letter, host, port, messages)
        bad = not_taken(sent[service])
        tap.ok(not bad, "the %s takes ordinary mail" % service, *bad)
    got = mail.collect(tap)
    for service, host, _ in SERVICES:
        for (name, rcpts, _), (_, plain, _) in zip(sent[service], sent[host]):
            bad = [d for d in (difference(got.get(r, []), got.get(p, []))
                               for r, p in zip(rcpts, plain)) if d]
            tap.ok(not bad, "%s: %s is as without us" % (service, name),
                   *bad[:2])
    return sent["ini"], got


def test_forged(tap, mail):
    """Nearpost-* fields of others are gone, and nothing else."""
    own = re.sub(rb"(?mi)^nearpost-[^:]*:.*\r\n(?:[ \t].*\r\n)*", b"",
                 FORGED.partition(b"\r\n\r\n")[0] + b"\r\n")
    want = own + b"\r\n" + FORGED.partition(b"\r\n\r\n")[2]
    plain = mail.send("F", "ini", PLAIN, {"forged": (want, 1, {})})
    sent = mail.send("G", "ini", 587, {"forged": (FORGED, 1, {})})
    got = mail.collect(tap)
    bad = difference(got.get(sent[0][1][0], []), got.get(plain[0][1][0], []))
    tap.ok(not bad, "Nearpost- headers of others are taken out, no more", bad)


def test_down(tap, path, mail, reference, got):
    """Ordinary mail while a part of ours is not there."""
    names = ["eight bits without MIME", "a stub attached", "sixty recipients"]
    messages = {n: awkward()[n] for n in names}
    want = {n: r for n, r, _ in reference if n in names}
    sent = {}
    for letter, victim in zip("HJK", ("policyd", "redis", "milter")):
        path.lab("kill", victim)
        for letter, port in ((letter, 25), (letter.lower(), 587)):
            rows = mail.send(letter, "ini", port, messages)
            if victim == "milter" and port == 587:
                bad = [r for r in rows if r[2].code != 451]
                tap.ok(not bad, "without the milter its service says 451",
                       bad)
                continue
            sent[victim, port] = rows
            bad = not_taken(rows)
            tap.ok(not bad, "without %s, ordinary mail is taken on %d" % (
                victim, port), *bad)
        stub = path.say("ini", 587, ["down.%s@one.test" % victim], STUB)
        tap.ok(stub.code // 100 == 4 and stub.seconds < AT_ONCE_S,
               "without %s, a stub waits" % victim, stub)
        path.lab("start", victim)
    got.update(mail.collect(tap))
    bad = [d for rows in sent.values() for n, rcpts, _ in rows
           for r, p in zip(rcpts, want[n])
           for d in [difference(got.get(r, []), got.get(p, []))] if d]
    tap.ok(not bad, "without a part of ours, mail arrives as ever", *bad[:2])
    tap.ok(not [r for r in got if r.startswith("down.")],
           "no stub that had to wait was delivered")


# What an admin may have: copies of all mail, an alias, a content filter.
COPIES = ["archive@two.test", "sbcc@two.test", "rbcc@three.test"]
ADMINS = """
postconf -e always_bcc=archive@two.test sender_bcc_maps=static:sbcc@two.test \
    recipient_bcc_maps=static:rbcc@three.test \
    'virtual_alias_maps=inline:{ { alias@one.test = target@four.test } }' \
    'content_filter=smtp:[127.0.0.1]:10025' &&
postconf -M '10026/inet=10026 inet n - n - - smtpd \
  -o content_filter= \
  -o receive_override_options=no_address_mappings,no_milters'
"""
# The admin's own line again: sendmail(1) without our milter.
PICKUP = "pickup/unix=pickup unix n - n 60 1 pickup"


def start_filter(path):
    p = subprocess.Popen(
        [LAB, "exec", "ini", "python3", TOP_SRC + "/tests/live/refilter.py",
         "10025", "10026"], env=path.env, stdout=subprocess.PIPE, text=True)
    path.background.append(p)
    return p.stdout.readline() == "ready\n"


def leaked(got, rcpts):
    """What of stubs came to anybody but the recipients."""
    return sorted(r for r, copies in got.items() if r not in rcpts
                  for c in copies if SECRET in c.raw)


def test_copies(tap, path, mail):
    """No copy, alias or filter sees a stub or an advert."""
    tap.ok(start_filter(path), "the content filter runs")
    for host in ("ini", "lon", "nyc", "tyo"):
        path.lab("exec", host, "sh", "-c", ADMINS)
        path.reload(host, 10026)
    ordinary = path.say("ini", 25, ["alias@one.test"], HEAD + b"\r\nx\r\n")
    tap.ok(ordinary.code == 250, "mail for an alias is taken", ordinary)
    rcpts = people(4, "smtp") + ["alias@one.test"]
    local = people(2, "local") + ["alias@uno.test"]
    grouped = people(3, "group")
    data = ["--data", "coupon=" + SECRET.decode()]
    path.send(rcpts, words=data)
    path.send(grouped, words=data + ["--group", "3"])
    path.send(local, words=data + ["--via", "sendmail"])
    mail.copies += 4 + len(rcpts + local + grouped)
    got = mail.collect(tap)
    filtered = [r for r in COPIES + ["target@four.test"] if not
                any(b"X-Filtered: yes" in c.raw for c in got.get(r, []))]
    tap.ok(not filtered, "ordinary mail is copied, aliased and filtered",
           filtered)
    for what, some in (("by SMTP", rcpts), ("with three recipients", grouped),
                       ("by sendmail", local)):
        bad = ["%s: %s" % (r, [c.leak() or c.gateway for c in got.get(r, [])])
               for r in some if len(got.get(r, [])) != 1
               or got[r][0].leak() or SECRET not in got[r][0].raw]
        tap.ok(not bad, "stubs %s: one advert for each" % what, bad)
    bad = leaked(got, rcpts + local + grouped)
    tap.ok(not bad, "nobody else gets a stub or an advert", bad)
    return rcpts + local + grouped


def stubs():
    """Ways to write the header."""
    field = b"Nearpost-Campaign: spring-2026"
    return {
        "a stub": STUB,
        "a stub in capitals": STUB.replace(field, field.upper()),
        "a stub with space before the colon":
            STUB.replace(field, b"Nearpost-Campaign : spring-2026"),
        "a stub with its header folded":
            STUB.replace(field, b"Nearpost-Campaign:\r\n spring-2026"),
        "a stub with an empty header":
            STUB.replace(field, b"Nearpost-Campaign:"),
        "a stub behind 1500 headers":
            awkward()["1500 headers"][0].partition(b"\r\n\r\n")[0]
            + b"\r\n" + STUB,
        # Not to be understood where stubs belong: ordinary mail there.
        "a forged ticket":
            STUB.replace(field, b"Nearpost-Ticket: v=1; b=AAAA"),
    }


def test_elsewhere(tap, path):
    """Stubs sent to a service that is not theirs."""
    for service, host, port, words in (
            ("ordinary smtpd", "ini", 25, "stub service (587)"),
            ("filter's way back", "ini", 10026, "stub service (587)"),
            ("gateway's ordinary smtpd", "lon", 2525, "nearpost: ")):
        answers = [path.say(host, port, ["else%d@one.test" % n], data)
                   for n, data in enumerate(stubs().values())]
        bad = ["%s: %r" % (n, a) for n, a in zip(stubs(), answers)
               if a.code != 550 or words not in a.text]
        tap.ok(not bad, "the %s refuses stubs%s" % (
            service, " and names theirs" if "587" in words else ""), *bad)


def test_odd(tap, path, mail, known):
    """The same where stubs belong: refused or expanded."""
    odd = list(stubs().items())[:-1]
    answers = [path.say("ini", 587, ["odd%d@one.test" % n], data)
               for n, (_, data) in enumerate(odd)]
    taken = ["odd%d@one.test" % n for n, a in enumerate(answers)
             if a.code == 250]
    tap.note("\n".join("587, %s: %r" % (n, a)
                       for (n, _), a in zip(odd, answers)))
    mail.copies += len(taken)
    got = mail.collect(tap)
    bad = ["%s: %s" % (r, [c.leak() for c in got.get(r, [])]) for r in taken
           if len(got.get(r, [])) != 1 or got[r][0].leak()]
    tap.ok(len(taken) > 2 and not bad, "each odd stub that is taken becomes "
           "one advert", taken, *bad)
    return known + taken


def test_sendmail(tap, path, mail, known):
    """sendmail(1) with the admin's own pickup line, and the relay domain."""
    def send(rcpt, message):
        path.lab("send", "--file", "-", "--via", "sendmail", rcpt,
                 text=message.decode())

    def came_back(words, n):
        path.collect()
        return sum(words in b for b in path.returned()) >= n
    send(RANKED[0], HEAD + b"\r\nours\r\n")
    tap.ok(wait_for(lambda: came_back(RANKED[0].encode(), 1), 30, 0.5),
           "the relay domain is refused: sendmail(1)")
    path.lab("exec", "ini", "postconf", "-M", PICKUP)
    path.reload("ini")
    send("else@one.test", STUB)
    send(RANKED[1], HEAD + b"\r\nplain\r\n")
    tap.ok(wait_for(lambda: came_back(b"stub service (587)", 1), 30, 0.5),
           "a stub by sendmail(1), not set up, comes back and names the "
           "service")
    tap.ok(wait_for(lambda: came_back(RANKED[1].encode(), 1), 30, 0.5),
           "the relay domain is refused: sendmail(1), not set up")
    got = mail.collect(tap)
    bad = leaked(got, known)
    tap.ok(not bad, "a refused stub reaches nobody", bad)
    bad = [r for r in got if r.lower().startswith("x@")]
    tap.ok(not bad, "mail to the relay domain reaches nobody", bad)


RANKED = ["x@one.test.tyo-lon.nearpost.internal",
          "X@One.Test.TYO-LON.NearPost.Internal",
          "x@one.test.lon.split.nearpost.internal",
          "x@one.test.lon.nearpost.internal.", "x@nearpost.internal",
          '"x y"@one.test.lon.nearpost.internal',
          "x%one.test.lon.nearpost.internal@[127.0.0.1]",
          "@ini.test:x@one.test.lon.nearpost.internal"]


def test_relay_domain(tap, path):
    """Addresses that only the milter may write."""
    ini, lon, self = path.address("ini"), path.address("lon"), "127.0.0.1"
    for what, host, server, port in (
            ("initiator, from itself", "ini", self, 25),
            ("initiator, from elsewhere", "tyo", ini, 25),
            ("stub service, from itself", "ini", self, 587),
            ("stub service, from elsewhere", "tyo", ini, 587),
            # It has the safety net of the transport table: 450.
            ("gateway, from itself", "lon", self, 2525),
            ("gateway, from elsewhere", "tyo", lon, 2525),
            ("gateway's stub service, from elsewhere", "tyo", lon, 25)):
        answers = [path.say(host, port, [r], HEAD + b"\r\nx\r\n", server)
                   for r in RANKED]
        bad = ["%s: %r" % (r, a) for r, a in zip(RANKED, answers)
               if a.code // 100 != (4 if server == self and host == "lon"
                                    else 5)]
        tap.ok(not bad, "the relay domain is refused: " + what, *bad)


def main():
    with Tap() as tap, Path() as path:
        mail = Mail(path)
        began = time.monotonic()
        reference, got = test_untouched(tap, path, mail)
        test_forged(tap, mail)
        tap.note("untouched %.0f s" % (time.monotonic() - began))
        test_down(tap, path, mail, reference, got)
        tap.note("down %.0f s" % (time.monotonic() - began))
        test_relay_domain(tap, path)
        known = test_copies(tap, path, mail)
        tap.note("copies %.0f s" % (time.monotonic() - began))
        test_elsewhere(tap, path)
        known = test_odd(tap, path, mail, known)
        test_sendmail(tap, path, mail, known)
        tap.note("%.0f s" % (time.monotonic() - began))


main()
