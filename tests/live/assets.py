#!/usr/bin/python3
"""nearpostctl assets build: what is wrong with a template is told to the one who
builds the set, with file, line and remedy, and not to a recipient."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path as File

from nptest import TOP_BUILD, TOP_SRC, Tap

CONF = """\
subject = "{{first_name}}, hello"
%s
creative "only" {
	html = "body.html"
	text = "body.txt"
}
"""

# name: what is written where, and words of what is said; none: it is built
SETS = {
    "names of people in any script": (
        {"body.html": "<p>Zoë, Łukasz, 李小龍, Ελένη, أحمد: {{first_name}}</p>"}, ()),
    "lists and a partial within itself": (
        {"body.html": "<ul>{{#items}}<li>{{name}}{{>tree}}</li>{{/items}}</ul>",
         "partials/tree.mustache": "{{#items}}<b>{{name}}</b>{{>tree}}{{/items}}"}, ()),
    "names of variables in other scripts": (
        {"body.html": "<p>\n{{имя}}</p>"},
        ("body.html:2:", "no variable's name", "letters, digits")),
    "a partial that includes itself": (
        {"body.txt": "{{>a}}", "partials/a.mustache": "a\n{{>a}}"},
        ("a:2:", '"a" includes itself without end', "put the inner one", "(partial of")),
    "partials that include each other": (
        {"body.txt": "{{#x}}{{>a}}{{/x}}", "partials/a.mustache": "{{>b}}",
         "partials/b.mustache": "{{>a}}"},
        ("b:1:", '"a" includes itself without end')),
    "partials that include each other in very many ways": (
        {"body.txt": "{{>a}}",
         "partials/a.mustache": "{{#x}}" + "{{>a}}{{>b}}" * 4 + "{{/x}}",
         "partials/b.mustache": "{{#y}}" + "{{>b}}{{>a}}" * 4 + "{{/y}}"},
        ("each use counted, pass 4194304 octets",)),
    "65 sections within each other": (
        {"body.txt": "{{#a}}" * 65 + "{{/a}}" * 65},
        ("body.txt:1:", "nested more than 64 deep")),
    "10 MB of HTML": (
        {"body.html": "<p>" + "x" * (10 << 20) + "</p>"},
        ("body.html", "more than 4 MB", "make it smaller")),
    "3 MB of HTML twice, in a partial": (
        {"body.html": "<p>{{>p}}</p>{{>p}}", "partials/p.mustache": "x" * (3 << 20)},
        ("p:1:", "each use counted, pass 4194304 octets", "(partial of")),
    "a value in a script": (
        {"body.html": "<p>\n\n<script>a = '{{x}}'</script>"},
        ("body.html:3:", "{{x}}", "<script>")),
    "a section that is not closed": (
        {"body.html": "<p>\n{{#x}}</p>"}, ("body.html:2:", "write {{/x}}")),
    "a list that no name is for": (
        {"campaign.conf": CONF % 'lists = {"my interests"}'},
        ("campaign.conf", "lists:", "my interests")),
}


def build(here, files):
    there = File(here, "set")
    shutil.rmtree(there, ignore_errors=True)
    for name, text in {"campaign.conf": CONF % "", "body.html": "<p>x</p>",
                       "body.txt": "x", **files}.items():
        path = there / (name if name.startswith("partials/") else "c/" + (
            name if name == "campaign.conf" else "only/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return subprocess.run(
        [os.path.join(TOP_BUILD, "ctl/nearpostctl"), "-c",
         TOP_SRC + "/contrib/nearpost.conf", "assets", "build", str(there)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        timeout=60)


def main():
    with Tap() as tap, tempfile.TemporaryDirectory(prefix="nearpost-assets-") as here:
        for name, (files, words) in SETS.items():
            done = build(here, files)
            if not words:
                tap.ok(done.returncode == 0, name + ": built", done.stdout)
                continue
            missing = [w for w in words if w not in done.stdout]
            tap.ok(done.returncode == 65 and not missing and
                   len(done.stdout) < 1000, name + ": refused, and told",
                   done.returncode, missing, done.stdout[:500])


if __name__ == "__main__":
    main()
