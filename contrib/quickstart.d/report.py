"""What came of it: who served whom, how soon, and how many octets."""

import re

TERMS = re.compile(r"^(\w+) .* ([0-9.]+) ms (\w+)", re.M)


def measured(lab, crowd):
    """{site domain: {gateway: measured round trip in ms}} from nearpostctl."""
    table = {}
    for address in crowd.everybody[:7]:
        text = lab("ctl", "explain", address, "jazz-night", check=False)
        table[address.partition("@")[2]] = {
            m[1]: float(m[2]) for m in TERMS.finditer(text)
            if m[3] != "predicted"}
    return table


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values \
        else 0


def human(octets):
    for unit in ("B", "KB", "MB"):
        if octets < 1000:
            return f"{octets:.0f} {unit}" if unit == "B" else \
                f"{octets:.1f} {unit}"
        octets /= 1000
    return f"{octets:.2f} GB"


class Topology:
    def __init__(self, path):
        self.gateways, self.site, self.rtt = {}, {}, {}
        self.default = 20.0
        for line in path.read_text().splitlines():
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "gateway":
                rate = next(float(w[12:]) for w in words
                            if w.startswith("uplink_mbit="))
                self.gateways[words[1]] = rate * 1e6 / 8
            elif words[0] == "site":
                domains = [w[8:] for w in words if w.startswith("domains=")]
                for d in (domains[0].split(",") if domains else [words[1]]):
                    self.site[d] = words[1]
            elif words[0] == "rtt":
                self.rtt[frozenset(words[1:3])] = float(words[3])
            elif words[0] == "default_rtt":
                self.default = float(words[1])

    def nearest(self, site, without=()):
        return min((g for g in self.gateways if g not in without),
                   key=lambda g: self.rtt.get(frozenset((g, site)),
                                              self.default))


class Lines:
    """What each gateway's line has still to send, reckoned from the adverts that
    went through it, their sizes and the line's true rate: no word of policyd's."""

    def __init__(self, rates, adverts):
        self.until = {g: [] for g in rates}  # [(request, sent), ...] in ms
        for at, gateway, size in sorted(adverts):
            before = self.until[gateway][-1][1] if self.until[gateway] else 0
            self.until[gateway].append(
                (at, max(before, at) + 1000 * size / rates[gateway]))

    def busy(self, gateway, at):
        """Still sending what was asked for before this moment."""
        sent = [s for t, s in self.until[gateway] if t < at]
        return bool(sent) and sent[-1] > at


class Report:
    def __init__(self, lab, topology, crowd, result, seen, **times):
        self.top, self.crowd, self.seen = Topology(topology), crowd, seen
        self.times = times
        self.requested = {}
        for line in (lab.dir / "lab/sent").read_text().splitlines():
            f = dict(w.split("=", 1) for w in line.split(" ", 4))
            self.requested[f["rcpt"]] = int(f["requested_ms"])
        self.copies = {}
        for path in result.glob("mail/*@*/*.facts"):
            facts = dict(l.split("=", 1)
                         for l in path.read_text().splitlines())
            self.copies.setdefault(facts["rcpt"], []).append(facts)
        self.facts = dict(l.split("=", 1) for l in
                          (result / "mail/facts").read_text().splitlines())
        self.count()

    def count(self):
        everybody = self.crowd.everybody
        self.lost = sum(r not in self.copies for r in everybody)
        self.duplicated = sum(len(c) - 1 for c in self.copies.values())
        flat = [c for cs in self.copies.values() for c in cs]
        self.unexpanded = sum(c["expanded"] != "yes" for c in flat)
        self.delivered = len(everybody) - self.lost
        mine = [c for c in flat if c["rcpt"] in self.requested]
        self.ttr = [int(c["received_ms"]) - self.requested[c["rcpt"]]
                    for c in mine]
        self.delivered_bytes = sum(int(c["size"]) for c in flat)
        lines = Lines(self.top.gateways, [
            (self.requested[c["rcpt"]], c["gateway"], int(c["size"]))
            for c in mine if c["gateway"] in self.top.gateways])
        far = [c for c in mine if c["gateway"] not in self.nearest_of(c)]
        self.busy = sum(
            all(lines.busy(g, self.requested[c["rcpt"]])
                for g in self.nearest_of(c)) for c in far)
        self.nearest = ((len(mine) - len(far)) /
                        max(1, len(mine) - self.busy))

    def nearest_of(self, copy):
        """While one was away, the nearest of the others; at the edges of that
        time, when a decision may have been under way, either."""
        at = self.requested[copy["rcpt"]]
        gone, back = self.times["gone"], self.times["back"]
        found = set()
        if at < gone + 4000 or at > back:
            found.add(self.top.nearest(copy["site"]))
        if gone - 4000 < at < back + 8000:
            found.add(self.top.nearest(copy["site"], [self.times["away"]]))
        return found

    def good(self):
        return not (self.lost or self.duplicated or self.unexpanded)

    def last_line(self):
        total = len(self.crowd.everybody)
        return (f"delivered {self.delivered} of {total}, {self.lost} lost, "
                f"{self.duplicated} duplicated, {self.unexpanded} unexpanded")

    def print_table(self):
        gates = self.top.gateways
        print("\n   adverts by gateway, and the round trip it measured\n")
        print("   recipients' server" + "".join(f"{g:>18}" for g in gates))
        for site in dict.fromkeys(self.top.site.values()):
            row = f"   {site:18}"
            domain = next(d for d, s in self.top.site.items() if s == site)
            for g in gates:
                n = sum(c["site"] == site and c["gateway"] == g
                        for cs in self.copies.values() for c in cs)
                rtt = self.seen.get(domain, {}).get(g)
                row += f"{n:>7} {f'{rtt:.0f} ms' if rtt else '-':>10}"
            print(row)
        sent = int(self.facts["initiator_bytes"])
        print(f"\n   from request to receipt     p50 "
              f"{percentile(self.ttr, .5) / 1000:.2f} s   p99 "
              f"{percentile(self.ttr, .99) / 1000:.2f} s"
              f"\n   through the nearest         {self.nearest:.0%}"
              f"   ({self.busy} more went elsewhere: the nearest was sending)"
              f"\n   left the initiator          {human(sent)}"
              f"\n   delivered to recipients     {human(self.delivered_bytes)}"
              f"   ({self.delivered_bytes / max(1, sent):.0f} times as much)\n")

    def summary(self):
        rows = {
            "submitted": len(self.crowd.everybody),
            "delivered": self.delivered, "lost": self.lost,
            "duplicated": self.duplicated, "unexpanded": self.unexpanded,
            "ttr_p50_ms": percentile(self.ttr, .5),
            "ttr_p99_ms": percentile(self.ttr, .99),
            "initiator_bytes": self.facts["initiator_bytes"],
            "delivered_bytes": self.delivered_bytes,
            "nearest_chosen": f"{self.nearest:.3f}",
        }
        return "".join(f"{k}={v}\n" for k, v in rows.items())
