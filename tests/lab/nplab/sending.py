"""`lab send`: a client on the initiator that hands in mail and retries."""

import smtplib
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from datetime import datetime, timezone

from . import postfix, spaces
from .fault import Fault
from .topology import number


def compose(opts, rcpts, serial):
    """The message for these recipients: a file as it is, a stub, or a few
    words of ordinary mail."""
    if opts.message is not None:
        return opts.message
    to = rcpts[0] if len(rcpts) == 1 else "undisclosed-recipients:;"
    lines = [f"From: {opts.sender}", f"To: {to}"]
    if opts.campaign is None:
        lines.append(f"Subject: message {serial} of the lab")
    else:
        lines.append(f"Nearpost-Campaign: {opts.campaign}")
    if opts.creative is not None:
        lines.append(f"Nearpost-Creative: {opts.creative}")
    lines += [f"Date: {format_datetime(datetime.now(timezone.utc))}",
              f"Message-ID: <{time.time_ns()}.{serial}@lab.invalid>",
              "MIME-Version: 1.0",
              "Content-Type: text/plain; charset=utf-8",
              "Content-Transfer-Encoding: 8bit"]
    lines += opts.header
    lines += [""]
    if opts.campaign is None:
        lines.append(f"Ordinary mail number {serial}.")
    lines += [d.replace("=", ": ", 1) for d in opts.data]
    return ("\r\n".join(lines) + "\r\n").encode()


def by_smtp(opts, port, rcpts, message):
    """'' or what the server refused, with its code."""
    options = ["body=8bitmime"] + opts.mail_option
    with smtplib.SMTP(opts.server, port, timeout=60,
                      local_hostname="client.test") as s:
        s.ehlo()
        refused = s.sendmail(opts.sender, rcpts, message,
                             mail_options=options,
                             rcpt_options=opts.rcpt_option)
    return "; ".join(f"{r}: {code} {text.decode(errors='replace')}"
                     for r, (code, text) in refused.items())


def by_sendmail(state, opts, rcpts, message):
    if state.top.initiator.mta != "postfix":
        raise Fault("--via sendmail: not with mta=" + state.top.initiator.mta)
    argv = spaces.command(state, state.top.initiator.name, [
        "sendmail", "-C", postfix.directory(
            state, state.top.initiator.name) / "etc",
        "-i", "-f", opts.sender, "--", *rcpts])
    done = subprocess.run(argv, input=message.replace(b"\r\n", b"\n"),
                          capture_output=True, check=False,
                          env=spaces.environment())
    if done.returncode == 75:
        raise smtplib.SMTPServerDisconnected(done.stderr.decode())
    return done.stderr.decode() if done.returncode else ""


def is_temporary(error):
    """The recipients that were taken are known; the rest may come again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, (OSError, smtplib.SMTPServerDisconnected))


class Pace:
    """Message n begins (n - 1) / rate seconds after the first; one that was
    late, since every worker was busy, makes those behind it no later."""

    def __init__(self, rate):
        """rate: messages a second, None for as fast as they are taken."""
        self.rate = rate
        self.began = time.monotonic()

    def wait(self, serial):
        if self.rate is not None:
            time.sleep(max(0, self.began + (serial - 1) / self.rate
                           - time.monotonic()))


class Sender:
    def __init__(self, state, opts):
        self.state, self.opts = state, opts
        self.pace = Pace(opts.rate)
        self.lock = threading.Lock()
        self.log = open(state.dir / "sent", "a", encoding="utf-8")
        self.taken = self.failed = self.tries = 0

    def note(self, serial, rcpts, requested_ms, via, verdict):
        with self.lock:
            for rcpt in rcpts:
                self.log.write(f"requested_ms={requested_ms} serial={serial} "
                               f"via={via} rcpt={rcpt} verdict={verdict}\n")
            self.log.flush()

    def one(self, job):
        serial, rcpts = job
        opts = self.opts
        self.pace.wait(serial)
        message = compose(opts, rcpts, serial)
        every = opts.sendmail_every
        via = ("sendmail" if opts.via == "sendmail" or
               every and serial % every == 0 else "smtp")
        deadline = time.monotonic() + opts.retry
        requested_ms = time.time_ns() // 1000000
        while True:
            with self.lock:
                self.tries += 1
            try:
                fault = (by_smtp(opts, opts.port, rcpts, message)
                         if via == "smtp" else
                         by_sendmail(self.state, opts, rcpts, message))
                break
            except (OSError, smtplib.SMTPException) as e:
                fault = " ".join(str(e).split())
                if not is_temporary(e) or time.monotonic() > deadline:
                    break
            time.sleep(opts.retry_every)
        self.note(serial, rcpts, requested_ms, via, fault or "taken")
        with self.lock:
            if fault:
                self.failed += 1
            else:
                self.taken += 1
        return fault


def send(state, opts, rcpts, progress=None):
    """Sends to all, opts.group recipients in one message; returns
    (taken, failed, faults)."""
    if not rcpts:
        raise Fault("no recipients: name them, or give --to-file FILE")
    if opts.rate is not None:
        opts.rate = number(opts.rate, 0.01, 10000, "--rate")
    groups = [rcpts[i:i + opts.group]
              for i in range(0, len(rcpts), opts.group)]
    # smtplib runs in this process, so this process moves to the initiator.
    spaces.enter(state, state.top.initiator.name)
    sender, faults = Sender(state, opts), []
    with ThreadPoolExecutor(opts.parallel) as pool:
        jobs = list(enumerate(groups, 1))
        for n, fault in enumerate(pool.map(sender.one, jobs), 1):
            if fault:
                faults.append(fault)
            if progress:
                progress(n, len(groups))
    return sender.taken, sender.failed, faults
