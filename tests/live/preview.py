#!/usr/bin/python3
"""nearpostctl preview: against what real gateways sent, octet for octet; what it
says when nothing would be sent; its pictures, and that nothing is loaded for them."""

import http.server
import os
import re
import signal
import struct
import subprocess
import threading
import time
import zlib
from email.utils import parsedate_to_datetime
from pathlib import Path as File

import nptest
from advert import TOPOLOGY, make_people, make_set, stub
from nptest import Lab, Tap, need, wait_for
from path import Path

CTL = os.path.join(nptest.TOP_BUILD, "ctl/nearpostctl")
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(100)
# Every form of message that there is, beside those of the other campaigns.
FORMS_CONF = """\
from = "Forms <offers@shop.example>"
subject = "Forms for {{first_name}}"
reply_to = "hello@shop.example"
defaults = {"first_name = you"}
creative "text" { text = "t" }
creative "html" { html = "h" }
creative "both" { text = "t" html = "h" }
creative "picture" { html = "p" inline = {"dot.png"} }
creative "letter" { text = "t" attach = {"Brief \u2116 1, f\u00fcr Sie.pdf", "none"} }
"""
LATER_CONF = """\
from = "Later <offers@shop.example>"
valid_from = "2099-01-01"
creative "only" { text = "t" }
"""
# What receives what: campaign, words of the stub and those of preview for it.
CASES = {
    "zoe@one.test": ("spring-2026", [], "", []),
    "lukasz@two.test": ("spring-2026", [], "", []),
    "li@three.test": ("spring-2026", [], "", []),
    "anna@one.test": ("jazz-night", [], "interest: jazz\n",
                      ["--var", "interest=jazz"]),
    "to@one.test": ("jazz-night", [], "", []),
    "letter@three.test": (
        "odd", ["Subject: =?utf-8?B?xb1pdmEsIHt7Y2l0eX19PyBKYSE=?="],
        'first_name: "\u017d" <i> & {{city}}\n',
        ["--from", "Somebody <offers@shop.example>", "--subject",
         "\u017diva, {{city}}? Ja!", "--var", 'first_name="\u017d" <i> & {{city}}']),
    "basket@one.test": ("basket", [], "", [
        "--from", "Somebody <offers@shop.example>"]),
    "other@two.test": ("basket", ["Reply-To: B\u00fcro <jo@shop.example>"],
                       "items.7.name: Tulpe\n",
                       ["--var", "items.7.name=Tulpe", "--reply-to",
                        "B\u00fcro <jo@shop.example>", "--from",
                        "Somebody <offers@shop.example>"]),
    **{who: ("forms", ["Nearpost-Creative: " + name], "", ["--creative", name])
       for who, name in (("cc@uno.test", "text"), ("here@one.test", "html"),
                         ("there@two.test", "both"), ("wish@one.test", "picture"),
                         ("good@one.test", "letter"))},
}


def add_forms(directory):
    forms = File(directory, "forms")
    for name in ("text", "html", "both", "picture", "letter"):
        (forms / name).mkdir(parents=True)
        for file, text in (("t", "Dear {{first_name}}\n.\n"),
                           ("h", "<p>Dear {{first_name}}</p>"),
                           ("p", '<img src="cid:dot.png" alt="">')):
            (forms / name / file).write_text(text)
    (forms / "campaign.conf").write_text(FORMS_CONF)
    (forms / "picture/dot.png").write_bytes(PIXEL)
    (forms / "letter/Brief \u2116 1, f\u00fcr Sie.pdf").write_bytes(PIXEL * 9)
    (forms / "letter/none").write_bytes(b"")
    later = File(directory, "later/only")
    later.mkdir(parents=True)
    (later / "t").write_text("x")
    (later.parent / "campaign.conf").write_text(LATER_CONF)


def fields(head):
    return re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", head)


def comparable(data):
    """The gateway's Postfix puts its Received above, which no preview can know, and
    the fields that the agent gives it in an order of its own; all else must be the
    same, octet for octet."""
    head, _, body = data.partition(b"\r\n\r\n")
    return sorted(f for f in fields(head)
                  if not f.lower().startswith(b"received:")), body


def send_all(path):
    for who, (campaign, head, body, _) in CASES.items():
        path.submit(stub(who, campaign, "".join(h + "\n" for h in head), body),
                    [who])


def preview(path, who, campaign, *words, check=False):
    return path.lab("ctl", "preview", campaign, "--to", who, "--assets",
                    path.dir + "/set", *words, check=check)


def check_same(tap, path, who, copy):
    campaign, _, _, words = CASES[who]
    sent = {f.partition(b":")[0].lower(): f.partition(b":")[2].strip().decode()
            for f in fields(copy.raw.partition(b"\r\n\r\n")[0])}
    at = parsedate_to_datetime(sent[b"date"]).strftime("%Y-%m-%dT%H:%M:%SZ")
    file = f"{path.dir}/{who}.eml"
    done = preview(path, who, campaign, *words, "--ticket",
                   sent[b"message-id"], "--at", at, "-o", file)
    if not tap.ok(done.returncode == 0 and not done.stderr,
                  f"{who}: a preview", done.stderr):
        return
    got = File(file).read_bytes()
    tap.equal([len(part) for part in comparable(got)],
              [len(part) for part in comparable(copy.raw)],
              f"{who}: as long as the advert")
    differ = [f for f in comparable(got)[0] + comparable(copy.raw)[0]
              if f not in comparable(got)[0] or f not in comparable(copy.raw)[0]]
    tap.ok(not differ, f"{who}: field for field the advert's header", *differ)
    tap.ok(comparable(got)[1] == comparable(copy.raw)[1],
           f"{who}: octet for octet the advert's body")
    fresh = preview(path, who, campaign, *words, "--eml", check=True).stdout
    tap.ok(fresh and sent[b"message-id"] not in fresh,
           f"{who}: without --ticket another id")


def check_refusals(tap, path):
    path.lab("ctl", "suppress", "add", "off1@three.test", "--reason", "by phone")
    spring = "spring-2026"
    cases = [
        ("suppressed", "off1@three.test", spring, [], 65,
         "off1@three.test gets no adverts: by phone"),
        ("a campaign that has not begun", "zoe@one.test", "later", [], 65,
         "campaign later begins on 2099-01-01 00:00 UTC"),
        ("an unknown campaign", "zoe@one.test", "autumn", [], 65,
         'there is no campaign "autumn"; known are: basket, forms, jazz-night, '
         "later, odd, spring-2026"),
        ("an unknown creative", "zoe@one.test", spring, ["--creative", "x"], 65,
         'has no creative "x"; it has: hero-en, hero-de, hero-any'),
        ("a required variable that is missing", "nobody@one.test", spring, [], 65,
         'variable "first_name" is required by campaign spring-2026'),
        ("a sender that is missing", "zoe@one.test", "odd", [], 65,
         "no advert can be made of the stub: From"),
        ("no address", "zoe", spring, [], 64, '--to "zoe": '),
        ("no ticket", "zoe@one.test", spring, ["--ticket", "x"], 64,
         '--ticket "x" has no ticket\'s id'),
        ("no time", "zoe@one.test", spring, ["--at", "noon"], 64,
         '--at "noon" is no time; write it as'),
        ("no variable", "zoe@one.test", spring, ["--var", "x"], 64,
         '--var "x": write it as name=value'),
        ("a variable that cannot be", "zoe@one.test", spring,
         ["--var", "1=x"], 64, "--var: "),
    ]
    for name, who, campaign, words, status, text in cases:
        done = preview(path, who, campaign, *words)
        tap.ok(done.returncode == status and text in done.stderr and
               not done.stdout, f"refused: {name}", done)
    done = preview(path, "zoe@one.test", "later", "--at", "2099-06-01")
    tap.ok(done.returncode == 0 and "Date: Mon, 1 Jun 2099 00:00:00" in
           done.stdout, "a campaign of later, as of then", done)
    done = path.lab("ctl", "preview", spring, "--to", "zoe@one.test", check=False)
    tap.ok(done.returncode == 65 and "is missing" in done.stderr and
           "--assets" in done.stderr,
           "an initiator without the media: says how to go on", done)


def with_policyd(tap, path):
    """Refusals are in policyd's words."""
    def said(who, words):
        done = path.submit(stub(who, "spring-2026", *words), [who], check=False)
        return done.stdout + done.stderr
    for who, words, more in (
            ("stranger@one.test", ("", ""), []),
            ("zoe@one.test", ("Nearpost-Creative: x\n", ""), ["--creative", "x"])):
        text = preview(path, who, "spring-2026", *more).stderr.rsplit(
            "nearpostctl: warning: ", 1)[-1].strip()
        log = path.log("ini", "policyd.log")
        said(who, words)
        told = path.log("ini", "policyd.log")[len(log):].replace('\\x22', '"')
        tap.ok(text and text in told, f"{who}: refused in policyd's words", text,
               told)


# --- pictures

class Ear:
    """A web server that only counts who comes."""

    def __init__(self):
        self.seen = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.seen.append(self.path)
                self.send_response(404)
                self.end_headers()

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Png:
    """Width, height, the mean of the first row, and how much of it is not as its
    neighbours are."""

    def __init__(self, path):
        data = File(path).read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n", path
        self.width, self.height, depth, colour = struct.unpack(">IIBB", data[16:26])
        at, packed = 8, b""
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            packed += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
            at += 12 + size
        pixel = {2: 3, 6: 4}[colour]
        assert depth == 8, depth
        rows, line = zlib.decompress(packed), 1 + self.width * pixel
        assert len(rows) == line * self.height, path
        # Row 0 has no row above: filters 0 and 2 are the pixels, 1 and 4 add the
        # pixel to the left.
        row, left = bytearray(rows[1:line]), rows[0] in (1, 4)
        assert rows[0] in (0, 1, 2, 4), rows[0]
        for i in range(pixel, len(row) if left else 0):
            row[i] = (row[i] + row[i - pixel]) & 255
        shown = [v for i, v in enumerate(row) if i % pixel < 3]
        self.first = sum(shown) / len(shown)
        self.ink = 1 - rows[line:].count(0) / max(1, len(rows) - line)


PAGE = """\
<!DOCTYPE html><html lang="en"><head><title>x</title>
<link rel="stylesheet" href="http://127.0.0.1:%(port)d/link.css">
<style>@import "http://127.0.0.1:%(port)d/import.css";
@font-face { font-family: f; src: url("http://127.0.0.1:%(port)d/font.woff"); }
body { margin: 0; background: #fff url("http://localhost:%(port)d/back.png");
 font-family: f, sans-serif; }
@media (prefers-color-scheme: dark) { body { background-color: #000; } }
</style></head><body>
<p>Hello {{first_name}}, this is a page.</p>
<img src="http://127.0.0.1:%(port)d/pixel.png" width="1" height="1" alt="">
<img src="http://localhost:%(port)d/pixel2.png" width="1" height="1" alt="">
<img src="http://[::ffff:127.0.0.1]:%(port)d/pixel3.png" alt="">
<iframe src="http://127.0.0.1:%(port)d/frame"></iframe>
<video src="http://127.0.0.1:%(port)d/film.mp4" autoplay>no film</video>
<script>document.body.style.background = "#000";
fetch("http://127.0.0.1:%(port)d/script");</script>
</body></html>
"""


class Studio:
    """A set of one campaign whose page wants to know who looks at it."""

    def __init__(self, lab):
        self.lab, self.ear = lab, lab.own(Ear())
        self.set, self.tmp = lab.path("set"), lab.path("tmp")
        os.mkdir(self.tmp)
        lab.write("set/spy/campaign.conf",
                  'from = "Spy <spy@shop.example>"\nsubject = "x"\n'
                  'required = {"first_name"}\n'
                  'creative "only" { html = "body.html" }\n')
        lab.write("set/spy/only/body.html", PAGE % {"port": self.ear.port})
        self.conf = lab.write("nearpost.conf", "")

    def argv(self, *words):
        return [CTL, "-c", self.conf, "preview", "spy", "--creative", "only",
                "--assets", self.set, *words]

    def env(self, **more):
        return {**os.environ, "TMPDIR": self.tmp, **more}

    def run(self, *words, before=(), **env):
        return subprocess.run([*before, *self.argv(*words)], env=self.env(**env),
                              capture_output=True, text=True, check=False,
                              timeout=120)

    def left(self):
        return os.listdir(self.tmp)


def check_words(tap, s):
    done = s.run("--html")
    tap.ok(done.returncode == 0 and "Hello [first_name]," in done.stdout and
           "first_name is required and has no default: shown as [first_name]"
           in done.stderr, "without a recipient and without Redis: what is required "
           "is shown by its name", done)
    done = s.run("--html", "--var", "first_name=Zo\u00eb")
    tap.ok(done.returncode == 0 and "Hello Zo\u00eb," in done.stdout and
           not done.stderr, "--var gives it a value", done)
    done = s.run("--text")
    tap.ok(done.returncode == 65 and "creative only has no text" in done.stderr,
           "no text: said", done)
    done = s.run("--png", PATH="/nonexistent")
    tap.ok(done.returncode == 69 and "apt-get install chromium" in done.stderr and
           not done.stdout, "no Chromium: said, with the package", done)


def check_silence(tap, s):
    page = s.lab.write("page.html", PAGE % {"port": s.ear.port})
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu",
                    "--user-data-dir=" + s.lab.path("plain"), "--dump-dom",
                    "file://" + page], capture_output=True, timeout=120,
                   check=False)
    tap.ok(len(set(s.ear.seen)) >= 5, "a browser without care loads it all",
           s.ear.seen)
    for name, before in (("", ()), (" where it may not leave the network, either",
                                    ("setpriv", "--bounding-set", "-sys_admin"))):
        s.ear.seen.clear()
        done = s.run("--png", "-o", s.lab.path("spy.png"), before=before)
        tap.ok(done.returncode == 0, "pictures are taken" + name, done)
        time.sleep(0.5)
        tap.ok(not s.ear.seen, "nothing is loaded for them" + name, s.ear.seen)
        light = Png(s.lab.path("spy-phone.png"))
        tap.ok(light.width == 390 and light.first > 250,
               "no script of the page runs" + name, vars(light))
        tap.equal(s.left(), [], "nothing is left of the browser" + name)


def check_failures(tap, s):
    fake = s.lab.write("fake/chromium", "#!/bin/sh\nexit 3\n")
    os.chmod(fake, 0o755)
    path = os.path.dirname(fake) + ":" + os.environ["PATH"]
    done = s.run("--png", "-o", s.lab.path("no.png"), PATH=path)
    tap.ok(done.returncode == 70 and "chromium ended by itself" in done.stderr and
           not os.path.exists(s.lab.path("no-phone.png")),
           "a browser that fails: said", done)
    tap.equal(s.left(), [], "and nothing is left of it")
    s.lab.write("fake/chromium", "#!/bin/sh\necho $$ >%s\nexec sleep 1000\n" %
                s.lab.path("fake.pid"))
    os.chmod(fake, 0o755)
    p = subprocess.Popen(s.argv("--png", "-o", s.lab.path("no.png")), env=s.env(PATH=path),
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    pid = wait_for(lambda: os.path.exists(s.lab.path("fake.pid")) and
                   File(s.lab.path("fake.pid")).read_text().strip())
    p.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, said = p.communicate(timeout=60)
    tap.ok(p.returncode == -signal.SIGINT and time.monotonic() - began < 20,
           "Ctrl-C ends it while the browser hangs", p.returncode, said)
    tap.ok(pid and not os.path.exists("/proc/" + pid), "with the browser", pid)
    tap.equal(s.left(), [], "and nothing is left of that")


def check_samples(tap, lab):
    conf = lab.write("nearpost.conf", "")
    out, pictures = lab.path("pictures"), {}
    os.mkdir(out)
    for campaign, creative in (("spring-2026", "hero-any"),
                               ("jazz-night", "open-house")):
        for dark in (False, True):
            done = subprocess.run(
                [CTL, "-c", conf, "preview", campaign, "--creative", creative,
                 "--assets", nptest.TOP_SRC + "/assets", "--png",
                 *(["--dark"] if dark else [])], cwd=out, text=True,
                capture_output=True, check=False, timeout=120)
            names = done.stdout.split()
            more = "-dark" if dark else ""
            tap.equal((done.returncode, names), (0, [
                f"{campaign}-{creative}-{device}{more}.png"
                for device in ("desktop", "phone")]),
                f"{campaign} {creative}{more}: two pictures")
            for name, width in zip(names, (1280, 390)):
                pictures[name] = png = Png(os.path.join(out, name))
                tap.ok(png.width == width and png.height > 1000 and
                       png.ink > 0.1, f"{name}: the whole page, not blank",
                       vars(png))
    name = "spring-2026-hero-any-desktop"
    tap.ok(pictures[name + ".png"].first > pictures[name + "-dark.png"].first + 60,
           "dark differs from light", *map(vars, pictures.values()))


def in_the_lab(tap):
    path = Path(TOPOLOGY, options=["lab.assets=set", "lab.recipients=people.csv"])
    make_set(path.dir + "/set")
    add_forms(path.dir + "/set")
    make_people(path.dir + "/people.csv")
    with path:
        send_all(path)
        got = path.exactly_one(tap, list(CASES), letters=[
            w for w in CASES if CASES[w][0] == "forms"])
        for who in CASES:
            copies = got.get(who, [])
            if tap.equal(len(copies), 1, f"{who}: an advert came"):
                check_same(tap, path, who, copies[0])
        check_refusals(tap, path)
        with_policyd(tap, path)


def main():
    need("chromium", "setpriv")
    with Tap() as tap:
        with Lab() as lab:
            studio = Studio(lab)
            check_words(tap, studio)
            check_silence(tap, studio)
            check_failures(tap, studio)
            check_samples(tap, lab)
        in_the_lab(tap)


if __name__ == "__main__":
    main()
