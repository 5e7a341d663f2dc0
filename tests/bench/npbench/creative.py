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


def write_many(directory, octets, files):
    """So many files of so many octets in all, ten to a creative: two texts, six
    pictures, a tune and a film, which has most of it.  Bytes are random, but
    for speed those of one file are another's, begun at another place."""
    noise = os.urandom(4 << 20)
    noise += noise
    conf = {}
    per = octets // (files // 10)
    media = per - len(HTML) - len(TEXT)
    shares = {"p%d.jpg" % i: media * (20 + i) // 1000 for i in range(6)}
    shares["tune.mp3"] = media * 150 // 1000
    shares["film.mp4"] = media - sum(shares.values())
    for i in range(files // 10):
        campaign, name = "c%02d" % (i // 50), "k%02d" % (i % 50)
        there = os.path.join(directory, campaign, name)
        os.makedirs(there)
        for k, (file, size) in enumerate(shares.items()):
            at = (i * 8009 + k * 97) % (4 << 20)
            with open(os.path.join(there, file), "wb") as f:
                while size > 0:
                    f.write(noise[at:at + min(size, 4 << 20)])
                    size -= 4 << 20
        for file, text in (("body.html", HTML.replace("hero.png", "p0.jpg")),
                           ("body.txt", TEXT)):
            with open(os.path.join(there, file), "w", encoding="utf-8") as f:
                f.write(text)
        conf.setdefault(campaign, 'subject = "{{first_name}}"\n')
        conf[campaign] += (
            'creative "%s" { html = "body.html" text = "body.txt"\n'
            'inline = {%s} attach = {"tune.mp3", "film.mp4"} }\n' % (
                name, ", ".join('"p%d.jpg"' % k for k in range(6))))
    for campaign, text in conf.items():
        with open(os.path.join(directory, campaign, "campaign.conf"), "w",
                  encoding="utf-8") as f:
            f.write(text)


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
