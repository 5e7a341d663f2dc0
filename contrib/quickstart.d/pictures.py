"""One advert of each creative, kept as .eml and as the picture a reader sees."""

import base64
import email
import email.policy
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHOSEN = re.compile(r"campaign=(\S+) creative=(\S+) recipient=(\S+) ")
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-quic",
            "--hide-scrollbars"]
WIDTH = 700
# Chromium takes no picture of a whole page: it is asked for its height first.
MEASURE = ("<script>addEventListener('load', () => document.documentElement."
           "setAttribute('data-height', document.documentElement."
           "offsetHeight))</script>")
HEIGHT = re.compile(r'data-height="(\d+)"')
HEIGHT_MAX = 8000


def page(message):
    """The HTML part, its cid: pictures inside.  Players are dropped, as most mail
    readers do: what stands between their tags is the picture of the film."""
    inline = {p["Content-ID"].strip("<> "): p for p in message.walk()
              if p["Content-ID"]}
    html = message.get_body(("html",)).get_content()

    def data(match):
        part = inline[match[1]]
        text = base64.b64encode(part.get_content()).decode()
        return f"data:{part.get_content_type()};base64,{text}"
    html = re.sub(r"</?(video|audio|source)\b[^>]*>", "", html)
    return re.sub(r"cid:([^\"')\s]+)", data, html)


def chromium(work, *words):
    return subprocess.run(
        [*CHROMIUM, f"--user-data-dir={work}/profile", *words,
         f"file://{work}/advert.html"],
        capture_output=True, text=True, timeout=60, check=False)


def shoot(html, png):
    with tempfile.TemporaryDirectory() as work:
        Path(work, "advert.html").write_text(html + MEASURE, encoding="utf-8")
        seen = HEIGHT.search(chromium(
            work, "--dump-dom", f"--window-size={WIDTH},600").stdout)
        if not seen:
            return False
        height = min(int(seen[1]), HEIGHT_MAX)
        done = chromium(work, f"--window-size={WIDTH},{height}",
                        f"--screenshot={png}")
    return done.returncode == 0 and png.exists()


def keep(lab, result):
    log = (lab.dir / "lab/hosts/ini/log/milter.log").read_text(errors="replace")
    seen = {}
    for campaign, creative, rcpt in CHOSEN.findall(log):
        path = result / "mail" / rcpt / "1.eml"
        if path.exists():
            seen.setdefault(f"{campaign}-{creative}", path)
    def one(item):
        name, path = item
        shutil.copyfile(path, result / f"{name}.eml")
        message = email.message_from_bytes(path.read_bytes(),
                                           policy=email.policy.default)
        if shutil.which("chromium") and shoot(page(message),
                                              result / f"{name}.png"):
            return f"{name}.eml  {name}.png"
        return f"{name}.eml  (no picture: chromium is missing or failed)"

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, sorted(seen.items())))
