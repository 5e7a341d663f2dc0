"""The lab's DNS: the same zones, served on each mail host by a dnsmasq of
its own.  One server across the WAN would add its round trip to every
delivery, and resolvers near the mail server are what admins have."""

from . import spaces


def zones(top):
    lines = []
    for host in top.hosts.values():
        if host.role == "site":
            for name, address in zip(host.mx_names(), host.addresses()):
                lines.append(f"host-record={name},{address}")
            for domain in host.domains:
                lines += [f"mx-host={domain},{name},{10 * (i + 1)}"
                          for i, name in enumerate(host.mx_names())]
        else:
            lines.append(f"host-record={host.host},{host.address}")
        if host.domain:
            lines.append(f"mx-host={host.domain},{host.host},10")
    # dnsmasq itself cuts the text into strings of 255 octets.
    return lines + [f'txt-record={name},"{text}"'
                    for name, text in top.txt.items()]


def configuration(state, name):
    log = state.host(name) / "log" / "dnsmasq.log"
    return "\n".join([
        "keep-in-foreground", "user=root", "group=root", "pid-file",
        f"log-facility={log}", "no-resolv", "no-hosts", "no-poll",
        "bind-interfaces", "listen-address=127.0.0.1", "cache-size=0",
        # Every name is ours: what is not above does not exist.
        "local=/#/",
    ] + zones(state.top)) + "\n"


def start(state, name):
    path = state.host(name) / "etc" / "dnsmasq.conf"
    path.write_text(configuration(state, name))
    return spaces.spawn(state, name, ["dnsmasq", f"--conf-file={path}"],
                        "dnsmasq.out")

