"""What must work once nearpost is installed."""

import csv
import email
import email.policy
import re
import subprocess
import sys
import time
from pathlib import Path

import readme
from hosts import wait_for

STUBS, ORDINARY, CHROOTED = 2525, 25, 2527
BURST = 50
CREATIVE = "assets/spring-2026/hero-any"
ORDINARY_MAIL = ("From: Bob <bob@example.net>\r\nTo: @RCPT@\r\n"
                 "Subject: ordinary mail\r\n"
                 "Message-ID: <1@mail.example.net>\r\n"
                 "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\n"
                 "first_name: this is no stub\r\n\r\n.a line with a dot\r\n")


def domains(top):
    """Of README's example, and of the sample recipients."""
    with open(top / "contrib/recipients.csv", encoding="utf-8") as f:
        found = {row["email"].partition("@")[2] for row in csv.DictReader(f)}
    return found | {"example.org", "example.net", "shop.example"}


def all_ok(text):
    """Of what -n says: a line for each thing, and one for all."""
    *rows, last = [l for l in text.splitlines() if ": info: " not in l] or [""]
    return (rows and all(r.startswith("ok ") for r in rows) and
            last.endswith("all that it names is there"))


def debian(top, pattern):
    """What of a line of README.Debian matches."""
    text = (top / "contrib/debian/nearpost-tools.README.Debian").read_text()
    return re.search(rf"(?m)^\t{pattern}$", text)[1]


def all_hold_the_set(initiator):
    """Waits until every gateway reports that it does."""
    return wait_for(lambda: initiator.try_line("nearpostctl assets status")[0] == 0,
                    step_s=0.5)


def checks(tap, top, initiator, gateway):
    """What the programs say of themselves."""
    tap.ok(all_hold_the_set(initiator),
           "the initiator hears of its gateway, which has the asset set",
           initiator.try_line("nearpostctl assets status"))
    for host in (initiator, gateway):
        for unit in host.nearpost().values():
            # As README.Debian has it, and with all that its unit gives it.
            for way, command in (
                    ("as user nearpost", host.inside(*debian(
                        top, f"(runuser .* {unit.name} -n)").split())),
                    ("as its unit runs it",
                     unit.wrapped(f"/usr/sbin/{unit.name} -n"))):
                done = subprocess.run(
                    command, text=True, check=False, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                tap.ok(done.returncode == 0 and all_ok(done.stdout),
                       f"{unit.name} -n {way}: all is there",
                       done.returncode, done.stdout)
        status, said = host.try_line("nearpostctl doctor")
        tap.ok(status == 0 and said and not re.search(r"(?m)^ *FAIL", said),
               f"{host.name}: doctor finds nothing wrong", said)
        tap.note("\n".join(l for l in said.splitlines() if "warn" in l))


class Arrived:
    """Messages that the recipients' mail server has taken."""

    def __init__(self, world):
        self.mail = world.mail

    def of(self, rcpt):
        return [f.with_suffix(".eml").read_bytes()
                for f in self.mail.glob("*.facts")
                if f"rcpt={rcpt}\n" in f.read_text(errors="surrogateescape")]

    def all(self, rcpts):
        return all(self.of(r) for r in rcpts)

    def wait(self, rcpts, timeout_s=60):
        return wait_for(lambda: self.all(rcpts), timeout_s, 0.2)


def send(host, port, sender, text, rcpts):
    """The sending process; its lines are read when it has ended."""
    path = host.log.with_name(f"message.{port}")
    path.write_text(text, newline="")
    return host.spawn_outside(
        [sys.executable, Path(__file__).with_name("send.py"), "127.0.0.1", port,
         sender, path, *rcpts], stdout=subprocess.PIPE, text=True)


def answers(process):
    out, _ = process.communicate(timeout=120)
    return [line.split(" ", 3) for line in out.splitlines()]


def fault(raw, files):
    """What is wrong with an advert, or ''."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not message.is_multipart():
        return "it is not multipart"
    if b"nearpost.internal" in raw.lower() or re.search(
            rb"(?mi)^nearpost-", raw.partition(b"\r\n\r\n")[0]):
        return "it shows how it was made"
    parts = {p.get_filename(): p.get_payload(decode=True)
             for p in message.walk() if p.get_filename()}
    if parts.keys() != files.keys():
        return f"it has {sorted(parts)}, not {sorted(files)}"
    return "; ".join(f"{n} is not the file" for n in files
                     if parts[n] != files[n])


def media(host):
    return {p.name: p.read_bytes()
            for p in (host.tree / "root" / CREATIVE).iterdir()
            if not p.name.startswith("body.")}


def one_advert(tap, text, host, world):
    """README's stub."""
    stub = readme.stub(text)
    rcpt = re.search(r"(?m)^To: (\S+)\r$", stub)[1]
    said = answers(send(host, STUBS, "offers@shop.example", stub, [rcpt]))
    tap.ok([a[:3] for a in said] == [[rcpt, "1", "250"]],
           "README's stub is taken, at once", said)
    arrived = Arrived(world)
    arrived.wait([rcpt])
    time.sleep(1)
    got = arrived.of(rcpt)
    tap.equal(len(got), 1, "it arrives once")
    why = [fault(raw, media(host)) for raw in got]
    tap.ok(got and not any(why), "a whole advert, its media octet for octet", why)
    refused = answers(send(host, ORDINARY, "offers@shop.example", stub, [rcpt]))
    tap.ok([a[2][0] for a in refused] == ["5"],
           "a stub on the ordinary port is refused", refused)


def ordinary_mail(tap, host, world, rcpt="carol@example.org"):
    said = answers(send(host, ORDINARY, "bob@example.net", ORDINARY_MAIL, [rcpt]))
    arrived = Arrived(world)
    arrived.wait([rcpt])
    time.sleep(0.5)
    got = arrived.of(rcpt)
    sent = ORDINARY_MAIL.replace("@RCPT@", rcpt).encode()
    # All that a mail server adds is above what was sent.
    tap.ok(len(got) == 1 and got[0].endswith(b"\r\n" + sent),
           "ordinary mail arrives once, as it was sent", said, got)


def from_chroot(tap, top, host, world):
    """The milter's socket below the queue, as README.Debian has it: for our services,
    and for one in the chroot."""
    host.line(debian(top, "(install -d .*)"))
    moved = re.search('"(unix:.*)"', debian(top, "milter { (listen = .*) }"))[1]
    host.edit("etc/nearpost/nearpost.conf", lambda conf: conf.replace(
        "milter {", f'milter {{\n\tlisten = "{moved}"', 1))
    host.edit("etc/postfix/master.cf", lambda cf: cf.replace(
        "unix:/run/nearpost/milter.sock", moved))
    host.edit("etc/postfix/main.cf", lambda cf: cf.replace(
        "unix:/run/nearpost/milter.sock", moved))
    host.line(debian(top, "(usermod .*) && systemctl restart nearpost-milter"))
    unit = host.units[debian(top, "systemctl restart (nearpost-milter)")]
    unit.stop()
    unit.start()
    service = host.run("postconf", "-Mf", f"{STUBS}/inet").replace(
        moved, "unix:nearpost/milter.sock").split()
    service[0], service[4] = str(CHROOTED), "y"
    host.line(f"postconf -M '{CHROOTED}/inet={' '.join(service)}' && postfix reload")
    for port, where in ((STUBS, "outside of"), (CHROOTED, "in")):
        rcpt = f"c{port}@example.org"
        stub = readme.stub((top / "README").read_text(), rcpt)
        said = answers(send(host, port, "offers@shop.example", stub, [rcpt]))
        arrived = Arrived(world)
        arrived.wait([rcpt])
        tap.ok([a[2] for a in said] == ["250"] and len(arrived.of(rcpt)) == 1,
               f"by a service {where} the chroot a stub is taken, and its advert arrives",
               said)
    status, said = host.try_line("nearpostctl doctor")
    tap.ok(status == 0, "doctor finds nothing wrong with it", said)


def burst(tap, text, initiator, gateway, world):
    rcpts = [f"p{n}@example.org" for n in range(BURST)]
    stub = readme.stub(text, "@RCPT@")
    units = [*initiator.nearpost().values(), *gateway.nearpost().values()]
    sender = send(initiator, STUBS, "offers@shop.example", stub, rcpts)
    arrived = Arrived(world)
    reloads, end = 0, time.monotonic() + 60
    # Longer than the stubs go in: the adverts are still being made.
    while sender.poll() is None or not arrived.all(rcpts):
        for unit in units:
            unit.reload()
            reloads += 1
        if time.monotonic() > end:
            break
    said = answers(sender)
    put_off = sum(int(a[1]) - 1 for a in said)
    tap.note(f"{reloads} reloads; {put_off} times a stub was put off")
    tap.ok(reloads >= len(units), "every program is reloaded meanwhile", reloads)
    tap.ok(sorted(a[0] for a in said if a[2] == "250") == sorted(rcpts),
           f"all {BURST} stubs are taken", [a for a in said if a[2] != "250"])
    tap.ok(all(u.runs() for u in units), "every program runs on",
           [u.tail() for u in units if not u.runs()])
    arrived.wait(rcpts)
    time.sleep(1)
    counts = {r: len(arrived.of(r)) for r in rcpts}
    tap.ok(set(counts.values()) == {1}, "each arrives once",
           {r: n for r, n in counts.items() if n != 1})
    files = media(initiator)
    why = [fault(raw, files) for r in rcpts for raw in arrived.of(r)]
    tap.ok(not any(why), "and whole", [w for w in why if w][:3])
