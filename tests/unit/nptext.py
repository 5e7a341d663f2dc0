"""What the unit tests in Python share: TAP, and questions to a program of ours
that answers many (batch.h)."""

import os
import subprocess
import sys

TOP_SRC = os.environ.get(
    "top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
TOP_BUILD = os.environ.get("top_builddir", TOP_SRC)

count = 0
failures = 0


def ok(good, name, detail=""):
    global count, failures
    count += 1
    failures += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name))
    if not good:
        for line in str(detail)[:2000].splitlines():
            print("# " + line)
    sys.stdout.flush()


def bail(why):
    print("Bail out! " + why.replace("\n", " "))
    sys.exit(1)


def done():
    print("1..%d" % count)
    return 1 if failures else 0


def octets(field):
    if isinstance(field, bytes):
        return field
    # A lone surrogate goes through as the three octets that are no UTF-8.
    return str(field).encode("utf-8", "surrogatepass")


class Batch:
    """A program of ours, asked in lists of fields; a dict and a list become their
    length and their items."""

    def __init__(self, program, *argv):
        self.process = subprocess.Popen(
            [os.path.join(TOP_BUILD, program), *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _put(self, field, out):
        if isinstance(field, dict):
            field = [x for pair in field.items() for x in pair]
            self._put(len(field) // 2, out)
            for item in field:
                self._put(item, out)
        elif isinstance(field, list):
            self._put(len(field), out)
            for item in field:
                self._put(item, out)
        else:
            field = octets(field)
            out.append(b"%d\n" % len(field) + field)

    def _get(self):
        line = self.process.stdout.readline()
        if not line:
            bail("the program has ended: %s" % self.process.wait())
        data = self.process.stdout.read(int(line))
        return data

    def ask(self, fields, answers):
        """`answers` fields."""
        out = []
        for field in fields:
            self._put(field, out)
        try:
            self.process.stdin.write(b"".join(out))
            self.process.stdin.flush()
        except BrokenPipeError:
            bail("the program has ended: %s" % self.process.wait())
        return [self._get() for _ in range(answers)]

    def close(self):
        self.process.stdin.close()
        status = self.process.wait()
        if status:
            bail("the program ended with %d" % status)
