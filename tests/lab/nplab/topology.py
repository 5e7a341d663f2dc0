"""Topology files: the hosts of a lab, their uplinks and distances.

Parsed strictly: a misspelt word would otherwise be a test of something else.
"""

import os
import re
from dataclasses import dataclass, field

from .fault import Fault

GATEWAY_ID = re.compile(r"[a-z0-9]{1,16}\Z")
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,38}[a-z0-9])?\Z")
DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+"
                    r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?\Z")
GATEWAYS_MAX = 16
PLAIN_PORT = 2525
SITES_MAX = 40


@dataclass
class Host:
    role: str
    name: str
    net: int = 0
    uplink_mbit: float = 1000
    host: str = ""
    port: int = 25
    domain: str = ""
    mta: str = "postfix"
    domains: list = field(default_factory=list)
    mx: int = 1
    faults: dict = field(default_factory=dict)

    @property
    def address(self):
        return f"10.77.{self.net}.1"

    def addresses(self):
        return [f"10.77.{self.net}.{i + 1}" for i in range(self.mx)]

    def mx_names(self):
        base = self.name if "." in self.name else self.name + ".test"
        return [f"mx{i + 1}.{base}" for i in range(self.mx)]


@dataclass
class Topology:
    hosts: dict = field(default_factory=dict)
    rtt: dict = field(default_factory=dict)
    default_rtt: float = 20
    options: dict = field(default_factory=dict)
    txt: dict = field(default_factory=dict)

    def role(self, role):
        return [h for h in self.hosts.values() if h.role == role]

    @property
    def initiator(self):
        return self.role("initiator")[0]

    @property
    def product(self):
        """Does nearpost run on it, or is it mail hosts alone?"""
        return self.option("product", "yes") == "yes" and bool(
            self.role("gateway"))

    def option(self, name, default):
        """Of the section lab."""
        return self.options.get("lab", {}).get(name, default)

    def plain_port(self, host):
        """Where a mail host takes ordinary mail: a gateway's own port takes
        nothing but stubs."""
        if host.role != "gateway" or not self.product:
            return 25
        return PLAIN_PORT if host.port != PLAIN_PORT else PLAIN_PORT + 1

    def mail_hosts(self):
        return self.role("initiator") + self.role("gateway")

    def rtt_ms(self, a, b):
        return self.rtt.get(pair(a, b), self.default_rtt)


def pair(a, b):
    return tuple(sorted((a, b)))


def number(text, low, high, what):
    try:
        value = float(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise Fault(f"{what} is '{text}': write a number from "
                    f"{low:g} to {high:g}")
    return value


def integer(text, low, high, what):
    value = number(text, low, high, what)
    if value != int(value):
        raise Fault(f"{what} is '{text}': write a whole number")
    return int(value)


def domain(text, what):
    if len(text) > 253 or not DOMAIN.match(text):
        raise Fault(f"{what} is '{text}': write a domain such as one.test, "
                    "in lower case, IDN as A-labels (xn--...)")
    return text


FAULTS = {
    "greylist": lambda v: integer(v, 0, 1000, "greylist"),
    "refuse": lambda v: v.lower().split(","),
    "mute": lambda v: yes_no(v, "mute"),
    "defer": lambda v: yes_no(v, "defer"),
}


def yes_no(text, what):
    if text not in ("yes", "no"):
        raise Fault(f"{what} is '{text}': write yes or no")
    return text == "yes"


def mta(text):
    if text not in ("postfix", "sendmail"):
        raise Fault(f"mta is '{text}': the lab knows postfix and sendmail")
    return text


ATTRIBUTES = {
    "uplink_mbit": lambda v: number(v, 0.05, 10000, "uplink_mbit"),
    "host": lambda v: domain(v, "host"),
    "domain": lambda v: domain(v, "domain"),
    "port": lambda v: integer(v, 1, 65535, "port"),
    "mta": mta,
    "domains": lambda v: [domain(d, "domains") for d in v.split(",")],
    "mx": lambda v: integer(v, 1, 8, "mx"),
}
ALLOWED = {
    "initiator": ["uplink_mbit", "host", "domain", "mta"],
    "gateway": ["uplink_mbit", "host", "port", "mta"],
    "site": ["uplink_mbit", "domains", "mx"] + list(FAULTS),
}


def attribute(host, word):
    key, eq, value = word.partition("=")
    if not eq or key not in ALLOWED[host.role]:
        raise Fault(f"'{word}' is not an attribute of {host.role}: write "
                    + ", ".join(a + "=" for a in ALLOWED[host.role]))
    if key in FAULTS:
        host.faults[key] = FAULTS[key](value)
    else:
        setattr(host, key, ATTRIBUTES[key](value))


def read_host(top, words):
    role = words[0]
    if len(words) < 2:
        raise Fault(f"write: {role} NAME attribute=value ...")
    name = words[1]
    rule = GATEWAY_ID if role == "gateway" else NAME
    if not rule.match(name) or ".." in name:
        raise Fault(f"'{name}' cannot name a {role}: write "
                    + ("1 to 16 of a-z and 0-9" if role == "gateway"
                       else "1 to 40 of a-z, 0-9, '.' and '-'"))
    if name in top.hosts:
        raise Fault(f"host '{name}' is there already: choose another name")
    host = Host(role, name, net=len(top.hosts) + 1)
    for word in words[2:]:
        attribute(host, word)
    if role == "site" and not host.domains:
        host.domains = [domain(name, "the site's name, its only domain,")]
    if role == "initiator":
        host.host = host.host or f"{name}.test"
        host.domain = host.domain or "shop.test"
    if role == "gateway":
        host.host = host.host or f"{name}.gw.test"
    top.hosts[name] = host


def read_rtt(top, words):
    if len(words) != 4:
        raise Fault("write: rtt HOST HOST MILLISECONDS")
    for name in words[1:3]:
        if name not in top.hosts:
            raise Fault(f"no host '{name}' above this line: name it in an "
                        "initiator, gateway or site line first")
    if words[1] == words[2]:
        raise Fault("a host has no distance to itself: name two hosts")
    key = pair(*words[1:3])
    if key in top.rtt:
        raise Fault(f"rtt of {key[0]} and {key[1]} is given twice: "
                    "remove one line, rtt holds both ways")
    top.rtt[key] = number(words[3], 0, 60000, "rtt")


def read_default_rtt(top, words):
    if len(words) != 2:
        raise Fault("write: default_rtt MILLISECONDS")
    top.default_rtt = number(words[1], 0, 60000, "default_rtt")


def read_txt(top, words):
    text = " ".join(words[2:])
    if len(words) < 3 or re.search(r'["\\]', text):
        raise Fault("write: txt NAME TEXT, without quotes and backslashes")
    top.txt[domain(words[1], "the name")] = text


OPTION = re.compile(r"(lab|milter|policyd|agent|send|postfix|sendmail)\."
                    r"([a-zA-Z][a-zA-Z0-9_]*)=(.*)\Z")
LAB_OPTIONS = ("assets", "product", "recipients")


def read_option(top, words):
    match = OPTION.match(" ".join(words[1:]))
    if not match:
        raise Fault("write: option SECTION.NAME=VALUE, with SECTION one of "
                    "lab, milter, policyd, agent, send, postfix, "
                    "sendmail")
    if match[1] == "lab" and match[2] not in LAB_OPTIONS:
        raise Fault(f"option lab.{match[2]}: the lab knows "
                    + ", ".join(LAB_OPTIONS))
    if match[2] == "product" and match[1] == "lab":
        yes_no(match[3], "option lab.product")
    top.options.setdefault(match[1], {})[match[2]] = match[3]


LINES = {
    "initiator": read_host,
    "gateway": read_host,
    "site": read_host,
    "rtt": read_rtt,
    "default_rtt": read_default_rtt,
    "option": read_option,
    "txt": read_txt,
}


def check_whole(top):
    if len(top.role("initiator")) != 1:
        raise Fault("there must be exactly one initiator line, such as: "
                    "initiator ini uplink_mbit=20")
    if len(top.role("gateway")) > GATEWAYS_MAX:
        raise Fault(f"more than {GATEWAYS_MAX} gateways")
    if len(top.role("site")) > SITES_MAX:
        raise Fault(f"more than {SITES_MAX} sites")
    seen = {}
    for host in top.hosts.values():
        names = host.domains + [n for n in (host.host, host.domain) if n]
        for name in names:
            if name in seen:
                raise Fault(f"domain '{name}' belongs to both {seen[name]} "
                            f"and {host.name}: remove it from one")
            seen[name] = host.name


def parse(text, name):
    """The topology in text; name is the file's, for messages."""
    top = Topology()
    for n, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            if words[0] not in LINES:
                raise Fault(f"'{words[0]}' is no line of a topology: begin "
                            "with " + ", ".join(LINES))
            LINES[words[0]](top, words)
        except Fault as fault:
            raise Fault(f"{name}:{n}: {fault}") from None
    try:
        check_whole(top)
    except Fault as fault:
        raise Fault(f"{name}: {fault}") from None
    return top


def read(path):
    try:
        with open(path, encoding="utf-8") as f:
            top = parse(f.read(), path)
    except (OSError, UnicodeDecodeError) as e:
        raise Fault(f"{path}: {getattr(e, 'strerror', None) or e}") from None
    paths = top.options.get("lab", {})
    for name in paths.keys() & {"assets", "recipients"}:
        paths[name] = os.path.join(os.path.dirname(path), paths[name])
    return top
