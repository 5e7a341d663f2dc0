#!/usr/bin/python3
"""nearpostctl preview for nobody in particular: its words, its pictures, and that
nothing is loaded for them and nothing left of the browser."""

import http.server
import os
import signal
import struct
import subprocess
import threading
import time
import zlib
from pathlib import Path as File

import nptest
from nptest import Lab, Tap, need, wait_for

CTL = os.path.join(nptest.TOP_BUILD, "ctl/nearpostctl")


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
    fake = s.lab.write("fake/chromium", "#!/bin/sh\necho no letters >&2\nexit 3\n")
    os.chmod(fake, 0o755)
    path = os.path.dirname(fake) + ":" + os.environ["PATH"]
    done = s.run("--png", "-o", s.lab.path("no.png"), PATH=path)
    tap.ok(done.returncode == 70 and "chromium ended by itself" in done.stderr and
           "its last words: no letters" in done.stderr and
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


def main():
    need("chromium", "setpriv")
    with Tap() as tap, Lab() as lab:
        studio = Studio(lab)
        check_words(tap, studio)
        check_silence(tap, studio)
        check_failures(tap, studio)
        check_samples(tap, lab)


if __name__ == "__main__":
    main()
