"""CPU of a personal advert, made of a template and of parts that are encoded
already: beside memcpy() of the same octets, and beside GMime making the same
message from its files."""

import os
import subprocess

from . import creative, measure, rig

SIZE, HTML_OCTETS, VARIABLES = 1 << 20, 30 * 1024, 40
ROUNDS, RUNS = 2000, 5
GOAL_GB, GOAL_GMIME = 1.0, 10.0
ROW = """<tr><td style="padding: {{v%d}}px"><a href="https://shop.example/i?n=\
{{v%d}}" title="{{v%d}}">{{v%d}}</a></td><td>Seeds, pots and trowels, all of them \
for less this week and the next.</td></tr>
"""


def letter():
    rows = ""
    for i in range(0, VARIABLES, 4):
        rows += ROW % (i, i + 1, i + 2, i + 3)
    head = ("<!DOCTYPE html>\n<html><head><title>Spring</title></head><body>\n"
            "<p><img src=\"cid:hero.png\" alt=\"Spring\"></p>\n<table>\n")
    tail = "</table></body></html>\n"
    words = "<tr><td colspan=\"2\">A row of plain words, as letters have them, " \
        "some of them grün.</td></tr>\n"
    missing = HTML_OCTETS - len((head + rows + tail).encode())
    return head + rows + words * (missing // len(words.encode())) + tail


def write(directory):
    there = os.path.join(directory, creative.CAMPAIGN, "letter")
    os.makedirs(there)
    html = letter()
    text = "Dear {{v0}},\n" + "Seeds, pots and trowels this week.\n" * 80
    # What is left of the size for media; quoted-printable adds a little.
    media = int((SIZE - len(html) * 1.07 - len(text) - 2500) / creative.WIRE)
    for name, data in (("body.html", html.encode()), ("body.txt", text.encode()),
                       ("hero.png", os.urandom(media // 2)),
                       ("jingle.mp3", os.urandom(media - media // 2))):
        with open(os.path.join(there, name), "wb") as f:
            f.write(data)
    with open(os.path.join(directory, creative.CAMPAIGN, "campaign.conf"), "w",
              encoding="utf-8") as f:
        f.write('subject = "{{v0}}, spring"\n' + creative.CREATIVE % "letter")


def column(runs, value):
    return sorted(value(r) for r in runs)


def line(name, runs, ratio, facts, last):
    ratios = column(runs, ratio)
    measure.line(name, [
        ("ratio", "%.2f" % ratios[RUNS // 2]), *facts, ("runs", RUNS),
        ("min", "%.2f" % ratios[0]), ("max", "%.2f" % ratios[-1])], last)


def bench(lab):
    directory = os.path.join(lab.dir, "render-set")
    write(directory)
    runs = []
    for _ in range(RUNS):
        text = subprocess.run(
            [rig.program("tests/bench/render"), directory, creative.CAMPAIGN,
             "letter", str(ROUNDS)],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        runs.append([float(word) for word in text.split()])
    octets, gmime_octets = runs[0][0], runs[0][5]
    if not 0.98 < octets / SIZE < 1.02 or not 0.97 < gmime_octets / octets < 1.03:
        raise rig.BenchError("the messages are of %d and %d octets" % (
            octets, gmime_octets))
    # A microsecond for a thousand octets is a GB a second.
    speed = [column(runs, lambda r, i=i: r[0] / 1e3 / r[i])[RUNS // 2]
             for i in range(1, 5)]
    line("bench_render_memcpy", runs, lambda r: r[3] / r[1], [
        ("goal", "%.2fGB/s" % GOAL_GB), ("ours", "%.2fGB/s" % speed[0]),
        ("baseline", "%.2fGB/s" % speed[2]),
        ("with_a_copy", "%.2fGB/s" % speed[1])],
         measure.verdict(speed[0], GOAL_GB))
    ratio = column(runs, lambda r: r[4] / r[1])[RUNS // 2]
    line("bench_render_gmime", runs, lambda r: r[4] / r[1], [
        ("goal", "%.2f" % GOAL_GMIME), ("ours", "%.2fGB/s" % speed[0]),
        ("baseline", "%.2fGB/s" % speed[3])],
         measure.verdict(ratio, GOAL_GMIME))
