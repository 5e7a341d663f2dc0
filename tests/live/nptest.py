"""What live tests share: TAP, a directory of their own, private Postfix
instances, a receiving SMTP server, and programs that are ended by their pid.

    from nptest import Lab, Tap
    with Lab() as lab, Tap() as tap:
        sink = lab.sink()
        pf = lab.postfix("ini", main={"relayhost": "[127.0.0.1]:%d" % sink.port})
        pf.start()
        reply = lab.submit(pf.port, "a@s.test", ["b@r.test"], b"Subject: x\r\n\r\nx\r\n")
        tap.ok(reply.code == 250, "mail is taken", reply)
        tap.ok(sink.wait(1), "mail arrives")

Everything listens on 127.0.0.1, lives below lab.dir and ends with the Lab."""

import atexit
import errno
import os
import pwd
import random
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import traceback

TOP_SRC = os.environ.get(
    "top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
TOP_BUILD = os.environ.get("top_builddir", TOP_SRC)
# A shell has its background jobs ignore it, and programs would go on to.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def wait_for(condition, timeout=10.0, step=0.02):
    """The first true value of condition(), or the last false one."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(step)


CLAIMS = []


def claim(port):
    """Ours until this process ends: other tests run beside this one."""
    s = socket.socket(socket.AF_UNIX)
    try:
        s.bind("\0nearpost-test-port-%d" % port)
    except OSError:
        s.close()
        return False
    CLAIMS.append(s)
    return True


def free_port():
    """A port for a server that starts later.  Below those which the kernel
    gives to clients: one of these could have it by then."""
    while True:
        port = random.randrange(20000, 32768)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if claim(port):
            return port


def skip(why):
    """A live test that cannot run says so; CI counts it as a failure."""
    print("1..0 # SKIP %s" % why)
    sys.exit(0)


def need(*tools):
    if os.geteuid() != 0:
        skip("private Postfix instances need root")
    for tool in tools:
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip("%s is not installed" % tool)


class Tap:
    def __init__(self):
        self.n = 0
        self.failed = 0

    def __enter__(self):
        return self

    def ok(self, good, name, *more):
        self.n += 1
        if not good:
            self.failed += 1
        print("%sok %d - %s" % ("" if good else "not ", self.n, name), flush=True)
        if not good:
            for m in more:
                for line in str(m).splitlines():
                    print("# " + line, flush=True)
        return bool(good)

    def equal(self, got, want, name):
        return self.ok(got == want, name, "got:  %r" % (got,), "want: %r" % (want,))

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def __exit__(self, kind, value, tb):
        if kind is not None and kind is not SystemExit:
            self.ok(False, "the test ran to its end", traceback.format_exc())
            kind = None
        print("1..%d" % self.n, flush=True)
        if self.n == 0 or self.failed:
            sys.stdout.flush()
            # Through every Lab that is still open.
            raise SystemExit(1)
        return False


class Message:
    """One message as the sink got it."""

    def __init__(self, sender, mail_args, rcpts, data, when):
        self.sender, self.mail_args = sender, mail_args
        self.rcpts = rcpts  # [(address, args)]
        self.data, self.when = data, when

    def head(self):
        return self.data.partition(b"\r\n\r\n")[0]

    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]

    def headers(self, name):
        """Field bodies of that name, folded as they came."""
        found = re.findall(rb"(?mi)^" + re.escape(name.encode()) +
                           rb":([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", self.head())
        return [v.decode("utf-8", "surrogateescape") for v in found]

    def __repr__(self):
        return "from %s %s to %r\n%s" % (
            self.sender, self.mail_args, self.rcpts,
            self.data.decode("utf-8", "backslashreplace"))


class SinkHandler(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        try:
            self.session()
        except (ConnectionError, BrokenPipeError):
            pass

    def session(self):
        sink = self.server.sink
        self.sender = self.args = None
        self.rcpts = []
        self.say("220 sink.test ESMTP")
        while True:
            line = self.rfile.readline()
            if not line:
                return
            text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            verb = text[:4].upper()
            reply = sink.script(text) if sink.script else None
            if reply:
                self.say(reply)
            elif verb == "EHLO":
                self.say("250-sink.test\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-DSN\r\n"
                         "250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES")
            elif verb == "MAIL":
                self.sender, self.args = self.split(text[10:])
                self.rcpts = []
                self.say("250 2.1.0 ok")
            elif verb == "RCPT":
                self.rcpts.append(self.split(text[8:]))
                self.say("250 2.1.5 ok")
            elif verb == "DATA":
                self.take()
            elif verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            elif verb in ("HELO", "RSET", "NOOP"):
                self.say("250 2.0.0 ok")
            else:
                self.say("500 5.5.2 what?")

    @staticmethod
    def split(text):
        found = re.match(r'(<(?:"(?:[^"\\]|\\.)*"|[^>"])*>)\s*(.*)$', text.strip())
        return found.groups() if found else (text, "")

    def take(self):
        self.say("354 go on")
        lines = []
        while True:
            line = self.rfile.readline()
            if not line:
                return
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        message = Message(self.sender, self.args, self.rcpts, b"".join(lines),
                          time.time())
        sink = self.server.sink
        reply = sink.script(".") if sink.script else None
        if not reply or reply.startswith("2"):
            reply = self.kept(message) or reply
        self.say(reply or "250 2.0.0 taken")

    def kept(self, message):
        """A reply, or None for the usual one."""
        with self.server.sink.lock:
            self.server.sink.messages.append(message)


class SinkServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Sink:
    """A receiving SMTP server.  script(line) may return a reply for a command,
    or for "." at the end of a message; None means as usual."""

    def __init__(self, host="127.0.0.1", port=0, script=None,
                 handler=SinkHandler):
        self.messages, self.lock, self.script = [], threading.Lock(), script
        self.server = SinkServer((host, port), handler)
        self.server.sink = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def wait(self, n=1, timeout=10.0):
        """The messages, once there are n of them; None when they do not come."""
        return self.messages if wait_for(lambda: len(self.messages) >= n, timeout) \
            else None

    def clear(self):
        with self.lock:
            self.messages = []

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Reply:
    def __init__(self, stage, code, text):
        self.stage, self.code, self.text = stage, code, text

    def __repr__(self):
        return "%s: %d %s" % (self.stage, self.code, self.text)


class Client:
    """An SMTP client that says exactly what it is told."""

    def __init__(self, port, host="127.0.0.1", source=None, timeout=30.0):
        self.sock = socket.create_connection(
            (host, port), timeout, source_address=(source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile("rb")
        self.read("connect")

    def read(self, stage):
        texts = []
        while True:
            line = self.file.readline()
            if not line:
                return Reply(stage, 0, "connection closed")
            line = line.decode("utf-8", "replace").rstrip("\r\n")
            texts.append(line[4:])
            if line[3:4] != "-":
                return Reply(stage, int(line[:3]), "\n".join(texts))

    def say(self, text, stage=None):
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        self.sock.sendall(data + b"\r\n")
        return self.read(stage or data[:4].decode("ascii", "replace"))

    def ehlo(self, name="client.test"):
        return self.say("EHLO " + name)

    def starttls(self, context, server_name):
        reply = self.say("STARTTLS")
        if reply.code == 220:
            self.file.close()
            self.sock = context.wrap_socket(self.sock, server_hostname=server_name)
            self.file = self.sock.makefile("rb")
            self.ehlo()
        return reply

    def mail(self, sender, rcpts, data, mail_args="", rcpt_args=""):
        """One transaction; the first reply that is no success, else the last.
        rcpts: addresses, or (address, args)."""
        reply = self.say(("MAIL FROM:<%s> %s" % (sender, mail_args)).strip())
        if reply.code != 250:
            return reply
        for rcpt in rcpts:
            address, args = rcpt if isinstance(rcpt, tuple) else (rcpt, rcpt_args)
            reply = self.say(("RCPT TO:<%s> %s" % (address, args)).strip())
            if reply.code not in (250, 251):
                return reply
        reply = self.say("DATA")
        if reply.code != 354:
            return reply
        if data and not data.endswith(b"\r\n"):
            data += b"\r\n"
        data = re.sub(rb"(?m)^\.", b"..", data)
        self.sock.sendall(data)
        return self.say(b".", "end of data")

    def close(self):
        try:
            self.sock.sendall(b"QUIT\r\n")
        except OSError:
            pass
        self.file.close()
        self.sock.close()


class Program:
    """A process of ours with its output in a file."""

    def __init__(self, lab, name, argv, env=None):
        self.name, self.argv = name, argv
        self.log_path = os.path.join(lab.dir, name + ".log")
        self.env = dict(os.environ, **(env or {}))
        self.proc = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.proc = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL,
                                         stdout=log, stderr=log, env=self.env)
        return self

    @property
    def pid(self):
        return self.proc.pid

    def running(self):
        return self.proc is not None and self.proc.poll() is None

    def kill(self, sig=signal.SIGKILL):
        if self.running():
            self.proc.send_signal(sig)

    def stop(self, timeout=10.0):
        """Exit status after SIGTERM; killed when that takes too long."""
        if self.proc is None:
            return None
        self.kill(signal.SIGTERM)
        try:
            return self.proc.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.proc.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_log(self, pattern, timeout=10.0):
        return wait_for(lambda: re.search(pattern, self.log()), timeout)


MAIN = {
    "compatibility_level": "3.6",
    "mydestination": "",
    "local_recipient_maps": "",
    "local_transport": "error:5.1.1 no local delivery",
    "alias_maps": "",
    "alias_database": "",
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "enable_long_queue_ids": "yes",
    "smtp_host_lookup": "native",
    "smtp_dns_support_level": "disabled",
    "smtputf8_enable": "yes",
    "smtp_tls_security_level": "none",
    "smtpd_tls_security_level": "none",
    "smtpd_peername_lookup": "no",
    "smtpd_client_connection_count_limit": "0",
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
    "milter_default_action": "tempfail",
    # Else a queue that fills faster than it empties delays a client by 1 s.
    "in_flow_delay": "0",
}
SERVICES = """
pickup     unix  n - n 60 1 pickup
cleanup    unix  n - n - 0 cleanup
qmgr       unix  n - n 300 1 qmgr
rewrite    unix  - - n - - trivial-rewrite
bounce     unix  - - n - 0 bounce
defer      unix  - - n - 0 bounce
trace      unix  - - n - 0 bounce
verify     unix  - - n - 1 verify
flush      unix  n - n 1000? 0 flush
proxymap   unix  - - n - - proxymap
proxywrite unix  - - n - 1 proxymap
smtp       unix  - - n - - smtp
relay      unix  - - n - - smtp
showq      unix  n - n - - showq
error      unix  - - n - - error
retry      unix  - - n - - error
discard    unix  - - n - - discard
lmtp       unix  - - n - - lmtp
anvil      unix  - - n - 1 anvil
scache     unix  - - n - 1 scache
tlsmgr     unix  - - n 1000? 1 tlsmgr
tlsproxy   unix  - - n - 0 tlsproxy
postlog    unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A Postfix of its own.  main: settings beside MAIN.  smtpd: {port: {name:
    value}} further services with -o settings.  master: further lines."""

    def __init__(self, lab, name, main=None, smtpd=None, master=""):
        self.name = name
        self.port = free_port()
        self.dir = os.path.join(lab.dir, name)
        self.etc = os.path.join(self.dir, "etc")
        self.log_path = os.path.join(self.dir, "log/mail.log")
        self.settings = dict(MAIN)
        host = "%s.test" % name
        self.settings.update({
            "myhostname": host, "mydomain": host, "myorigin": host,
            "queue_directory": os.path.join(self.dir, "queue"),
            "data_directory": os.path.join(self.dir, "data"),
            "maillog_file": self.log_path,
            "maillog_file_prefixes": lab.dir,
        })
        self.settings.update(main or {})
        self.smtpd = {self.port: {}}
        self.smtpd.update(smtpd or {})
        self.master = master
        self.started = False
        for d in ("etc", "queue", "data", "log"):
            os.makedirs(os.path.join(self.dir, d), exist_ok=True)
        owner = pwd.getpwnam("postfix")
        for d in ("data", "log"):
            os.chown(os.path.join(self.dir, d), owner.pw_uid, owner.pw_gid)
        with open(self.log_path, "ab"):
            pass
        os.chown(self.log_path, owner.pw_uid, owner.pw_gid)
        self.write()

    def write(self):
        with open(os.path.join(self.etc, "main.cf"), "w", encoding="utf-8") as f:
            for name, value in self.settings.items():
                f.write("%s = %s\n" % (name, value))
        with open(os.path.join(self.etc, "master.cf"), "w", encoding="utf-8") as f:
            for port, options in self.smtpd.items():
                f.write("127.0.0.1:%d inet n - n - - smtpd\n" % port)
                for name, value in options.items():
                    f.write("  -o { %s = %s }\n" % (name, value))
            f.write(SERVICES.lstrip() + self.master)

    def control(self, *verb):
        return subprocess.run(["postfix", "-c", self.etc, *verb], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)

    def start(self):
        done = self.control("start")
        if done.returncode != 0:
            raise RuntimeError("postfix %s does not start: %s\n%s" % (
                self.name, done.stdout.decode(errors="replace"), self.log()))
        self.started = True
        for port in self.smtpd:
            if not wait_for(lambda p=port: self.listens(p)):
                raise RuntimeError("postfix %s does not listen at %d\n%s" % (
                    self.name, port, self.log()))
        return self

    @staticmethod
    def listens(port):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                return s.recv(3) in (b"220", b"421", b"451")
        except OSError:
            return False

    def reload(self):
        self.write()
        return self.control("reload")

    def stop(self):
        if self.started:
            self.control("stop")
            self.started = False

    def flush(self):
        subprocess.run(["postqueue", "-c", self.etc, "-f"], check=False, timeout=30)

    def queue(self):
        """Lines of `postqueue -j`."""
        out = subprocess.run(["postqueue", "-c", self.etc, "-j"], check=False,
                             stdout=subprocess.PIPE, timeout=30).stdout
        return out.decode().splitlines()

    def postmap(self, name, text, kind="hash"):
        """A table in the configuration directory; its KIND:PATH."""
        path = os.path.join(self.etc, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        if kind in ("hash", "lmdb", "cdb", "btree"):
            subprocess.run(["postmap", "-c", self.etc, "%s:%s" % (kind, path)],
                           check=True, timeout=30)
        return "%s:%s" % (kind, path)

    def sendmail(self, args, data):
        """sendmail(1) of this instance."""
        return subprocess.run(["sendmail", "-C", self.etc, *args], input=data,
                              check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)

    def log(self):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_log(self, pattern, timeout=10.0):
        return wait_for(lambda: re.search(pattern, self.log()), timeout)


class Lab:
    """A directory, and everything that must end when the test does."""

    def __init__(self, parent="/tmp"):
        # Short, since a unix socket's path has at most 107 octets.
        self.dir = tempfile.mkdtemp(prefix="np.", dir=parent)
        os.chmod(self.dir, 0o755)
        self.ending = []
        atexit.register(self.close)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, mode)
        return path

    def own(self, thing):
        self.ending.append(thing)
        return thing

    def sink(self, **args):
        return self.own(Sink(**args))

    def postfix(self, name, **args):
        return self.own(Postfix(self, name, **args))

    def program(self, name, *args, env=None):
        """A program of this build ("nearpost-milter") or a full path."""
        places = ["", "milter", "policyd", "gateway-agent", "ctl"]
        path = next((p for p in (os.path.join(TOP_BUILD, d, name)
                                 for d in places) if os.path.isfile(p)), name)
        return self.own(Program(self, os.path.basename(name), [path, *args], env))

    @staticmethod
    def submit(port, sender, rcpts, data, mail_args="", rcpt_args="", **client):
        c = Client(port, **client)
        c.ehlo()
        try:
            return c.mail(sender, rcpts, data, mail_args, rcpt_args)
        finally:
            c.close()

    def close(self):
        while self.ending:
            thing = self.ending.pop()
            try:
                thing.stop()
            except Exception:  # the others must end too
                traceback.print_exc()
        if os.environ.get("NEARPOST_KEEP"):
            print("# kept: " + self.dir)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def unix_socket_answers(path):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
        return True
    except OSError as e:
        if e.errno in (errno.ENOENT, errno.ECONNREFUSED):
            return False
        raise
    finally:
        s.close()
