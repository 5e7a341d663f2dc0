"""What processes use, asked of /proc."""

import os
import re

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """(parent, CPU ticks with those of reaped children), None when it is gone."""
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8",
                  errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), sum(int(x) for x in fields[11:15])


def tree(roots):
    """{pid: ticks} of the roots and everything they have started."""
    table, children = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            found = stat(entry)
            if found:
                table[int(entry)] = found[1]
                children.setdefault(found[0], []).append(int(entry))
    todo, out = list(roots), {}
    while todo:
        pid = todo.pop()
        if pid in table and pid not in out:
            out[pid] = table[pid]
            todo += children.get(pid, [])
    return out


def cpu_seconds(roots):
    return sum(tree(roots).values()) / TICK


def machine():
    """(busy, all) CPU ticks of the machine since it started."""
    with open("/proc/stat", encoding="ascii") as f:
        ticks = [int(x) for x in f.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def find(root, word):
    """The pid below root with that word in its command line, 0 if there is
    none."""
    for pid in tree([root]):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as f:
                if word.encode() in f.read().split(b"\0"):
                    return pid
        except OSError:
            pass
    return 0


def pss(pid):
    """Octets: what is the process's own, and its share of what is shared."""
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
        return 1024 * int(re.search(r"(?m)^Pss:\s+(\d+)", f.read()).group(1))
