#!/usr/bin/python3
"""The Mustache specification's own tests, each rendered as plain text, where nothing
is escaped, and as HTML, where everything is.  TAP.

They are not part of this tree: contrib/mustache-spec takes them from a Debian
package; NEARPOST_MUSTACHE_SPEC names another directory with the .json files of
https://github.com/mustache/spec, such as those of a newer version."""

import json
import os
import re
import sys

import nptext
from nptext import Batch, ok

MODULES = ("comments", "delimiters", "interpolation", "inverted", "partials",
           "sections")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
SPECIAL = re.compile(r"[&<>\"']")

# What the product does otherwise, why, and what comes of it: the text, or an error
# that begins so.
OTHERWISE = {
    ("interpolation", "Dotted Names are never single keys"): (
        "a record is flat: its name \"a.b\" is how one writes the b of a",
        "c", None),
    ("interpolation", "Dotted Names - No Masking"): (
        "for the same reason a record cannot have both: one is given twice",
        None, None),
    ("partials", "Failed Lookup"): (
        "a letter with a hole is not sent: told when the set is loaded",
        None, b't:1: there is no partial "text"'),
    ("partials", "Standalone Indentation"): (
        "a record's value is one line, or it could not travel in a header",
        None, b'variable "content" has control characters'),
}


SPEC = os.environ.get("NEARPOST_MUSTACHE_SPEC",
                      os.path.join(nptext.TOP_BUILD, "mustache-spec"))
FEWEST = 111  # in the oldest version with these modules as they are now


class Twice(Exception):
    pass


def word(value):
    if value is True:
        return "true"
    if value is None or value is False or value in ({}, []):
        return ""
    return str(value)


def flatten(data, path, record):
    """The record that holds the data, as columns of a file would."""
    if isinstance(data, dict) and data:
        pairs = data.items()
    elif isinstance(data, list) and data:
        pairs = ((str(i), item) for i, item in enumerate(data))
    else:
        if path in record:
            raise Twice(path)
        record[path] = word(data)
        return record
    for key, value in pairs:
        # A name that no record can have (they are given to show that a comment
        # is no name) is in none.
        if all(NAME.match(part) or part.isdigit() for part in key.split(".")):
            flatten(value, path + "." + key if path else key, record)
    return record


def question(case):
    """A record is no string and no list: what is one in the test goes a step
    down, and the whole template into a section around it."""
    data, template = case["data"], case["template"]
    if isinstance(data, dict):
        return template, flatten(data, "", {}) if data else {}
    return "{{#root}}" + template + "{{/root}}", flatten([data], "root", {})


def values(data):
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return "".join(values(x) for x in data)
    return str(data)


def places(case):
    """In which places the specification's answer is ours: where a value has
    something to escape, {{x}} is as in HTML and {{{x}}} as in plain text, for
    escaping goes by the place and not by the braces."""
    sources = [case["template"], *case.get("partials", {}).values()]
    if SPECIAL.search(values(case["data"])):
        raw = any("{{{" in s or "{{&" in s or "[{" in s for s in sources)
        return ["text"] if raw else ["html"]
    # "<" behind which a variable stands is no HTML.
    if any(re.search("<[^ %]*{{|{{=<", s) for s in sources):
        return ["text"]
    return ["text", "html"]


def run(batch, module, case):
    what = "%s: %s" % (module, case["name"])
    reason, text, error = OTHERWISE.get((module, case["name"]), (None,) * 3)
    try:
        template, record = question(case)
    except Twice:
        ok(reason and text is None and error is None, "%s: cannot be, since %s" % (
            what, reason))
        return []
    for place in places(case):
        got, why = batch.ask([place, template, case.get("partials", {}), record],
                             2)
        if reason:
            ok(why.startswith(error) if error else
               not why and got.decode() == text,
               "%s, as %s: not so, since %s" % (what, place, reason), (got, why))
        else:
            ok(not why and got.decode() == case["expected"],
               "%s, as %s" % (what, place),
               "%r, not %r; %s" % (got.decode(), case["expected"], why.decode()))
    return places(case)


def main():
    if not os.path.isdir(SPEC):
        print("1..0 # SKIP no Mustache specification in %s: contrib/mustache-spec "
              "brings it" % SPEC)
        return 0
    batch = Batch("tests/unit/template_dump")
    seen, rendered = set(), []
    for module in MODULES:
        with open(os.path.join(SPEC, module + ".json"), encoding="utf-8") as f:
            tests = json.load(f)["tests"]
        for case in tests:
            rendered += run(batch, module, case)
            seen.add((module, case["name"]))
    ok(len(seen) >= FEWEST, "these are all tests of the core modules, %d" %
       len(seen))
    ok(min(rendered.count("text"), rendered.count("html")) > 0.8 * len(seen),
       "most of them in both places", (rendered.count("text"),
                                        rendered.count("html")))
    batch.close()
    return nptext.done()


if __name__ == "__main__":
    sys.exit(main())
