"""Random letters and random readers: templates of every kind that a set may hold,
records with whatever people (and those who mean harm) write into forms, and what
must come of the two, worked out here once more and in another way."""

import re
from urllib.parse import quote

BOUNDARY = "=_np_00112233445566778899aabbccddeeff_"
HOSTILE = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='a",
    "--" + BOUNDARY + "0", "--" + BOUNDARY + "1--", BOUNDARY, "--", "-->", "--!>",
    "]]>", "<!--", "</title>", "</style>", "&#60;b&#62;", "&lt;", "&", ";", ":",
    "javascript:alert(1)", "JaVaScRiPt:a", "java\tscript:a", " javascript:a",
    "data:text/html,<b>", "vbscript:a", "//evil.example/", "https://a.example/?a=b&c",
    "http:a", "mailto:a@b.example?bcc=c@d.example", "cid:hero.png", "tel:+49", "#x",
    "?a=1&b=2", "a/b:c", "%0d%0aBcc: spy@evil.example", "=0D=0ABcc: spy@evil.example",
    "a, spy@evil.example", "<spy@evil.example>", "\"", "\\", "(", "Bcc: x@y.example",
    "=?utf-8?q?=0D=0ABcc:_x@y.example?=", "=?utf-8?b?DQo=?= =?", "=?", "?=", ".",
    "..", "...", "From ", "From me", "{{s0}}", "{{{s0}}}", "{{#l}}", "{{/l}}", "{{",
    "}}", "expression(alert(1))", "red;background:url(//evil.example)", "url(x)",
    "\u202eabc", "\u202d\u202c", "\u2066x", "\u2069", "\u200f\u200e", "\u061c",
    "\u2028", "\u2029", "\u0085", "\u00a0", "\ufeff", "\u0000".replace("\0", "0"),
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "e\u0301\u0301", "שלום", "مرحبا", "中文", "हिन्दी", "ไทย", "İı",
    "ﬀ", "ｆｕｌｌ", "\U0010ffff", "\ufffe", "\ue000", "\t", " ", "  a  ", "=", "=3D",
    "=\t", "a=", "x" * 998, "x" * 77, "ü" * 80, "word " * 40, "." * 100, "=" * 80,
]
LITERALS = ["Fern", "field", "spring, now", "50 %", "Grüße", "日本", "a.b", "(c)", "x=1",
            "- item", "“so”", "it", "end.", "🎉", "two words", "1/2", "a_b", "!", "*"]
SCHEMES = ("http", "https", "mailto", "cid", "tel")
TOO_MUCH = [b"a\nb", b"a\rb", b"\0", b"\x1b[2J", b"\x7f", b"a\r\nBcc: x@y.example",
            b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\xaf", b"\xff", b"\xf4\x90\x80\x80",
            b"\xe2\x80", b"x" * 16385, "😀".encode("utf-16-le", "surrogatepass")]


# --- data

def value(rng):
    kind = rng.random()
    if kind < 0.15:
        return ""
    if kind < 0.6:
        return rng.choice(HOSTILE)
    if kind < 0.8:
        return "".join(rng.choice(HOSTILE) for _ in range(rng.randrange(2, 5)))
    if kind < 0.83:  # about 10 KB
        one = rng.choice([h for h in HOSTILE if h])
        return one * (10240 // len(one.encode()))
    out = []
    for _ in range(rng.randrange(1, 60)):
        top = rng.choice((0x7f, 0x7ff, 0xffff, 0x10ffff))
        code = rng.randrange(0x20, top)
        if 0xd800 <= code < 0xe000 or code == 0x7f:
            code = 0x20
        out.append(chr(code))
    return "".join(out)


def record(rng):
    """s0 .. s5 are texts, o an object, l a list of texts, m one of objects with
    lists in them."""
    data = {"s%d" % i: value(rng) for i in range(6) if rng.random() < 0.8}
    data["o"] = {"a": value(rng), "b": value(rng)}
    if rng.random() < 0.8:
        data["l"] = [value(rng) for _ in range(rng.randrange(5))]
    if rng.random() < 0.8:
        data["m"] = [{"a": value(rng), "k": [value(rng) for _ in range(
            rng.randrange(3))]} for _ in range(rng.randrange(4))]
    return data


def harmless(data):
    """The same with every text that is not empty as an x."""
    if isinstance(data, dict):
        return {k: harmless(v) for k, v in data.items()}
    if isinstance(data, list):
        return [harmless(v) for v in data]
    return "x" if data else ""


def flat(data, path=""):
    """As a stub's lines."""
    if isinstance(data, str):
        return {path: data}
    out = {}
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for name, item in items:
        out.update(flat(item, "%s.%s" % (path, name) if path else str(name)))
    return out or {path: ""}


def there(data):
    if isinstance(data, (dict, list)):
        return any(there(d) for d in (data.values() if isinstance(data, dict) else data))
    return bool(data)


# --- what is written where

def html(text):
    for a, b in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;"):
        text = text.replace(a, b)
    return text


def url(text):
    return quote(text, safe="-._~")


def may_lead_there(text):
    head = re.match(r"[^/?#:]*", text)[0]
    if re.search("[\0-\x20\x7f]", head):
        return False
    return text[len(head):len(head) + 1] != ":" or head.lower() in SCHEMES


def start(text):
    return html(text) if may_lead_there(text) or not text else "#"


def bare_start(text):
    return quote(text, safe="-._~:/?#[]@!$&*+=%") if may_lead_there(text) else "#"


def css(text):
    return re.sub(r"[^A-Za-z0-9 #.,%_-]", "", text)


def as_is(text):
    return text


LATER = {start: url, bare_start: url}  # what it is in a list's further rounds


# --- templates: nodes that know their source and what becomes of them

class Words:
    def __init__(self, text):
        self.text = text

    def source(self):
        return self.text

    def render(self, _stack, _again):
        return self.text


def look_up(stack, name):
    if name == ".":
        return stack[-1]
    first, *rest = name.split(".")
    for data in reversed(stack):
        if isinstance(data, dict) and first in data:
            data = data[first]
            for part in rest:
                if isinstance(data, dict):
                    data = data.get(part, "")
                elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
                    data = data[int(part)]
                else:
                    data = ""
            return data
    return ""


class Value:
    def __init__(self, name, escape, form="{{%s}}"):
        self.name, self.escape, self.form = name, escape, form

    def source(self):
        return self.form % self.name

    def render(self, stack, again):
        data = look_up(stack, self.name)
        escape = LATER.get(self.escape, self.escape) if again else self.escape
        return escape(data) if isinstance(data, str) else ""


class Section:
    def __init__(self, sigil, name, body):
        self.sigil, self.name, self.body = sigil, name, body

    def source(self):
        return "{{%s%s}}%s{{/%s}}" % (self.sigil, self.name, source(self.body), self.name)

    def render(self, stack, again):
        data = look_up(stack, self.name)
        if self.sigil == "^":
            return "" if there(data) else render(self.body, stack, again)
        items = [d for d in (data if isinstance(data, list) else [data]) if there(d)]
        return "".join(render(self.body, stack + [d], again or i > 0)
                       for i, d in enumerate(items))


class Value0(Value):
    """The beginning of an attribute's value: rounds further out do not count."""

    def __init__(self, body):
        super().__init__("", as_is)
        self.body = body

    def source(self):
        return source(self.body)

    def render(self, stack, _again):
        return render(self.body, stack, False)


class Partial:
    def __init__(self, name, body):
        self.name, self.body = name, body

    def source(self):
        return "{{>%s}}" % self.name

    def render(self, stack, again):
        return render(self.body, stack, again)


def source(nodes):
    return "".join(n.source() for n in nodes)


def render(nodes, stack, again=False):
    return "".join(n.render(stack, again) for n in nodes)


class Writer:
    """Writes letters.  deep: names that stand for something in the sections
    around."""

    TEXTS = ["s0", "s1", "s2", "s3", "s4", "s5", "o.a", "o.b", "l.0", "m.0.a", "m.1.k.0"]
    INNER = {"s0": ["."], "o": ["a", "b"], "l": ["."], "m": ["a", "k.0", "s1"],
             "k": ["."], "s3": ["."]}

    def __init__(self, rng, partials):
        self.rng, self.partials = rng, partials

    def words(self, lines=False):
        words = [self.rng.choice(LITERALS) for _ in range(self.rng.randrange(1, 5))]
        # Never at an end: a tag alone on its line would take the line along.
        return Words((self.rng.choice(("\n", " ")) if lines else " ").join(words))

    def value(self, escape, deep):
        form = self.rng.choice(("{{%s}}", "{{%s}}", "{{ %s }}", "{{{%s}}}", "{{&%s}}"))
        return Value(self.rng.choice(deep + self.TEXTS), escape, form)

    def section(self, write, deep):
        """write: makes the body, given the names within."""
        inner = deep and "k" if "k.0" in deep else None
        name = self.rng.choice(["s0", "s3", "o", "l", "m"] + ([inner] if inner else []))
        if self.rng.random() < 0.25:
            return Section("^", name, write(deep))
        return Section("#", name, write(self.INNER[name] + deep))

    def run(self, escape, deep, depth=2, lines=False):
        """A stretch of words, values and sections, without markup."""
        out = []
        for _ in range(self.rng.randrange(1, 4)):
            kind = self.rng.random()
            if kind < 0.45:
                out += [self.words(lines), Words(" ")]
            elif kind < 0.85 or depth == 0:
                out.append(self.value(escape, deep))
            else:
                out.append(self.section(
                    lambda d: self.run(escape, d, depth - 1, lines), deep))
        return out

    def link(self, deep):
        r, value_ = self.rng, self.value
        name = r.choice(["s0", "s3"])
        return [Value0(r.choice([
            lambda: [value_(start, deep)],
            lambda: [value_(start, deep), Words("&amp;q="), value_(url, deep)],
            lambda: [value_(start, deep), Words("/p?x="), *self.run(url, deep, 1)],
            lambda: [Words("https://shop.example/"), value_(url, deep), Words("?q="),
                     value_(url, deep), Words("&amp;z=1")],
            lambda: [Words("mailto:"), value_(url, deep)],
            lambda: [Section("#", name, [Value(name, start)]),
                     Section("^", name, [Words("https://shop.example/")])],
            lambda: [Section("#", name, [Value(".", start)]), value_(url, deep)],
            lambda: [Section("#", "l", [Value(".", start)])],
            lambda: [Section("#", "l", [Value(".", start), Words("/")])],
            lambda: [Section("#", "m", [Words("https://shop.example/"),
                                         Value("a", url)])],
        ])())]

    def attributes(self, deep):
        r, out = self.rng, []
        for name in r.sample(["title", "alt", "class", "href", "src", "style"], r.randrange(4)):
            q = r.choice("\"'")
            body = self.link(deep) if name in ("href", "src") else \
                [Words("color: "), self.value(css, deep)] if name == "style" else \
                self.run(html, deep, 1)
            one = [Words(" %s=%s" % (name, q)), *body, Words(q)]
            if r.random() < 0.2:
                one = [Section(r.choice("#^"), r.choice(["s0", "s3", "o"]), one)]
            out += one
        return out

    def comment(self, deep):
        inner = [self.words(), Words(" "), self.value(html, deep), Words(" "),
                 self.words()]
        if self.rng.random() < 0.6:
            return [Words("<!-- "), *inner, Words(" -->")]
        return [Words("<!--[if mso]><p"), *self.attributes(deep), Words(">"), *inner,
                Words("</p><![endif]-->")]

    def element(self, deep, depth):
        r = self.rng
        tag = r.choice(["p", "div", "b", "h1", "span", "a", "li"])
        return [Words("<" + tag), *self.attributes(deep), Words(">"),
                *self.markup(deep, depth), Words("</%s>" % tag)]

    def markup(self, deep, depth):
        out = []
        for _ in range(self.rng.randrange(1, 4)):
            kind = self.rng.random()
            if kind < 0.35 or depth == 0:
                out += self.run(html, deep, 1, lines=True)
            elif kind < 0.65:
                out += self.element(deep, depth - 1)
            elif kind < 0.75:
                out += [Words("<img"), *self.attributes(deep), Words("/>")]
            elif kind < 0.82:
                out += self.comment(deep)
            elif kind < 0.88 and self.partials:
                out += [Words("+"), self.rng.choice(self.partials)]
            else:
                out.append(self.section(lambda d: self.markup(d, depth - 1), deep))
        return out

    def page(self):
        return [Words("<!DOCTYPE html>\n<html><head><title>"), *self.run(html, [], 1),
                Words("</title><style>p > b { color: red }</style></head>\n<body>"),
                *self.markup([], 3), *self.markup([], 3), Words("</body></html>\n")]

    def plain(self):
        nasty = ["--" + BOUNDARY + "0", ".", "From here", "trailing  ", "x" * 1200,
                 "a\rb", "=3D", "--", ""]
        out = []
        for _ in range(self.rng.randrange(1, 6)):
            out += [Words("*"), *self.run(as_is, [], 2, lines=True),
                    Words("!\n%s\n" % self.rng.choice(nasty))]
            if self.partials and self.rng.random() < 0.2:
                out += [Words("+"), self.rng.choice(self.partials)]
        return out
