"""contrib/test-packages: see there."""

import argparse
import contextlib
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import job
import operate
import readme
import trees
from hosts import NETWORK, Host, World
from units import Unit

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/live"))
# pylint: disable=wrong-import-position
from nptest import Tap  # noqa: E402

INITIATOR, GATEWAY = "mail.example.net", "lon.gw.example.net"
LATER = "par.gw.example.net"  # a gateway that comes, and goes again
# What the admin wrote, and what the MTA and Redis write while they run.
EXPECTED = (r"etc/postfix/(main|master)\.cf|etc/redis/redis\.conf"
            r"|var/lib/redis(/.*)?|var/spool/postfix(/.*)?"
            r"|var/lib/postfix(/.*)?|var/spool/rsyslog(/.*)?")
# Postfix came with our packages, and does not take all of it away when it goes.
POSTFIX = (r"|etc/postfix(/.*)?|etc/aliases(\.db)?"
           r"|(passwd|shadow): postfix:.*|(group|gshadow): post(fix|drop):.*")


@contextlib.contextmanager
def step(tap, name):
    began = time.monotonic()
    yield
    tap.note(f"{time.monotonic() - began:.1f} s: {name}")


def build(work):
    out = work / "packages"
    trees.run(TOP / "contrib/build-packages", out, log=work / "build.log",
              env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym"})
    return out


def lint(tap, packages, work):
    """lintian(1) has nothing to say, be it for information only.

    It leaves its databases behind in TMPDIR."""
    changes = sorted(packages.glob("*.changes"))
    said = trees.run("lintian", "--allow-root", "-I", *changes,
                     env={**os.environ, "TMPDIR": str(work)})
    tap.ok(changes and not said, "lintian -I is quiet", said)


def make_base(tap, work, options):
    """A tree with all that both hosts have."""
    base = work / "base"
    with step(tap, "packages and a clean Debian"), ThreadPoolExecutor(2) as pool:
        built = None if options.packages else pool.submit(build, work)
        if options.tree:
            trees.copy(options.tree, base)
        else:
            trees.bootstrap(base, work / "debootstrap.log")
        packages = built.result() if built else Path(options.packages)
        lint(tap, packages, work)
    with step(tap, "its own packages, and all others fetched"):
        trees.prepare(base, packages, work / "base.log")
    return base


class Machine(Host):
    """A host with what its admin does to it."""

    def __init__(self, name, tree, world, number):
        super().__init__(name, tree, world.work / f"{name}.log")
        world.plug(self, number)
        self.names(NETWORK + "1")
        self.units = {}

    def start(self, *names):
        for name in names:
            self.units[name] = Unit(self, name)
            self.units[name].start()

    def before(self):
        self.listed = trees.contents(self.tree)

    def edit(self, path, change):
        file = self.tree / path
        file.write_text(change(file.read_text()))

    def nearpost(self):
        """Its nearpost units, by name."""
        return {n: u for n, u in self.units.items() if n.startswith("nearpost-")}


def initiators_conf(text):
    """There is but one gateway here."""
    return re.sub(r'(?ms)^gateway "nyc" \{.*?^\}\n', "", text)


def gateways_conf(text):
    """Its agent section in place of the initiator's two."""
    head, tail = initiators_conf(text).split("# --- on the initiator\n")
    agent = tail.split("instead of the two above\n")[1]
    return head + re.sub(r"(?m)^#", "", agent)


def set_up(host, commands, hosts):
    for command in commands:
        if command != "nearpostctl doctor":
            operate.follow(host, command, hosts)


def set_up_later(text, host):
    """What README says of a gateway, on one more."""
    host.edit("etc/nearpost/nearpost.conf", lambda conf: gateways_conf(
        conf.replace('"nyc"', '"par"').replace("nyc.gw", "par.gw")).replace(
            'id = "lon"', 'id = "par"'))
    set_up(host, readme.block(text, "On a gateway")[0], {})


def redis_conf(settings):
    def change(text):
        return text + "".join(f"{n} {v}\n" for n, v in settings)
    return change


def install(host, command, more=()):
    for package in more:
        host.line(f"apt-get install {package}")
    if more:
        host.before()
    host.line(command)


def up(text, initiator, gateway, assets, people):
    """Everything of README but `nearpostctl doctor`, which is for the end.  assets,
    people: the samples, in the initiator's tree."""
    first, settings = readme.block(text, "On the initiator")
    second, unknown = readme.block(text, "On a gateway")
    unknown = [o for o in settings[1:] + unknown
               if not o.startswith("contrib/postfix/")]
    if unknown:
        raise RuntimeError(f"lines of README that nobody follows: {unknown}")
    initiator.edit("etc/nearpost/nearpost.conf", initiators_conf)
    gateway.edit("etc/nearpost/nearpost.conf", gateways_conf)
    initiator.edit("etc/redis/redis.conf",
                   redis_conf(readme.redis_settings(settings)))
    initiator.start("redis-server")
    initiator.line(f"cp -r {assets} assets && cp {people} people.csv")
    hosts = {"lon": gateway}
    set_up(initiator, first, hosts)
    set_up(gateway, second, hosts)


def purge(tap, host, more, expected):
    for unit in reversed(list(host.nearpost().values())):
        status = unit.stop()
        tap.ok(status == 0, f"{host.name}: {unit.name} ends with 0 when told to",
               status, unit.tail())
    uid = host.run("id", "-u", "nearpost").strip()
    named = "/etc/nearpost/" in (host.tree / "etc/postfix/main.cf").read_text()
    said = host.line(f"apt-get purge --autoremove 'nearpost-*' {more}")
    tap.equal("nearpost: /etc/postfix/main.cf still reads" in said, named,
              f"{host.name}: a purge says what main.cf still reads, if anything")
    left = trees.difference(host.listed, trees.contents(host.tree),
                            re.compile(expected))
    tap.ok(not left, f"{host.name}: after the purge files, users and groups are "
           "those from before", "\n".join(left[:60]))
    ours = trees.belongings(host.tree, int(uid))
    tap.ok(not ours, f"{host.name}: nothing has our name or is our user's",
           "\n".join(ours[:40]))
    status, said = host.try_line("dpkg -l 'nearpost*' | grep '^[a-z]'")
    tap.ok(status == 1, f"{host.name}: dpkg knows of no nearpost", said)


def everything(tap, work, options, opened):
    base = make_base(tap, work, options)
    text = (TOP / "README").read_text()
    world = opened.enter_context(contextlib.closing(World(work, TOP)))
    with step(tap, "hosts, packages installed"):
        for name in (INITIATOR, GATEWAY, LATER):
            trees.copy(base, work / name)
        hosts = initiator, gateway, later = [
            opened.enter_context(contextlib.closing(
                Machine(name, work / name, world, number)))
            for number, name in enumerate((INITIATOR, GATEWAY, LATER), 2)]
        commands, _ = readme.block(text, "On Debian 12")
        # The initiator has its MTA and Redis already; to the gateway Postfix
        # comes with our packages.
        gateway.before()
        with ThreadPoolExecutor(2) as pool:
            parts = [pool.submit(install, initiator, commands[0],
                                 ("postfix", "redis-server")),
                     pool.submit(install, gateway, commands[1]),
                     pool.submit(install, later, commands[1])]
            for part in parts:
                part.result()
        world.serve(hosts, job.domains(TOP))
        for host in hosts:
            host.start("rsyslog")
            host.line("service postfix start")
    with step(tap, "README's lines"):
        examples = "/usr/share/doc/nearpost-tools/examples"
        up(text, initiator, gateway, examples + "/assets",
           examples + "/recipients.csv")
    with step(tap, "the main job"):
        job.checks(tap, TOP, initiator, gateway)
        job.one_advert(tap, text, initiator, world)
        job.ordinary_mail(tap, initiator, world)
    with step(tap, "50 stubs, and reloads"):
        job.burst(tap, text, initiator, gateway, world)
    with step(tap, "the milter's socket in the chroot"):
        job.from_chroot(tap, TOP, initiator, world)
    with step(tap, "nearpost(7)'s lines"):
        admin = operate.Admin(tap, TOP, world, initiator,
                              {"lon": gateway, "par": later})
        operate.new_key(admin)
        operate.certificates(admin)
        operate.pause(admin)
        operate.backup(admin)
        operate.another(admin, later, lambda host: set_up_later(text, host))
        operate.one_less(admin)
        operate.for_good(admin)
    with step(tap, "purge"):
        purge(tap, initiator, "", EXPECTED)
        purge(tap, gateway, "postfix", EXPECTED + POSTFIX)
        job.ordinary_mail(tap, initiator, world, "erin@example.org")


def arguments():
    p = argparse.ArgumentParser(prog="test-packages")
    p.add_argument("packages", nargs="?", metavar="DIR",
                   help="has the packages; else they are built")
    p.add_argument("--tree", metavar="DIR",
                   help="a minimal Debian 12 that debootstrap has made")
    p.add_argument("--keep", action="store_true", help="leave trees and logs")
    return p.parse_args()


def main():
    options = arguments()
    work = Path(tempfile.mkdtemp(prefix="np-packages.", dir="/var/tmp"))
    work.chmod(0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with Tap() as tap, contextlib.ExitStack() as opened, \
                step(tap, "in all"):
            everything(tap, work, options, opened)
    finally:
        if options.keep:
            print(f"# all of it is in {work}")
        else:
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
