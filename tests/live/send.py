#!/usr/bin/python3
"""nearpostctl send: what it counts, and where it gives its password."""

import json
import re
import time
from pathlib import Path as File

from nptest import Tap, wait_for
from path import Path

TOPOLOGY = """
initiator ini
gateway lon
site one.test
default_rtt 2
option milter.ask_timeout=20s
"""
WHO = "alice@one.test"
LAST = re.compile(r"(\d+) stubs sent now, (\d+) before, (\d+) refused, "
                  r"(\d+) uncertain, (\d+) to go")


class Sender:
    def __init__(self, path):
        self.path = path
        self.etc = File(path.lab("path", "ini").stdout.strip()) / "nearpost"
        self.conf = (self.etc / "nearpost.conf").read_text(encoding="utf-8")
        self.ctl = None

    def journal(self, text=None):
        file = self.etc / "send/spring-2026.journal"
        if text is not None:
            file.write_text(text)
        return file.read_text() if file.exists() else ""

    def words(self, *options):
        return ["send", "spring-2026", "--where",
                "email == '%s' && exists lang" % WHO, *options]

    def run(self, *options):
        return result(self.path.lab("ctl", "ini", *self.words(*options),
                                    check=False))

    def program(self):
        top = self.path.lab("exec", "ini", "sh", "-c", "echo $top_builddir")
        return top.stdout.strip() + "/ctl/nearpostctl"

    def run_at(self, ctl, smtp, password):
        """With a login, at another server, for 6 s."""
        (self.etc / "password").write_text(password)
        conf = self.etc / "login.conf"
        conf.write_text(re.sub(
            r'(?m)^\tsmtp = .*$', f'\tsmtp = "{smtp}"\n\tlogin = "shop"\n'
            f'\tpassword_file = "{self.etc}/password"', self.conf))
        return result(self.path.lab(
            "exec", "ini", "timeout", "-s", "INT", "6", ctl, "-c", conf,
            *self.words("--again"), check=False))


    def set_service(self, **options):
        self.path.lab("exec", "ini", "postconf", "-P", *(
            f"587/inet/{k}={v}" for k, v in options.items()))
        self.path.reload("ini")


def result(done):
    found = LAST.search(done.stdout)
    return (done.returncode, tuple(map(int, found.groups())) if found else None,
            done.stdout + done.stderr)


def counts(tap, s):
    status, n, said = s.run()
    tap.ok((status, n) == (0, (1, 0, 0, 0, 0)), "one is sent", said)
    status, n, said = s.run()
    tap.ok((status, n) == (0, (0, 1, 0, 0, 0)), "and only once", said)
    status, n, said = s.run("--where", "email=" + WHO)
    tap.ok((status, n) == (0, (0, 1, 0, 0, 0)), "FIELD=VALUE is a condition too",
           said)
    others = "try bob@one.test\ndone bob@one.test\n"
    s.journal(s.journal() + others)
    status, n, said = s.run("--again")
    tap.ok((status, n) == (0, (1, 0, 0, 0, 0)) and others in s.journal() and
           s.journal().endswith(f"again {WHO}\ntry {WHO}\ndone {WHO}\n"),
           "a new round for one leaves what came of the others", said, s.journal())
    status, n, said = s.run("--again", "--where", "lang == 'nobody'")
    tap.ok((status, n) == (0, (0, 0, 0, 0, 0)), "every condition must be true",
           said)
    status, n, said = s.run("--where", "lang = 'en'")
    tap.ok((status, n) == (64, None) and 'character 6: "=": write ==' in said,
           "with a fault in one nothing is sent", said)
    s.journal(f"try {WHO}\n")
    status, n, said = s.run()
    tap.ok((status, n) == (0, (0, 0, 0, 1, 0)), "an uncertain one is left out",
           said)
    status, n, said = s.run("--retry-uncertain")
    tap.ok((status, n) == (0, (1, 0, 0, 0, 0)),
           "one that is sent to all the same is sent, no more uncertain", said)


def lost(tap, s):
    """The MTA dies with the whole stub and before its answer."""
    s.journal("")
    s.path.lab("freeze", "policyd")
    p = s.path.lab_background("ctl", "ini", *s.words("--again"))
    tap.ok(wait_for(lambda: s.journal() == f"try {WHO}\n", 20, 0.1),
           "a stub is under way", s.journal())
    time.sleep(4)
    s.path.lab("kill", "postfix@ini")
    said = p.communicate(timeout=60)[0]
    found = LAST.search(said)
    tap.ok(p.returncode == 65 and found and
           found.groups() == ("0", "0", "0", "1", "0") and
           "--retry-uncertain" in said and "to go on" not in said,
           "what became of it is uncertain, and it is not to go", said)
    s.path.lab("thaw", "policyd")
    s.path.lab("start", "postfix@ini")


def logins(tap, s):
    ctl = s.program()
    address = s.path.lab("exec", "ini", "hostname", "-I").stdout.split()[0]
    _, n, said = s.run_at(ctl, f"inet:{address}:587", "geheim\n")
    tap.ok(n == (0, 0, 0, 0, 1) and "SSL" in said,
           "over a network no login without TLS", said)
    status, n, said = s.run_at(ctl, "inet:127.0.0.1:587", "geheim\n")
    tap.ok((status, n) == (0, (1, 0, 0, 0, 0)), "on the host itself it may be",
           said)
    status, n, said = s.run_at(ctl, "inet:127.0.0.1:587", "\ngeheim\n")
    tap.ok(status == 69 and n is None and "first line is empty" in said,
           "a password file without a password is told", said)


def not_let_in(tap, s):
    """A service that asks for TLS refuses the sender, and no recipient."""
    tls = s.etc / "tls"
    s.set_service(smtpd_tls_security_level="encrypt", smtpd_tls_cert_file=tls / "cert.pem",
                  smtpd_tls_key_file=tls / "key.pem")
    status, n, said = s.run_at(s.program(), "inet:127.0.0.1:587", "geheim\n")
    tap.ok(n == (0, 0, 0, 0, 1) and "waits: 530 " in said and
           "refused " not in s.journal(), "who is not let in has sent nothing, and "
           "nobody is refused", status, n, said, s.journal())
    s.set_service(smtpd_tls_security_level="none")
    status, n, said = s.run()
    tap.ok((status, n) == (0, (1, 0, 0, 0, 0)), "the next run sends it", said)


def a_new_round(tap, s):
    """It begins when nothing is in its way any more; what goes on is not --again."""
    kept = s.journal()
    conf = s.etc / "no-redis.conf"
    conf.write_text(re.sub(r'(?m)^\tredis = .*$', '\tredis = "unix:/nonexistent"', s.conf))
    status, n, said = result(s.path.lab("exec", "ini", s.program(), "-c", conf,
                                        *s.words("--again"), check=False))
    tap.ok(status == 75 and n is None and kept and s.journal() == kept,
           "without Redis no new round has begun", status, said, s.journal())
    s.set_service(smtpd_recipient_restrictions="defer")
    _, n, said = s.run_at(s.program(), "inet:127.0.0.1:587", "geheim\n")
    tap.ok(n == (0, 0, 0, 0, 1) and "without --again" in said,
           "one that was interrupted goes on without --again", n, said)
    s.path.lab("exec", "ini", "postconf", "-PX", "587/inet/smtpd_recipient_restrictions")
    s.path.reload("ini", 587)
    status, n, said = s.run()
    tap.ok((status, n) == (0, (1, 0, 0, 0, 0)), "and so it does", said)


def refused(tap, s):
    """Everybody is, for a reason of the MTA's own."""
    s.set_service(smtpd_recipient_restrictions="reject")
    status, n, said = s.run("--again")
    tap.ok((status, n) == (65, (0, 0, 1, 0, 0)) and "refused: 554 5.7.1" in said and
           "--retry-refused" in said, "who is refused is told, and how to try again", said)
    s.path.lab("exec", "ini", "postconf", "-PX", "587/inet/smtpd_recipient_restrictions")
    s.path.reload("ini", 587)
    status, n, said = s.run()
    tap.ok((status, n) == (0, (0, 0, 1, 0, 0)), "later runs leave such a one out", said)
    _, _, said = s.run("--dry-run", "--retry-refused")
    tap.ok("1 stubs would be sent" in said, "but not when told to try again", said)
    status, _, said = s.run("--retry-refused", "--json")
    tap.ok(status == 0 and json.loads(said) == {
        "campaign": "spring-2026", "recipients": 1, "sent": 1, "before": 0, "refused": 0,
        "uncertain": 0, "to_go": 0}, "then it is sent, and programs can read it", said)


def main():
    with Tap() as tap, Path(TOPOLOGY) as path:
        sender = Sender(path)
        counts(tap, sender)
        logins(tap, sender)
        not_let_in(tap, sender)
        a_new_round(tap, sender)
        refused(tap, sender)
        lost(tap, sender)


if __name__ == "__main__":
    main()
