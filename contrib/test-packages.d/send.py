#!/usr/bin/python3
"""Sends one message to each recipient, in the network that this process was put
into; who is put off is tried again.

	send.py HOST PORT SENDER FILE RECIPIENT ...

@RCPT@ in the message is the recipient.  Prints "RECIPIENT TRIES CODE TEXT"."""

import smtplib
import sys
import time

GIVE_UP_S = 60
A_CONNECTION = 10


def attempt(smtp, sender, rcpt, data):
    """(code, text) that the message met with."""
    try:
        smtp.rset()
        for code, text in (smtp.mail(sender), smtp.rcpt(rcpt)):
            if code >= 400:
                return code, text
        return smtp.data(data)
    except smtplib.SMTPDataError as e:
        return e.smtp_code, e.smtp_error
    except smtplib.SMTPServerDisconnected as e:
        # As after a 421: it may be tried again.
        return 421, str(e).encode()


def main():
    host, port, sender, path, *waiting = sys.argv[1:]
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    end = time.monotonic() + GIVE_UP_S
    tries = dict.fromkeys(waiting, 0)
    while waiting:
        again = []
        for start in range(0, len(waiting), A_CONNECTION):
            with smtplib.SMTP(host, int(port), timeout=30) as smtp:
                for rcpt in waiting[start:start + A_CONNECTION]:
                    tries[rcpt] += 1
                    if smtp.sock is None:
                        smtp.connect(host, int(port))
                    smtp.ehlo_or_helo_if_needed()
                    code, said = attempt(smtp, sender, rcpt,
                                         text.replace("@RCPT@", rcpt).encode())
                    if 400 <= code < 500 and time.monotonic() < end:
                        again.append(rcpt)
                    else:
                        print(rcpt, tries[rcpt], code,
                              said.decode(errors="replace"), flush=True)
        if again:
            time.sleep(0.5)
        waiting = again


if __name__ == "__main__":
    main()
