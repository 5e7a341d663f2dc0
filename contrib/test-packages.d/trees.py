"""Debian trees: how they come to be, and what is in them."""

import hashlib
import os
import re
import shutil
import stat
import subprocess

SUITE = "bookworm"
# What a mail admin has before nearpost comes, beside what it depends on.
BEFORE = ("ca-certificates", "procps", "rsyslog", "systemd")
# These come later, when we look.
LATER = re.compile(r"nearpost-.*|postfix|redis-.*|rsync")
# Never ours: the package manager's own, logs, and what changes by itself.
PASSED_OVER = re.compile(
    r"proc|sys|dev|tmp|run"
    r"|var/lib/(dpkg|apt)|var/cache/(apt|debconf|ldconfig)|var/log|root"
    r"|etc/(passwd|group|shadow|gshadow|subuid|subgid)-|etc/ld\.so\.cache"
    r"|var/lib/systemd/catalog")


def run(*argv, log=None, **kw):
    """A command that must work."""
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, errors="replace", **kw)
    if log:
        with open(log, "a", encoding="utf-8") as f:
            f.write(f"$ {' '.join(map(str, argv))}\n{done.stdout}")
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise RuntimeError(f"{' '.join(map(str, argv))}: "
                           f"{done.returncode}\n{tail}")
    return done.stdout


def mirrors():
    """[(address, suite)] of Debian's own archives in this machine's sources."""
    said = run("apt-get", "indextargets", "--format",
               "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    rows = {tuple(line.split()[:2]) for line in said.splitlines()
            if line.split()[1:] in (
                [s, "main"] for s in (SUITE, SUITE + "-updates",
                                      SUITE + "-security"))}
    if not any(suite == SUITE for _, suite in rows):
        raise RuntimeError(f"apt's sources on this machine have no {SUITE} main")
    return sorted(rows)


def bootstrap(tree, log):
    address = next(a for a, suite in mirrors() if suite == SUITE)
    run("debootstrap", "--variant=minbase", SUITE, tree, address, log=log)


def copy(source, target):
    run("cp", "-a", "--reflink=auto", source, target)


def chroot(tree, *argv, log=None):
    """In the tree, with the network of this machine."""
    return run("unshare", "--mount", "--pid", "--fork", "--kill-child",
               f"--root={tree}", "--mount-proc=/proc", "env", "-i", *ENV, *argv,
               log=log)


ENV = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
       "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive")


def prepare(tree, packages, log):
    """What both hosts have: no service starts because its package comes, and all
    that will be installed lies in apt's cache, for they have no way out."""
    etc = tree / "etc"
    (tree / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (tree / "usr/sbin/policy-rc.d").chmod(0o755)
    # It is thrown away: no file has to be on the disk at any time.
    (etc / "dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
    (etc / "apt/apt.conf.d/test").write_text('APT::Get::Assume-Yes "1";\n')
    for path in sorted((etc / "apt").glob("sources.list*")):
        if path.is_file():
            path.unlink()
    (etc / "apt/sources.list").write_text(
        "".join(f"deb {a} {s} main\n" for a, s in mirrors()))
    shutil.copy("/etc/resolv.conf", etc / "resolv.conf")
    shutil.copy("/etc/hosts", etc / "hosts")
    (tree / "root/build").mkdir()
    copy(packages, tree / "root/build/packages")
    chroot(tree, "apt-get", "update", "-q", log=log)
    debs = [f"/root/build/packages/{p.name}" for p in
            sorted((tree / "root/build/packages").glob("*.deb"))
            if "-dbgsym" not in p.name]
    wanted = ["postfix", "redis-server", *debs]
    # Others' packages do not all clean up behind them.
    plan = chroot(tree, "apt-get", "install", "-s", "--no-install-recommends",
                  *wanted)
    depended = [p for p in re.findall(r"(?m)^Inst (\S+)", plan)
                if not LATER.fullmatch(p)]
    chroot(tree, "apt-get", "install", "--no-install-recommends", *BEFORE,
           *depended, log=log)
    chroot(tree, "apt-get", "install", "--download-only", *wanted, log=log)
    # It would read this machine's kernel log away.
    conf = etc / "rsyslog.conf"
    conf.write_text(re.sub(r"(?m)^(module\(load=\"imklog)", r"#\1",
                           conf.read_text()))


def fact(path, info):
    kind = stat.S_IFMT(info.st_mode)
    if kind == stat.S_IFLNK:
        return f"link to {os.readlink(path)}"
    words = [oct(info.st_mode), f"owner {info.st_uid}:{info.st_gid}"]
    if kind == stat.S_IFREG:
        with open(path, "rb") as f:
            words.append(hashlib.sha256(f.read()).hexdigest()[:16])
    return " ".join(words)


def contents(tree):
    """{path: what it is} of everything in the tree; users and groups are the
    lines of /etc/passwd and /etc/group."""
    found = {}
    for here, dirs, files in os.walk(tree):
        inside = os.path.relpath(here, tree)
        inside = "" if inside == "." else inside + "/"
        for name in dirs + files:
            if not PASSED_OVER.fullmatch(inside + name):
                path = os.path.join(here, name)
                found[inside + name] = fact(path, os.lstat(path))
        dirs[:] = [d for d in dirs if inside + d in found]
    for kind in ("passwd", "group", "shadow", "gshadow"):
        del found[f"etc/{kind}"]
        for line in (tree / "etc" / kind).read_text().splitlines():
            found[f"{kind}: {line}"] = ""
    return found


def difference(before, after, expected):
    """What is new, gone or changed, line by line, but for the expected."""
    lines = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path) or expected.fullmatch(path):
            continue
        sign = ("+" if path not in before else
                "-" if path not in after else "~")
        lines.append(f"{sign} {path} {after.get(path, '')}".rstrip())
    return lines


def belongings(tree, uid):
    """Everything, wherever it is, whose owner is a user that is gone, or whose
    name is ours."""
    found = []
    for here, dirs, files in os.walk(tree):
        # Postfix has sockets of the services that the admin named.
        dirs[:] = [d for d in dirs if os.path.join(here, d) not in [
            f"{tree}/{p}" for p in ("proc", "sys", "dev", "root",
                                    "var/spool/postfix")]]
        for name in dirs + files:
            path = os.path.join(here, name)
            info = os.lstat(path)
            if uid in (info.st_uid, info.st_gid) or (
                    "nearpost" in name and "/var/cache/apt/" not in path):
                found.append(path[len(str(tree)):])
    return found
