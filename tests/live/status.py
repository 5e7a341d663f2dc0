"""The status page: what is on it, with and without its script, in a real browser;
text from outside that is no markup; and slow or greedy visitors that hold up
nobody.  NEARPOST_SHOTS=DIR keeps the pictures."""

import html.parser
import http.client
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time

from nppolicyd import *

HOSTILE_CAMPAIGN = "<img src=x onerror=alert(1)>"
HOSTILE_REASON = "disk <script>alert(2)</script> & \"more\""
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-quic",
            "--hide-scrollbars"]
TABLES = ("gateways", "sites", "campaigns", "decisions")
CONNECTIONS_MAX = 64  # HTTP_CONNECTIONS_MAX


class Reader(html.parser.HTMLParser):
    """Tables by data-rows, texts by data-value, and which elements there are."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.values, self.elements = {}, {}, []
        self.table = self.into = self.value = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.elements.append((tag, attrs))
        if tag == "table":
            self.table = self.tables.setdefault(
                attrs.get("data-rows"), {"caption": "", "head": [], "rows": []})
        elif tag == "caption":
            self.into = "caption"
        elif tag in ("thead", "tbody"):
            self.into = tag
        elif tag == "tr" and self.into == "tbody":
            self.table["rows"].append([])
        elif tag in ("th", "td") and self.table is not None:
            (self.table["head"] if self.into == "thead"
             else self.table["rows"][-1]).append("")
        if "data-value" in attrs:
            self.value = attrs["data-value"]
            self.values[self.value] = ""

    def handle_endtag(self, tag):
        if tag in ("table", "thead", "tbody", "caption"):
            self.into = None
        if tag == "table":
            self.table = None
        if tag in ("p", "dd", "time"):
            self.value = None

    def handle_data(self, data):
        if self.value:
            self.values[self.value] += data
        if self.table is None or not self.into:
            return
        if self.into == "caption":
            self.table["caption"] += data
        else:
            part = self.table["head"] if self.into == "thead" else \
                self.table["rows"][-1] if self.table["rows"] else []
            if part:
                part[-1] = (part[-1] + data).strip()

    def rows(self, table):
        """By the first cell."""
        head = self.tables[table]["head"]
        return {r[0]: dict(zip(head, r)) for r in self.tables[table]["rows"]}

    def count(self, tag):
        return sum(1 for t, _ in self.elements if t == tag)


def get(w, path, method="GET", headers=None):
    c = http.client.HTTPConnection("127.0.0.1", w.http_port, timeout=20)
    try:
        c.request(method, path, headers=headers or {})
        r = c.getresponse()
        return r.status, r.headers, r.read()
    finally:
        c.close()


class Between:
    """A web server before policyd's: page(text) and data(n, tree) may change what
    it says, or raise RuntimeError to say nothing; n counts the questions for data.
    policy: instead of policyd's own."""

    def __init__(self, lab, w, page=None, data=None, policy=None):
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, body = get(w, self.path)
                try:
                    if self.path == "/" and page:
                        body = page(body.decode()).encode()
                    if self.path == "/status.json":
                        outer.asked += 1
                        if data:
                            body = json.dumps(
                                data(outer.asked, json.loads(body))).encode()
                except RuntimeError:
                    status, body = 502, b""
                self.send_response(status)
                self.send_header("Content-Type", headers["Content-Type"])
                if not page:
                    self.send_header("Content-Security-Policy", policy or
                                     headers["Content-Security-Policy"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        lab.own(self)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def browse(lab, port, *words, size=(1280, 1000), budget=3000):
    done = subprocess.run(
        [*CHROMIUM, "--user-data-dir=" + lab.path("profile"),
         "--window-size=%d,%d" % size, "--virtual-time-budget=%d" % budget, *words,
         "http://127.0.0.1:%d/" % port], capture_output=True, text=True, timeout=60,
        check=False)
    return done.stdout


def dom(lab, port, *words, **more):
    return Reader(browse(lab, port, "--dump-dom", *words, **more))


def contents(tap, w, page, where):
    """What any reader of the page must find."""
    gateways = page.rows("gateways")
    tap.equal(sorted(gateways), sorted(GATEWAYS), where + ": every gateway has a row")
    tap.equal([gateways[g]["State"] for g in ("tyo", "lon", "nyc")],
              ["live", "drained", "silent"], where + ": and its state in a word")
    tap.ok(HOSTILE_REASON in gateways["lon"]["Why it is out"],
           where + ": and why it is out, as text", gateways["lon"])
    tap.ok("report" in gateways["nyc"]["Why it is out"], where + ": of a silent one too")
    sites = page.rows("sites")
    tap.equal(sorted(sites), ["one.test", "two.test"], where + ": the sites are there")
    tap.ok(sites["one.test"]["tyo"].startswith("5.0 ms, ") and
           sites["one.test"]["Received"] == "1" and
           [sites["one.test"][g].endswith(", 1") for g in GATEWAYS].count(True) == 1,
           where + ": with round trip and traffic of each gateway", sites["one.test"])
    tap.equal(page.rows("campaigns")["spring"]["Relayed"], "13",
              where + ": campaigns have their counters")
    decisions = page.tables["decisions"]
    head = decisions["head"]
    last = dict(zip(head, decisions["rows"][0]))
    tap.equal((last["Answer"], last["Reason"], last["Campaign"]),
              ("REJECT", "campaign", HOSTILE_CAMPAIGN),
              where + ": the last decision with its reason, as text")
    before = dict(zip(head, decisions["rows"][1]))
    tap.ok(before["Answer"] == "RELAY" and before["Gateways"] and before["Reason"] and
           re.fullmatch("[0-9a-f]{32}", before["Ticket"]),
           where + ": and the one before with gateways and ticket", before)
    tap.equal(len(decisions["rows"]), 14, where + ": all of them")
    tap.equal((page.count("script"), page.count("img"), page.count("iframe")),
              (1, 0, 0), where + ": nothing of it became an element")
    tap.ok("1 of 3 gateways" in page.values["headline"],
           where + ": the headline counts", page.values)


def accessible(tap, page):
    tags = [t for t, _ in page.elements]
    tap.ok(all(t in tags for t in ("header", "main", "footer", "h1", "h2")) and
           tags.count("h1") == 1, "landmarks and headings")
    tap.equal(dict(page.elements)["html"].get("lang"), "en", "the language is named")
    for name in TABLES:
        tap.ok(page.tables[name]["caption"].strip(), "%s has a caption" % name)
    heads = [a for t, a in page.elements if t == "th"]
    tap.ok(heads and all(a.get("scope") in ("col", "row") for a in heads),
           "every head has its scope")
    tap.ok(all(len(r) == len(t["head"]) for t in page.tables.values()
               for r in t["rows"]), "every row has a cell for each head")
    regions = [a for _, a in page.elements if a.get("class") == "scroll"]
    tap.ok(len(regions) == len(TABLES) and
           all(a.get("tabindex") == "0" and a.get("aria-labelledby") for a in regions),
           "tables that scroll can be reached by keyboard, and have a name")
    tap.ok([a for _, a in page.elements if a.get("aria-live") == "polite"],
           "what changes is told politely")


def luminance(colour):
    if len(colour) == 4:
        colour = "#" + "".join(2 * c for c in colour[1:])
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(tap, text):
    """WCAG 2.1, 1.4.3: 4.5 to 1."""
    for theme, block in zip(("light", "dark"), re.findall(r":root \{(.*?)\}", text, re.S)):
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]+)", block))
        for ink in ("ink", "soft", "accent", "good", "bad", "wait"):
            for ground in ("paper", "card"):
                a, b = sorted((luminance(colours[ink]), luminance(colours[ground])))
                ratio = (b + 0.05) / (a + 0.05)
                tap.ok(ratio >= 4.5, "%s: %s on %s is %.1f to 1" %
                       (theme, ink, ground, ratio))


def headers(tap, w):
    status, h, body = get(w, "/")
    policy = h["Content-Security-Policy"]
    tap.equal(status, 200, "the page is there")
    tap.ok(policy.startswith("default-src 'none'") and "unsafe" not in policy and
           "script-src 'sha256-" in policy, "its policy allows its own script alone", policy)
    tap.equal((h["Cache-Control"], h["X-Content-Type-Options"]),
              ("no-store", "nosniff"), "not kept, not guessed at")
    tap.ok(not re.search(rb"(src|href)=\"?(https?:)?//", body), "nothing from elsewhere")
    status, h, body = get(w, "/", "HEAD")
    tap.ok(status == 200 and not body and int(h["Content-Length"]) > 1000, "HEAD")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        tap.ok(get(w, "/", method)[0] in (405, 501), method + " is refused")
    tap.ok(get(w, "/nothing")[0] == 404, "what is not there is a 404")
    for name, path, more in (
            ("a path of 20 KB", "/" + "a" * 20000, {}),
            ("a header of 20 KB", "/", {"X-Long": "a" * 20000})):
        try:
            status = get(w, path, headers=more)[0]
        except (ConnectionError, http.client.HTTPException):
            status = 400
        tap.ok(400 <= status < 500, name + " is refused", status)
    status, h, body = get(w, "/status.json")
    data = json.loads(body)
    tap.ok(h["Content-Type"] == "application/json" and
           {"headline", *TABLES} <= set(data), "the same for programs", sorted(data))
    for text in (get(w, "/")[2] + body).split(b"\n"):
        if b"alice" in text or b"bob@" in text:
            tap.ok(False, "no address of a recipient", text)
    tap.ok(data["decisions"][1]["ticket"] and data["decisions"][1]["site"],
           "a decision has ticket and site, and no address")


def without_body(text):
    return re.sub(r"(<tbody>).*?(</tbody>)", r"\1\2", text, flags=re.S)


def browser(tap, lab, w):
    # A sandbox has no scripts; Chromium cannot dump a page with them switched off.
    still = Between(lab, w, policy="sandbox")
    text = browse(lab, still.port, "--dump-dom")
    tap.ok("load again" in text and "kept current" not in text.partition("<script")[0],
           "without the script it says how to get newer figures")
    off = Reader(text)
    contents(tap, w, off, "without script")
    tap.equal(still.asked, 0, "without script: nothing is asked for")
    on = browse(lab, w.http_port, "--dump-dom")
    tap.ok("kept current" in on, "its policy lets its own script run")
    contents(tap, w, Reader(on), "with script")
    bare = Between(lab, w, page=without_body)
    filled = dom(lab, bare.port)
    tap.ok(bare.asked > 0, "the script asks for data")
    contents(tap, w, filled, "made by the script alone")
    accessible(tap, filled)
    for name in TABLES:
        a, b = off.tables[name], filled.tables[name]
        tap.equal((a["head"], [len(r) for r in a["rows"]]),
                  (b["head"], [len(r) for r in b["rows"]]),
                  "the script makes the same table: " + name)


def live(tap, lab, w):
    def change(n, data):
        if n == 2:
            w.admin("drain", gateway="tyo", reason="seen by the script")
            time.sleep(0.6)  # SAME_MS
        return data if n < 2 else json.loads(get(w, "/status.json")[2])
    moved = Between(lab, w, data=change)
    page = dom(lab, moved.port, budget=12000)
    row = page.rows("gateways")["tyo"]
    tap.ok(moved.asked >= 2 and row["State"] == "drained" and
           "seen by the script" in row["Why it is out"],
           "what happens is seen without a reload", moved.asked, row)
    tap.ok("0 of 3" in page.values["headline"], "in the headline too", page.values)
    w.admin("resume", gateway="tyo")

    def break_down(n, data):
        if n > 1:
            raise RuntimeError
        data["columns"].append({"id": "new"})
        data["gateways"] = data["gateways"][:1]
        return data
    broken = Between(lab, w, data=break_down)
    text = browse(lab, broken.port, "--dump-dom", budget=12000)
    tap.ok("policyd does not answer" in text, "an outage is said")
    page = Reader(text)
    tap.ok(page.tables["sites"]["head"][-1] == "new" and
           len(page.tables["gateways"]["rows"]) == 1,
           "gateways come and go in the tables")


def pictures(tap, lab, w):
    keep = os.environ.get("NEARPOST_SHOTS", lab.path("shots"))
    os.makedirs(keep, exist_ok=True)
    for name, size, words in (
            ("wide", (1280, 1500), []), ("narrow", (390, 2000), []),
            ("dark", (1280, 1500), ["--blink-settings=preferredColorScheme=0"])):
        png = os.path.join(keep, name + ".png")
        browse(lab, w.http_port, "--screenshot=" + png, *words, size=size)
        with open(png, "rb") as f:
            data = f.read()
        tap.equal((data[:4], int.from_bytes(data[16:20], "big")),
                  (b"\x89PNG", size[0]), "a picture: " + name)
        tap.ok(len(data) > 20000, "that is not empty", len(data))
    # In a frame: a window is never that narrow.
    frame = ("<html><iframe width=390 height=800 style='border: 0' src='/?' onload='"
             "document.documentElement.dataset.wide = this.contentWindow.innerWidth + "
             "\" \" + this.contentDocument.documentElement.scrollWidth'></iframe>")
    page = dom(lab, Between(lab, w, page=lambda t: frame).port)
    tap.equal(dict(page.elements)["html"].get("data-wide"), "390 390",
              "on a telephone only the tables scroll sideways")


# Of a machine that does other things too; one who is held up waits for seconds.
HELD_UP_MS = 1000


def waits(w, n=300):
    """Milliseconds of n questions, sorted."""
    t, took = w.talk(), []
    for _ in range(n):
        started = time.monotonic()
        t.ask({"request": "nearpost_select", "campaign": "spring", "sender": "x@s.test",
               "recipient": "alice@one.test", "routable": ",".join(GATEWAYS)})
        took.append((time.monotonic() - started) * 1e3)
    t.close()
    return sorted(took)


def visitors(tap, w):
    """Those who say nothing, a little now and then, or read nothing."""
    alone = waits(w)
    socks = []
    for _ in range(CONNECTIONS_MAX + 20):
        s = socket.create_connection(("127.0.0.1", w.http_port), 5)
        s.sendall(b"GET / HTTP/1.1\r\nX: ")
        socks.append(s)
    drip, began = socks[0], time.monotonic()
    beside = waits(w)
    tap.ok(beside[len(beside) // 2] < max(20, 5 * alone[len(alone) // 2]) and
           beside[-1] < HELD_UP_MS, "slow visitors hold up no stub", alone[-5:], beside[-5:])
    tap.note("a choice, p50 and p99 in ms: alone %.2f %.2f, beside %d slow visitors "
             "%.2f %.2f" % (alone[len(alone) // 2], alone[len(alone) * 99 // 100],
                            len(socks), beside[len(beside) // 2],
                            beside[len(beside) * 99 // 100]))
    fds = os.listdir("/proc/%d/fd" % w.policyd.pid)
    taken = len(fds)
    for s in socks[1:]:
        s.close()
    status = wait_for(lambda: get(w, "/healthz")[0], 15)
    tap.equal(status, 200, "others are served once they are gone")
    more = len(os.listdir("/proc/%d/fd" % w.policyd.pid))
    tap.ok(CONNECTIONS_MAX // 2 < taken - more <= CONNECTIONS_MAX + 8,
           "no more than %d had a descriptor" % CONNECTIONS_MAX, taken, more)
    drip.settimeout(0.5)
    ended = None
    while not ended and time.monotonic() - began < 45:
        try:
            drip.sendall(b"x")
            if drip.recv(1000) == b"":
                ended = time.monotonic() - began
        except TimeoutError:
            pass
        except ConnectionError:
            ended = time.monotonic() - began
    tap.ok(ended and 25 < ended < 40, "an octet now and then buys half a minute", ended)
    stop = threading.Event()

    def greedy():
        while not stop.is_set():
            get(w, "/")
            get(w, "/status.json")
    greed = [threading.Thread(target=greedy, daemon=True) for _ in range(4)]
    for g in greed:
        g.start()
    beside = waits(w)
    stop.set()
    for g in greed:
        g.join(10)
    tap.note("beside 4 that load without pause: %.2f %.2f" % (
        beside[len(beside) // 2], beside[len(beside) * 99 // 100]))
    tap.ok(beside[len(beside) // 2] < max(20, 5 * alone[len(alone) // 2]) and
           beside[-1] < HELD_UP_MS, "greedy ones hold up no stub either", beside[-5:])


def as_read(w):
    return Reader(get(w, "/")[2].decode())


def more_than_is_shown(tap, w):
    values = as_read(w).values
    tap.equal((values["sites_note"], values["campaigns_note"]), ("", ""),
              "of a small fleet nothing is missing")
    w.assets(also=["more%d" % i for i in range(100)])
    w.configure(gateways=[*GATEWAYS, *("g%d" % i for i in range(40))])
    w.admin("reload")
    time.sleep(0.6)  # SAME_MS
    page = as_read(w)
    tap.ok("first 40 of 43 gateways" in page.values["sites_note"] and
           "first 100 of 101" in page.values["campaigns_note"] and
           len(page.tables["campaigns"]["rows"]) == 100,
           "of a large one the page says what it leaves out", page.values)
    w.lab.write("nearpost.conf", "nonsense = 1\n")
    w.admin("reload")
    time.sleep(0.6)
    tap.ok("was not taken up" in as_read(w).values["headline"],
           "nor does it hide that the configuration is an old one")


def prepare(w, hearts):
    ticket = "%032x" % 5
    first = w.select("alice@one.test", ticket=ticket)["gateways"].split(",")[0]
    for i in range(12):
        w.select(("alice@one.test", "bob@two.test")[i % 2])
    hearts.silent.add(first)
    time.sleep(2 * HEARTBEAT)
    hearts.agents[first].events(
        "seq=%d;status=sent;ticket=%s;campaign=spring;creative=hero-en;"
        "recipient=alice@one.test;relay_host=mx1.one.test;conn_use=2;size_bytes=1000;"
        "requested_ms=1764000000000;received_ms=1764000003000;ttr_ms=3000"
        % (int(time.time() * 1e6), ticket))
    hearts.silent.discard(first)
    w.select("alice@one.test", campaign=HOSTILE_CAMPAIGN)
    w.admin("drain", gateway="lon", reason=HOSTILE_REASON)
    hearts.silent.add("nyc")


def all_of_it(tap, lab):
    w = World(lab)
    w.start()
    hearts = Hearts(w, {"tyo": rtts(5000, 150000), "lon": rtts(120000, 4000),
                        "nyc": rtts(150000, 90000)})
    w.recipient("alice@one.test", first_name="Alice", lang="en")
    w.recipient("bob@two.test", first_name="Bob", lang="de")
    tap.ok(get(w, "/")[0] == 200 and b"Nothing was decided yet" in get(w, "/")[2],
           "a page with nothing on it says so")
    prepare(w, hearts)

    def ready():
        data = json.loads(get(w, "/status.json")[2])
        return data["gateways_able"] == 1 and data["campaigns"][0]["relayed"] == "13"
    tap.ok(wait_for(ready, 15), "all has come to the page", get(w, "/status.json")[2])
    headers(tap, w)
    contents(tap, w, Reader(get(w, "/")[2].decode()), "as it is sent")
    accessible(tap, Reader(get(w, "/")[2].decode()))
    contrast(tap, get(w, "/")[2].decode())
    browser(tap, lab, w)
    live(tap, lab, w)
    pictures(tap, lab, w)
    visitors(tap, w)
    hearts.stop()
    more_than_is_shown(tap, w)
    log = w.policyd.log()
    tap.ok("there are no rows" not in log and "Sanitizer" not in log, "no complaint", log)
    tap.equal(w.policyd.stop(), 0, "it ends when told to")


need("redis-server", "redis-cli", "dnsmasq", "openssl", "chromium")
with Tap() as the_tap, Lab() as the_lab:
    all_of_it(the_tap, the_lab)
