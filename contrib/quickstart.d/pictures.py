"""One advert of each creative, kept as .eml and as the pictures a reader sees."""

import email
import re
import shutil
from pathlib import Path

CHOSEN = re.compile(r"campaign=(\S+) creative=(\S+) recipient=(\S+) ")
ASSETS = Path(__file__).resolve().parents[2] / "assets"


def pictures(lab, kind, path, result):
    """Of the same advert, by its Message-ID.  Names, or why there are none."""
    campaign, creative, rcpt = kind
    mail = email.message_from_bytes(path.read_bytes())
    out = lab("ctl", "preview", campaign, "--to", rcpt, "--creative", creative,
              "--ticket", mail["Message-ID"], "--assets", ASSETS, "--png",
              "-o", result / f"{campaign}-{creative}", check=False)
    return ([Path(name).name for name in out.split()] or
            ["(no pictures: is chromium there?)"])


def keep(lab, result):
    log = (lab.dir / "lab/hosts/ini/log/milter.log").read_text(errors="replace")
    seen = {}
    for campaign, creative, rcpt in CHOSEN.findall(log):
        path = result / "mail" / rcpt / "1.eml"
        if path.exists():
            seen.setdefault((campaign, creative), (rcpt, path))
    for (campaign, creative), (rcpt, path) in sorted(seen.items()):
        eml = f"{campaign}-{creative}.eml"
        shutil.copyfile(path, result / eml)
        yield "  ".join([eml, *pictures(lab, (campaign, creative, rcpt), path,
                                        result)])
