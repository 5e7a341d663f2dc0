"""A private Sendmail per mail host that has mta=sendmail, and the rsyslogd that
writes its log.

Debian's binaries and Debian's sendmail.mc, unpacked below the build directory
(contrib/packages.sh), since the package and Postfix's exclude each other.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import spaces
from .fault import Fault

SOURCE = Path(__file__).resolve().parents[3]
BINARY = "usr/libexec/sendmail/sendmail"
CF = "usr/share/sendmail/cf"
QUEUE_RUN = "5s"

# A /dev of its own for whoever writes to /dev/log, the logins, where Sendmail has
# libsasl2 look for them, and the host's name: what gethostname() says is looked up
# at the start.
INSIDE = """d=$1; host=$2; log=$3; shift 3
mount -t tmpfs -o mode=755 none "$d" || exit 71
for f in null zero full random urandom; do
	: >"$d/$f" && mount --bind "/dev/$f" "$d/$f" || exit 71
done
ln -s "$log" "$d/log" && ln -s /proc/self/fd "$d/fd" &&
mount --rbind "$d" /dev && mount --bind "$d/../sasl" /usr/lib/sasl2 &&
	hostname "$host" || exit 71
exec "$@"
"""

SYSLOG = """module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{socket}")
$FileOwner root
$FileGroup adm
$FileCreateMode 0640
mail.*	-{log}
"""

# Where the lab is, in words that Debian's sendmail.mc lacks.  A machine that
# runs tests is loaded, and Sendmail would stop to take mail.
LAB = """
define(`QUEUE_DIR', `{here}/queue')dnl
define(`STATUS_FILE', `{here}/sendmail.st')dnl
define(`confHOST_STATUS_DIRECTORY', `{here}/host_status')dnl
define(`confCONTROL_SOCKET_NAME', `{here}/smcontrol')dnl
define(`confPID_FILE', `{here}/sendmail.pid')dnl
define(`confDEAD_LETTER_DROP', `{here}/dead.letter')dnl
define(`confCW_FILE', `{here}/mail/local-host-names')dnl
define(`confCT_FILE', `{here}/mail/trusted-users')dnl
define(`confCR_FILE', `{here}/mail/relay-domains')dnl
define(`ALIAS_FILE', `{here}/mail/aliases')dnl
define(`confDOMAIN_NAME', `{host}')dnl
define(`confDONT_BLAME_SENDMAIL', `TrustStickyBit')dnl
define(`confTRUSTED_USER', `root')dnl
define(`confCONNECTION_RATE_THROTTLE', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `0')dnl
define(`confTO_HOSTSTATUS', `2s')dnl
define(`LOCAL_MAILER_PATH', `{here}/keep')dnl
define(`LOCAL_MAILER_ARGS', `keep $u')dnl
MODIFY_MAILER_FLAGS(`LOCAL', `-w5:|/@')dnl
"""

# SMTP AUTH, with a database of its own.
SASL = """pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {here}/sasl/sasldb2
mech_list: PLAIN
"""

# The sender's own mailboxes, for the bounces.
KEEP = """#!/bin/sh
d={boxes}/$1/new
mkdir -p "$d" && cat >"$d/.$$" && mv "$d/.$$" "$d/$(date +%s%N).$$"
"""


def root():
    """Where contrib/packages.sh unpacked it."""
    top = Path(os.environ.get("NEARPOST_BIN")
               or os.environ.get("top_builddir") or SOURCE)
    for place in (top / "beside", top / "build" / "beside"):
        if (place / BINARY).is_file():
            return place
    raise Fault(f"no Sendmail below {top}/beside: run contrib/unpack-beside "
                f"{top}")


def directory(state, name):
    return state.host(name) / "sendmail"


def log_path(state, name):
    return directory(state, name) / "log" / "mail.log"


def queue_directory(state, name):
    return directory(state, name) / "queue"


def libraries():
    return next(root().glob("usr/lib/*-linux-gnu*"))


def with_libraries(argv):
    return ["env", f"LD_LIBRARY_PATH={libraries()}", *argv]


def socket_path(state, name):
    return state.host(name) / "run" / "syslog.sock"


def logged(state, name, argv):
    """argv, with a /dev/log that leads to the host's rsyslogd."""
    return ["unshare", "--uts", "sh", "-c", INSIDE, "sh",
            directory(state, name) / "dev", state.top.hosts[name].host,
            socket_path(state, name), *with_libraries(argv)]


def start_syslog(state, name):
    here = directory(state, name)
    path = here / "rsyslog.conf"
    path.write_text(SYSLOG.format(socket=socket_path(state, name),
                                  log=log_path(state, name)))
    return spaces.spawn(state, name, with_libraries([
        root() / "usr/sbin/rsyslogd", "-n", "-f", path, "-i",
        here / "rsyslogd.pid", "-M",
        libraries() / "rsyslog"]), "rsyslogd.log")


def base(state, name):
    """Debian's sendmail.mc as it would be on this host."""
    host, cf, here = state.top.hosts[name], root() / CF, directory(state, name)
    text = (cf / "debian" / "sendmail.mc").read_text()
    text = text.replace("/usr/share/sendmail/cf", str(cf))
    text = text.replace("/etc/mail/m4/", f"{here}/mail/m4/")
    daemons = (f"DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, "
               f"Port={state.top.plain_port(host)}')dnl\n")
    text = re.sub(r"(?m)^DAEMON_OPTIONS.*\n", "", text)
    settings = LAB.format(here=here, host=host.host) + daemons
    for key, value in state.top.options.get("sendmail", {}).items():
        value = value.replace("{run}", str(state.host(name) / "run"))
        settings += (value + "dnl\n" if key.startswith("mc_") else
                     f"define(`{key}', `{value}')dnl\n")
    # What debian.m4 would include by its installed name.
    text = text.replace("OSTYPE(", f"include(`{cf}/debian/autoconf.m4')dnl\n"
                        f"define(`MAIL_SETTINGS_DIR', `{here}/mail/')dnl\n"
                        "OSTYPE(", 1)
    return text.replace("MAILER_DEFINITIONS\n", settings
                        + "MAILER_DEFINITIONS\n", 1)


def configure(state, name, extra=""):
    """Writes sendmail.mc and sendmail.cf.  extra: lines at the end."""
    cf, here = root() / CF, directory(state, name)
    (here / "sendmail.mc").write_text(base(state, name) + extra)
    done = subprocess.run(
        ["m4", f"-D_CF_DIR_={cf}/", here / "sendmail.mc"],
        capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr.strip():
        raise Fault(f"m4 {here / 'sendmail.mc'}: {done.stderr[:1000]}")
    (here / "sendmail.cf").write_text(done.stdout)


def makemap(path):
    """It asks a sendmail.cf whom to trust, and has no need to."""
    with open(path, "rb") as text:
        done = subprocess.run(with_libraries([
            root() / "usr/libexec/sendmail/makemap", "-C/dev/null", "hash",
            path]),
            stdin=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Fault(f"makemap {path}: {done.stderr.strip()}")


def prepare(state, name):
    host, here = state.top.hosts[name], directory(state, name)
    for sub in ("queue", "host_status", "mail", "mail/m4", "log", "dev", "sasl"):
        (here / sub).mkdir(parents=True, exist_ok=True)
    (here / "queue").chmod(0o700)
    own = host.domain + "\n" if host.domain else ""
    files = {
        "local-host-names": own, "trusted-users": "root\n",
        "relay-domains": f"127.0.0\n{host.address}\n", "aliases": "",
        "access": "Connect:127.0.0.1\tRELAY\nGreetPause:127.0.0.1\t0\n"
                  f"GreetPause:{host.address}\t0\n",
        "m4/dialup.m4": "", "m4/provider.m4": "", "helpfile": "",
    }
    for file, text in files.items():
        (here / "mail" / file).write_text(text)
    makemap(here / "mail" / "access")
    (here / "mail" / "aliases.db").unlink(missing_ok=True)
    (here / "sasl" / "Sendmail.conf").write_text(SASL.format(here=here))
    boxes = state.host(name) / "mailboxes"
    boxes.mkdir(exist_ok=True)
    shutil.chown(boxes, "mail", "mail")
    (here / "keep").write_text(KEEP.format(boxes=boxes))
    (here / "keep").chmod(0o755)
    log_path(state, name).touch()


def add_login(state, name, login, password):
    """Of SMTP AUTH PLAIN, with confAUTH_MECHANISMS in sendmail.mc."""
    spaces.run("saslpasswd2", "-p", "-c", "-f",
               directory(state, name) / "sasl" / "sasldb2", "-u",
               state.top.hosts[name].host, login, input=password)


def run(state, name, *words):
    """Sendmail's own commands: -bt, -bp, -q."""
    here = directory(state, name)
    return spaces.run_in(state, name, *logged(state, name, [
        root() / BINARY, f"-C{here / 'sendmail.cf'}", *words]))


def start(state, name):
    here = directory(state, name)
    # The aliases' database, which newaliases(1) makes.
    run(state, name, "-bi")
    return spaces.spawn(state, name, logged(state, name, [
        root() / BINARY, "-Lsm-mta", f"-C{here / 'sendmail.cf'}", "-bD",
        f"-q{QUEUE_RUN}"]), "sendmail.log")


def queued(state, name):
    """Messages in the queue, quarantined ones too."""
    try:
        return sum(f[:2] in ("qf", "hf", "Qf")
                   for f in os.listdir(queue_directory(state, name)))
    except FileNotFoundError:
        return 0


def bounces(state, name):
    """Messages in the sender's mailboxes."""
    boxes = Path(state.host(name) / "mailboxes")
    return sorted(boxes.glob("*/new/*"), key=lambda p: p.stat().st_mtime)
