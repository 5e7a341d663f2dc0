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
import run  # noqa: E402
from hosts import World  # noqa: E402

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
FRESH = {"tmp": 1777, "var/tmp": 1777, "run": 755}


def overlay(work, name, lower):
    """A tree that has what lower has; what is changed in it is beside."""
    for part in ("upper", "scratch", "tree"):
        (work / name / part).mkdir(parents=True)
    at = work / name
    tree = at / "tree"
    trees.run("mount", "-t", "overlay", "overlay", "-o",
              f"lowerdir={lower},upperdir={at}/upper,workdir={at}/scratch", tree)
    for fresh, mode in FRESH.items():
        trees.run("mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", tree / fresh)
    trees.run("mount", "--rbind", "/dev", tree / "dev")
    return tree


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
        if line.startswith(" "):
            continue
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


def user_is_nearpost(tap, host):
    """Nobody runs as root."""
    for unit in host.nearpost().values():
        tap.ok(unit.one("ExecStart").startswith("/usr/local/sbin/nearpost-") and
               unit.status()["Uid"].split()[0] == host.run("id", "-u", "nearpost").strip(),
               f"{host.name}: {unit.name} runs as nearpost", unit.status()["Uid"])


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
    initiator, gateway = hosts = [opened.enter_context(contextlib.closing(
        run.Machine(name, overlay(work, name, below), world, number)))
        for number, name in ((2, run.INITIATOR), (3, run.GATEWAY))]
    for host in hosts:
        # As systemd does when a machine starts.
        host.line("systemd-tmpfiles --create nearpost.conf")
        host.line(POSTFIX.replace("@NAME@", host.name))
    initiator.line("rm -rf /var/lib/redis/*")
    world.serve(hosts, job.domains(TOP))
    run.up(text, initiator, gateway, f"/{SOURCE}/assets",
           f"/{SOURCE}/contrib/recipients.csv")
    for host in hosts:
        user_is_nearpost(tap, host)
        doctor(tap, host)
    job.one_advert(tap, text, initiator, world)
    job.ordinary_mail(tap, initiator, world)
    if tap.failed:
        for host in hosts:
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
