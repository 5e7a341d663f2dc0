"""What an admin does after the installation, by the lines of nearpost(7)."""

import re
import subprocess
import time

import job
import page
import readme
import trees
from hosts import wait_for

COPY = re.compile(r"rsync -a (\S+) (\w+):/(\S+)")
UNITS = re.compile(r"systemctl (start|stop|restart|reload|disable --now) (.+)")
KEY_ID = re.compile(r"/(\S+)\.pem +key id ([0-9a-f]{8})")


def copy(host, source, target):
    """rsync(1) as root: users are numbers, and are the same ones here."""
    target.mkdir(parents=True, exist_ok=True)
    trees.run("rsync", "-a", f"{host.tree}{source}" if source.startswith("/")
              else f"{host.tree}/root/{source}", target)


def control(host, verb, name):
    """systemctl(1)"""
    if verb == "reload":
        host.units[name].reload()
        return
    if verb != "start":
        unit = host.units[name]
        status = unit.stop()
        if status != 0:
            raise RuntimeError(f"{name} ends with {status}\n{unit.tail()}")
    if verb in ("start", "restart"):
        host.start(name)


def follow(host, command, hosts):
    """One line.  Copying to one of the hosts {id: host} goes through this machine,
    and a unit is run as its file says."""
    if copied := COPY.fullmatch(command):
        source, name, target = copied.groups()
        copy(host, source, hosts[name].tree / target)
    elif units := UNITS.fullmatch(command):
        for name in units[2].split():
            control(host, units[1], name)
    else:
        host.line(command)


class Admin:
    """Types the lines.  hosts: {id: host}"""

    def __init__(self, tap, top, world, initiator, hosts):
        self.tap, self.world = tap, world
        self.initiator, self.hosts = initiator, hosts
        self.text = (top / "README").read_text()
        self.sections = page.sections((top / page.PAGE).read_text())
        self.typed, self.mailed = set(), 0

    def block(self, heading, number, gateway="lon"):
        where, lines = self.sections[heading][number]
        host = self.initiator if where == "initiator" else self.hosts[gateway]
        self.typed.add((heading, number))
        for line in lines:
            # postqueue's grep finds nothing when all is well.
            if line.startswith("postqueue -p | grep "):
                self.tap.equal(host.try_line(line), (1, ""), line)
                continue
            first, _, then = line.partition(" && ")
            follow(host, first, self.hosts)
            if then:
                follow(host, then, self.hosts)

    def all_typed(self):
        every = {(h, n) for h, blocks in self.sections.items()
                 for n in range(len(blocks))}
        self.tap.ok(every == self.typed, "every line of nearpost(7) was typed",
                    every - self.typed)

    def stub(self):
        """(the process that sends one, its recipient)"""
        self.mailed += 1
        rcpt = f"o{self.mailed}@example.org"
        return job.send(self.initiator, job.STUBS, "offers@shop.example",
                        readme.stub(self.text, rcpt), [rcpt]), rcpt

    def arrives(self, what, started=None):
        """The advert of one stub, once."""
        process, rcpt = started or self.stub()
        said, arrived = job.answers(process), job.Arrived(self.world)
        arrived.wait([rcpt])
        self.tap.ok([a[2] for a in said] == ["250"] and len(arrived.of(rcpt)) == 1,
                    what, said, len(arrived.of(rcpt)))
        return said[0] if said else None

    def well(self, what):
        """The gateways report, and doctor is content."""
        job.all_hold_the_set(self.initiator)
        for host in (self.initiator, self.hosts["lon"]):
            status, said = host.try_line("nearpostctl doctor")
            self.tap.ok(status == 0, f"{what}: {host.name}'s doctor finds nothing "
                        "wrong", said)


def new_key(admin):
    heading = "A new signing key"
    lon, initiator = admin.hosts["lon"], admin.initiator
    before = dict(KEY_ID.findall(initiator.line("nearpostctl keys show")))
    admin.block(heading, 0)
    show = dict(KEY_ID.findall(initiator.line("nearpostctl keys show")))
    old, new = (show[f"etc/nearpost/keys/{n}"] for n in ("signing", "next"))
    admin.block(heading, 1)
    admin.arrives("before the change of keys a stub goes as ever")
    admin.block(heading, 2)
    show = dict(KEY_ID.findall(initiator.line("nearpostctl keys show")))
    admin.tap.ok(list(before.values()) == [old] and list(show.values()) == [new] and
                 old != new, "the new key has taken the place of the old one", show)
    admin.arrives("and behind it, too")
    admin.block(heading, 3)
    # A week later.
    for host, unit in ((initiator, "nearpost-policyd"), (lon, "nearpost-agent")):
        host.line(f"rm /etc/nearpost/keys/public/{old}.pem")
        host.units[unit].reload()
    admin.arrives("nothing needs the old key any more")
    admin.well("a new key")


def certificates(admin):
    def certificate(host):
        return (host.tree / "etc/nearpost/tls/cert.pem").read_bytes()
    hosts = (admin.initiator, admin.hosts["lon"])
    before = [certificate(h) for h in hosts]
    for number in range(3):
        admin.block("Certificates", number)
    admin.tap.ok(all(certificate(h) != b for h, b in zip(hosts, before)),
                 "both hosts have another certificate")
    admin.well("new certificates")
    admin.arrives("and a stub goes with them")


def pause(admin):
    """Stopped, and started again."""
    admin.block("Stopping", 0)
    waiting = admin.stub()
    time.sleep(2)
    admin.tap.ok(waiting[0].poll() is None and
                 not job.Arrived(admin.world).of(waiting[1]),
                 "while the milter is stopped a stub is put off")
    job.ordinary_mail(admin.tap, admin.initiator, admin.world, "dora@example.org")
    admin.block("Stopping", 1)
    said = admin.arrives("it goes once the milter is back", waiting)
    admin.tap.ok(said and int(said[1]) > 1, "tried again by its sender", said)


def backup(admin):
    """Redis loses everything."""
    host, redis = admin.initiator, admin.initiator.units["redis-server"]
    host.line("nearpostctl suppress add no@example.org --reason 'asked by phone'")
    host.line("nearpostctl erase gone@example.org")
    people = host.line("nearpostctl recipients export | sort")
    admin.block("Backup", 0)
    redis.stop()
    host.line("rm -rf /var/lib/redis/*")
    redis.start()
    wait_for(lambda: host.try_line("nearpostctl recipients show no@example.org")[0]
             != 75, 30, 0.5)
    admin.tap.ok("no@example.org" not in host.line("nearpostctl suppress export"),
                 "Redis has lost everything")
    admin.block("Backup", 1)
    admin.tap.equal(host.line("nearpostctl recipients export | sort"), people,
                    "the records are back")
    shown = [host.try_line(f"nearpostctl recipients show {a}@example.org")[1]
             for a in ("no", "gone")]
    admin.tap.ok(all("suppressed" in s for s in shown),
                 "so is who must not be written to, the erased person as well", shown)
    admin.arrives("and stubs go")
    admin.well("after the loss")


def another(admin, par, install):
    """par is there, with nearpost, and not set up."""
    heading, initiator = "Another gateway", admin.initiator
    initiator.edit("etc/nearpost/nearpost.conf", lambda conf: conf.replace(
        'gateway "lon" {', 'gateway "par" {\n\thost = "par.gw.example.net"\n'
        '\tport = 25\n\tuplink_mbit = 100\n}\ngateway "lon" {', 1))
    admin.block(heading, 0)
    install(par)
    job.all_hold_the_set(initiator)
    admin.block(heading, 1)
    admin.tap.ok(wait_for(lambda: re.search(
        r"(?m)^par +live +ok", initiator.line("nearpostctl gateways")), 30, 0.5),
                 "the new gateway is alive", initiator.line("nearpostctl gateways"))
    initiator.line("nearpostctl drain lon")

    def serves():
        process, rcpt = admin.stub()
        job.answers(process)
        events = f"nearpostctl events --json --recipient {rcpt}"
        said = wait_for(lambda: initiator.line(events), 10, 0.5)
        return '"gateway":"par"' in said and said
    # Until Postfix notices its new table it sends on to any gateway.
    admin.tap.ok(wait_for(serves, 40, 1), "it serves alone while the other is drained")
    initiator.line("nearpostctl resume lon")


def one_less(admin):
    heading, initiator = "A gateway less", admin.initiator
    admin.block(heading, 0)
    initiator.edit("etc/nearpost/nearpost.conf", lambda conf: re.sub(
        r'(?ms)^gateway "par" \{.*?^\}\n', "", conf))
    admin.block(heading, 1)
    admin.tap.ok(wait_for(lambda: "par" not in initiator.line(
        "nearpostctl gateways"), 10, 0.5), "policyd has forgotten it")
    admin.arrives("the other serves again")
    admin.well("one gateway less")


def for_good(admin):
    """Until the packages can go."""
    host = admin.initiator
    ours = [l.partition(" = ")[0] for l in
            host.line("nearpostctl print main").splitlines() if " = " in l]
    admin.block("Stopping", 2)
    admin.block("Stopping", 3)
    # This one had nothing of its own there.
    host.line(f"postconf -X {' '.join(ours)} && postfix reload")
    admin.tap.equal(host.try_line("grep -n nearpost /etc/postfix/main.cf"), (1, ""),
                    "main.cf names nothing of ours any more")
    admin.tap.ok(wait_for(lambda: closed(host)), "stubs are not taken any more")
    admin.all_typed()


def closed(host):
    done = subprocess.run(host.inside("bash", "-c", f"</dev/tcp/127.0.0.1/{job.STUBS}"),
                          check=False, stderr=subprocess.DEVNULL)
    return done.returncode != 0
