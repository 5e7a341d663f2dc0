"""README's "From source", typed as it stands on two hosts that are overlays of this
machine and are thrown away: after it the main job runs."""

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nptest import TOP_SRC, Tap, need, wait_for

TOP = Path(TOP_SRC).resolve()
sys.path.insert(0, str(TOP / "contrib/test-packages.d"))
# pylint: disable=wrong-import-position
import job  # noqa: E402
import readme  # noqa: E402
import trees  # noqa: E402
from hosts import NETWORK, Host, World  # noqa: E402
from run import GATEWAY, INITIATOR, gateways_conf, initiators_conf, redis_conf  # noqa: E402

SOURCE = "root/nearpost"
# What the machine's admin may have done to them is not ours to look at.
POSTFIX = """cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf &&
printf '%s\\n' 'compatibility_level = 3.6' 'inet_protocols = ipv4' 'mydestination =' \\
	'myhostname = @NAME@' 'maillog_file = /var/log/mail.log' \\
	'maillog_file_prefixes = /var' >/etc/postfix/main.cf &&
rm -rf /var/spool/postfix/*/* /var/lib/postfix/* /var/log/mail.log &&
service postfix start
"""
# The directories of a machine that has just been started.
FRESH = ("tmp", "var/tmp", "run")


def overlay(work, name, lower):
    """A tree that has what lower has; what is changed in it is beside."""
    for part in ("upper", "scratch", "tree"):
        (work / name / part).mkdir(parents=True)
    at = work / name
    tree = at / "tree"
    trees.run("mount", "-t", "overlay", "overlay", "-o",
              f"lowerdir={lower},upperdir={at}/upper,workdir={at}/scratch", tree)
    for fresh in FRESH:
        trees.run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", tree / fresh)
    trees.run("mount", "--rbind", "/dev", tree / "dev")
    return tree


class Machine(Host):
    def __init__(self, name, tree, world, number):
        super().__init__(name, tree, tree.with_name("log"))
        world.plug(self, number)
        self.names(NETWORK + "1")

    def edit(self, path, change):
        file = self.tree / path
        file.write_text(change(file.read_text()))


def what_was_built(directory, names):
    made = {".git", "autom4te.cache", "configure", "Makefile.in"}
    return [n for n in names if Path(directory) == TOP and
            (n in made or n.startswith("build"))]


def build(tap, tree):
    """The block "From source", in the directory of the source."""
    shutil.copytree(TOP, tree / SOURCE, symlinks=True, ignore=what_was_built)
    lines = next(v for k, v in readme.section((TOP / "README").read_text()).items()
                 if k.startswith("From source"))
    log = tree.with_name("build.log")
    for line in lines:
        command = re.split(r" {2,}", line)[0]
        try:
            trees.chroot(tree, "MAKEFLAGS=-j2", "bash", "-c", f"cd /{SOURCE} && {command}",
                         log=log)
            tap.ok(True, command)
        except RuntimeError as fault:
            tap.ok(False, command, fault)
    found = {f.name for f in (tree / "usr/local").rglob("*") if f.is_file()}
    tap.ok(found >= {"nearpostctl", "nearpost-policyd", "nearpost-milter", "nearpost-agent",
                     "nearpost.conf.5", "nearpost-redis.7"},
           "programs and man pages are below /usr/local", found)


def commands(text, head):
    """What README has an admin type, as it is from source."""
    lines = next(v for k, v in readme.section(text).items() if k.startswith(head))
    typed = []
    for line in lines:
        command, _, note = re.sub(r" {2,}", "\0", line).partition("\0")
        started = re.search(r"from source: (nearpost-.*)$", line)
        if started:
            typed.append(started[1])
        elif readme.COMMAND.match(command) and not note.startswith("with the packages") and \
                not command.startswith(("chown nearpost", "systemctl", "rsync -a lon",
                                        "rsync -a assets/ lon:")):
            typed.append(command)
    return typed


def copied(initiator, gateway):
    """What rsync would bring to the gateway."""
    for source, target in (("root/lon", "etc/nearpost"),
                           ("root/assets", "var/lib/nearpost/assets/first")):
        shutil.copytree(initiator.tree / source, gateway.tree / target, dirs_exist_ok=True)


def up(tap, text, initiator, gateway):
    _, others = readme.block(text, "On the initiator")
    for host, change in ((initiator, initiators_conf), (gateway, gateways_conf)):
        host.edit("etc/nearpost/nearpost.conf", change)
        host.line(POSTFIX.replace("@NAME@", host.name))
    initiator.edit("etc/redis/redis.conf", redis_conf(readme.redis_settings(others)))
    initiator.line("rm -rf /var/lib/redis/* && mkdir -p /run/redis && "
                   "redis-server /etc/redis/redis.conf")
    initiator.line(f"cp -r /{SOURCE}/assets assets && "
                   f"cp /{SOURCE}/contrib/recipients.csv people.csv")
    for host, head in ((initiator, "On the initiator"), (gateway, "On a gateway")):
        if host is gateway:
            copied(initiator, gateway)
        typed = commands(text, head)
        tap.ok(len(typed) > 6 and any(c.startswith("nearpost-") for c in typed),
               f"{head}: {len(typed)} lines", typed)
        for command in typed:
            if command != "nearpostctl doctor":
                host.line(command)


def doctor(tap, host):
    ended = wait_for(lambda: host.try_line("nearpostctl doctor")[0] == 0, 20, 1)
    status, said = host.try_line("nearpostctl doctor")
    tap.ok(ended and status == 0 and not re.search(r"(?m)^ *FAIL", said),
           f"{host.name}: doctor finds nothing wrong", said)


def everything(tap, work, opened):
    text = (TOP / "README").read_text()
    # No layer of an overlay may lie within another.
    trees.run("mount", "-t", "tmpfs", "tmpfs", work)
    base = overlay(work, "base", "/")
    build(tap, base)
    if tap.failed:
        return
    world = opened.enter_context(contextlib.closing(World(work, TOP)))
    below = f"{work}/base/upper:/"
    trees.run("umount", "--recursive", base)
    initiator, gateway = (opened.enter_context(contextlib.closing(
        Machine(name, overlay(work, name, below), world, number)))
        for number, name in ((2, INITIATOR), (3, GATEWAY)))
    for host in (initiator, gateway):
        # As systemd does when a machine starts.
        host.line("systemd-tmpfiles --create nearpost.conf")
    world.serve([initiator, gateway], job.domains(TOP))
    up(tap, text, initiator, gateway)
    doctor(tap, initiator)
    doctor(tap, gateway)
    job.one_advert(tap, text, initiator, world)
    job.ordinary_mail(tap, initiator, world)
    if tap.failed:
        for host in (initiator, gateway):
            tap.note(host.try_line("tail -30 /var/log/mail.log")[1])


def main():
    if len(sys.argv) > 1:
        with Tap() as tap, contextlib.ExitStack() as opened:
            everything(tap, Path(sys.argv[1]), opened)
        return
    need("postfix", "redis-server", "ip", "dnsmasq", "autoreconf", "unshare")
    work = tempfile.mkdtemp(prefix="np-source.")
    try:
        # What is mounted there is gone with that process, before it is deleted.
        done = subprocess.run(["unshare", "--mount", sys.executable, __file__, work],
                              check=False)
    finally:
        shutil.rmtree(work)
    sys.exit(done.returncode)


main()
