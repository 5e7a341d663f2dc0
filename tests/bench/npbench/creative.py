"""An asset set of adverts of given sizes: random bytes, which neither a link
nor a disk can make smaller, with texts that are filled in for each reader."""

import os
import shutil

HTML = """<!DOCTYPE html>
<html><head><title>{{first_name}}</title></head><body>
<p>Dear {{first_name}}{{#city}} in {{city}}{{/city}}, your coupon is
<b>{{coupon}}</b>.</p><p><img src="cid:hero.png" alt="Spring"></p>
""" + "<p>Seeds, pots and trowels, all of them for less this week.</p>\n" * 20 \
    + "</body></html>\n"
TEXT = "Dear {{first_name}},\n\nyour coupon is {{coupon}}.\n" \
    + "Seeds, pots and trowels, all of them for less this week.\n" * 20
CREATIVE = """
creative "%s" {
    html = "body.html"
    text = "body.txt"
    inline = {"hero.png"}
    attach = {"jingle.mp3"}
}
"""
CAMPAIGN = "bench"
# base64 in lines of 76 and CRLF
WIRE = 78 / 57


def write(directory, sizes):
    """sizes: {creative: octets of the advert as sent}, the first is the one
    everybody gets who asks for none."""
    home = os.path.join(directory, CAMPAIGN)
    conf = 'subject = "{{first_name}}, spring is here"\n' \
        'required = {"first_name"}\n'
    for name, size in sizes.items():
        there = os.path.join(home, name)
        os.makedirs(there)
        media = max(int((size - 6000) / WIRE), 2)
        for file, share in (("hero.png", media // 2),
                            ("jingle.mp3", media - media // 2)):
            with open(os.path.join(there, file), "wb") as f:
                f.write(os.urandom(share))
        for file, text in (("body.html", HTML), ("body.txt", TEXT)):
            with open(os.path.join(there, file), "w", encoding="utf-8") as f:
                f.write(text)
        conf += CREATIVE % name
    with open(os.path.join(home, "campaign.conf"), "w",
              encoding="utf-8") as f:
        f.write(conf)


def without_media(directory, copy):
    """What the initiator has of it: MANIFEST and campaign.conf."""
    os.makedirs(os.path.join(copy, CAMPAIGN))
    for file in ("MANIFEST", "MANIFEST.sig", CAMPAIGN + "/campaign.conf"):
        shutil.copyfile(os.path.join(directory, file),
                        os.path.join(copy, file))


def set_octets(directory):
    total = 0
    for where, _, files in os.walk(directory):
        total += sum(os.path.getsize(os.path.join(where, f)) for f in files
                     if f not in ("MANIFEST", "MANIFEST.sig"))
    return total
