#!/usr/bin/python3
"""contrib/completion: what bash offers, with a policyd to ask and without."""

from nppeers import *

ASK = r'''
source "$1"; shift
complete -p nearpostctl >/dev/null || exit 9
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_nearpostctl nearpostctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
'''


def offered(w, *words):
    """The last of the words is what was typed of it."""
    tool = os.path.join(TOP_BUILD, "ctl/nearpostctl")
    done = subprocess.run(
        ["bash", "-c", ASK, "bash", os.path.join(TOP_SRC, "contrib/completion/nearpostctl.bash"),
         tool, "-c", w.path("ctl.conf"), *words], check=False, timeout=30,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return set(done.stdout.decode().split()) if not done.stderr and done.returncode == 0 \
        else {"failed: %r" % done}


def words(tap, w):
    text = nearpostctl(w, "--help")[1]
    verbs = set(re.findall(r"^  ([a-z]+) ", text, re.M))
    tap.ok(len(verbs) >= 20 and {"status", "events", "erase"} <= verbs, "there are verbs", verbs)
    tap.equal(offered(w, ""), verbs, "every verb is offered")
    for typed, want in (
            (("sta",), {"status"}), (("nosuch",), set()),
            (("drain", ""), {"tyo", "lon", "nyc"}), (("drain", "l"), {"lon"}),
            (("gateways", "drain", "t"), {"tyo"}), (("gateways", ""), {"drain", "resume"}),
            (("pause", ""), {"spring"}), (("resume", ""), {"tyo", "lon", "nyc", "spring"}),
            (("events", "--gateway", ""), {"tyo", "lon", "nyc"}),
            (("events", "--campaign", "sp"), {"spring"}), (("send", "s"), {"spring"}),
            (("send", "--dr"), {"--dry-run"}), (("events", "--f"), {"--follow"}),
            (("recipients", "e"), {"export"}), (("explain", "a@b.test", ""), {"spring"}),
            (("drain", "tyo", "--for", "2"), {"2h"}), (("send", "--where", ""), set())):
        tap.equal(offered(w, *typed), want, "nearpostctl %s<TAB>" % " ".join(typed))
    tap.ok("ctl.conf" in " ".join(offered(w, "recipients", "import", w.path("ctl.co"))),
           "files where files are wanted", offered(w, "recipients", "import", w.path("ctl.co")))
    # An option that is offered has to be one.
    for verb in sorted(verbs):
        shown = nearpostctl(w, verb, "--help")
        tap.ok(shown[0] == 0 and shown[1].startswith("nearpostctl %s " % verb),
               "%s --help" % verb, shown)


def without_policyd(tap, w):
    w.policyd.kill()
    w.policyd.proc.wait()
    start = time.monotonic()
    tap.equal(offered(w, "drain", ""), set(), "without policyd no gateway is offered")
    tap.ok(time.monotonic() - start < 3, "and nobody waits for long")
    tap.ok("status" in offered(w, "st"), "verbs are")


need("redis-server", "redis-cli", "dnsmasq", "openssl", "bash")
with Tap() as all_tests, Lab() as the_lab:
    world = World(the_lab, redis_timeout="2s")
    world.start()
    nearpostctl(world, "gateways")
    words(all_tests, world)
    without_policyd(all_tests, world)
