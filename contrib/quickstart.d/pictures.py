"""One advert of each creative, kept as .eml and as the picture a reader sees."""

import base64
import email
import email.policy
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

CHOSEN = re.compile(r"campaign=(\S+) creative=(\S+) recipient=(\S+) ")
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-quic",
            "--hide-scrollbars", "--window-size=700,2400"]


def page(message):
    """The HTML part, its cid: pictures inside."""
    inline = {p["Content-ID"].strip("<> "): p for p in message.walk()
              if p["Content-ID"]}
    html = message.get_body(("html",)).get_content()

    def data(match):
        part = inline[match[1]]
        text = base64.b64encode(part.get_content()).decode()
        return f"data:{part.get_content_type()};base64,{text}"
    return re.sub(r"cid:([^\"')\s]+)", data, html)


def shoot(html, png):
    with tempfile.TemporaryDirectory() as work:
        source = Path(work, "advert.html")
        source.write_text(html, encoding="utf-8")
        done = subprocess.run(
            [*CHROMIUM, f"--user-data-dir={work}/profile",
             f"--screenshot={png}", f"file://{source}"],
            capture_output=True, timeout=60, check=False)
    return done.returncode == 0 and png.exists()


def keep(lab, result):
    log = (lab.dir / "lab/hosts/ini/log/milter.log").read_text(errors="replace")
    seen = {}
    for campaign, creative, rcpt in CHOSEN.findall(log):
        path = result / "mail" / rcpt / "1.eml"
        if path.exists():
            seen.setdefault(f"{campaign}-{creative}", path)
    lines = []
    for name, path in sorted(seen.items()):
        shutil.copyfile(path, result / f"{name}.eml")
        message = email.message_from_bytes(path.read_bytes(),
                                           policy=email.policy.default)
        if shutil.which("chromium") and shoot(page(message),
                                              result / f"{name}.png"):
            lines.append(f"{name}.eml  {name}.png")
        else:
            lines.append(f"{name}.eml  (no picture: chromium is missing or "
                         "failed)")
    return lines
