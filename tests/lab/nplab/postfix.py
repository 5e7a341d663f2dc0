"""A private Postfix per mail host.  The system's own is never touched."""

import grp
import os
import pwd
import shutil
import stat
from pathlib import Path

from . import spaces, wan
from .fault import Fault

QUEUES = ("maildrop", "incoming", "active", "deferred", "hold")
DAEMONS = "/usr/lib/postfix/sbin"

BASE = """
compatibility_level = 3.6
mydestination =
local_recipient_maps =
local_transport = error:5.1.1 no local delivery
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = all
inet_protocols = ipv4
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
enable_long_queue_ids = yes
smtp_host_lookup = dns
smtp_dns_support_level = enabled
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
message_size_limit = 41943040
mailbox_size_limit = 0
delay_logging_resolution_limit = 6
queue_run_delay = 5s
minimal_backoff_time = 5s
maximal_backoff_time = 20s
notify_classes =
"""

# name type private unpriv chroot wakeup maxproc command
MASTER = """
smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsproxy unix - - n - 0 tlsproxy
postlog unix-dgram n - n - 1 postlogd
"""


def parse_main(text):
    """Parameters of a main.cf, in order; continuation lines joined."""
    found, last = {}, None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and last:
            found[last] += "\n" + line
            continue
        last, eq, value = line.partition("=")
        last = last.strip()
        if not eq:
            raise Fault(f"main.cf: '{line}' has no '='")
        found[last] = value.strip()
    return found


def parse_master(text):
    """Services of a master.cf by (name, type)."""
    found, last = {}, None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and last:
            found[last] += "\n" + line
            continue
        last = tuple(line.split()[:2])
        found[last] = line
    return found


def directory(state, name):
    return state.host(name) / "postfix"


def log_path(state, name):
    return directory(state, name) / "log" / "mail.log"


def parameters(state, name):
    host, here = state.top.hosts[name], directory(state, name)
    main = parse_main(BASE)
    main.update({
        "myhostname": host.host,
        "mydomain": host.host.partition(".")[2],
        "myorigin": host.domain or "$myhostname",
        "queue_directory": str(here / "queue"),
        "data_directory": str(here / "data"),
        "maillog_file": str(log_path(state, name)),
        "maillog_file_prefixes": str(state.dir),
    })
    if host.role == "initiator":
        nobody = pwd.getpwnam("nobody")
        main.update({
            "mynetworks": f"127.0.0.0/8 {host.address}/32",
            # The sender's own mailboxes, for the bounces.
            "virtual_mailbox_domains": host.domain,
            "virtual_mailbox_base": str(state.host(name) / "mailboxes"),
            "virtual_mailbox_maps": "static:all/",
            "virtual_mailbox_limit": "0",
            "virtual_uid_maps": f"static:{nobody.pw_uid}",
            "virtual_gid_maps": f"static:{nobody.pw_gid}",
        })
    return main


def configure(state, name, extra_main="", extra_master=""):
    """Writes main.cf and master.cf.  What is in extra_* replaces what the
    base has under the same name: given twice, Postfix would complain."""
    main, master = parameters(state, name), parse_master(MASTER)
    main.update(state.top.options.get("postfix", {}))
    main.update(parse_main(extra_main))
    port = state.top.plain_port(state.top.hosts[name])
    if port != 25:
        line = master.pop(("smtp", "inet"))
        master[str(port), "inet"] = line.replace("smtp", str(port), 1)
    master.update(parse_master(extra_master))
    etc = directory(state, name) / "etc"
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "main.cf").write_text(
        "".join(f"{k} = {v}\n" for k, v in main.items()))
    (etc / "master.cf").write_text(
        "".join(line + "\n" for line in master.values()))


def prepare_template(state):
    """The empty queue.  Postfix takes two seconds to make it, so it is made
    once and copied to each host."""
    template = state.dir / "template"
    etc = template / "etc"
    etc.mkdir(parents=True)
    for sub in ("queue", "data", "log"):
        (template / sub).mkdir()
    main = parse_main(BASE)
    main.update({"queue_directory": str(template / "queue"),
                 "data_directory": str(template / "data")})
    (etc / "main.cf").write_text(
        "".join(f"{k} = {v}\n" for k, v in main.items()))
    (etc / "master.cf").write_text(MASTER)
    postfix = pwd.getpwnam("postfix")
    for sub in ("data", "log"):
        os.chown(template / sub, postfix.pw_uid, postfix.pw_gid)
    # In a namespace of the lab's, so that `down` finds it if `up` is killed.
    wan.run_at_home(state, "postfix", "-c", etc, "check")


def prepare(state, name):
    here = directory(state, name)
    here.mkdir(parents=True, exist_ok=True)
    for sub in ("queue", "data", "log"):
        spaces.run("cp", "-a", state.dir / "template" / sub, here)
    log = log_path(state, name)
    log.touch()
    postfix = pwd.getpwnam("postfix")
    os.chown(log, postfix.pw_uid, grp.getgrnam("adm").gr_gid)
    log.chmod(0o640)
    if state.top.hosts[name].role == "initiator":
        boxes = state.host(name) / "mailboxes"
        boxes.mkdir()
        shutil.chown(boxes, "nobody", "nogroup")


def start(state, name):
    etc = directory(state, name) / "etc"
    try:
        spaces.run_in(state, name, "postfix", "-c", etc, "start")
    except Fault as fault:
        # Postfix says why in its log, not to its caller.
        log = log_path(state, name).read_text(errors="replace")
        raise Fault(f"postfix on {name} does not start: {fault}\n"
                    + "\n".join(log.splitlines()[-5:])) from None


def stop(state, name):
    spaces.run_in(state, name, "postfix", "-c",
                  directory(state, name) / "etc", "stop")


def master_pid(state, name):
    """Of the running master, else 0."""
    pid_file = directory(state, name) / "queue" / "pid" / "master.pid"
    try:
        return int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def queued(state, name):
    """Messages in the queue, by counting files: postqueue would cost a
    process for each of many calls.  One that nobody may execute was never
    finished, and nobody was told that it is taken."""
    total = 0
    queue = directory(state, name) / "queue"
    for sub in QUEUES:
        for where, _, files in os.walk(queue / sub):
            total += sum(complete(os.path.join(where, f)) for f in files)
    return total


def complete(file):
    try:
        return bool(os.stat(file).st_mode & stat.S_IXUSR)
    except FileNotFoundError:
        return False


def bounces(state, name):
    """Messages in the sender's mailboxes."""
    boxes = Path(state.host(name) / "mailboxes")
    return sorted(boxes.glob("*/new/*"), key=lambda p: p.stat().st_mtime)
