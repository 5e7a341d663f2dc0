"""A content filter as admins run it: takes mail on one port of this host, marks it,
puts it back in on another.   refilter.py PORT BACK"""

import sys
import time

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from nptest import Client, Sink, SinkHandler  # noqa: E402

MARK = b"X-Filtered: yes\r\n"


def put_back(message, port):
    """What the next smtpd says to it."""
    c = Client(port)
    try:
        c.ehlo("filter.test")
        reply = c.mail(message.sender.strip("<>"),
                       [r.strip("<>") for r, _ in message.rcpts],
                       MARK + message.data)
    finally:
        c.close()
    return "%d %s" % (reply.code, reply.text.splitlines()[0])


class Filter(SinkHandler):
    def kept(self, message):
        return put_back(message, int(sys.argv[2]))


if __name__ == "__main__":
    Sink(port=int(sys.argv[1]), handler=Filter)
    print("ready", flush=True)
    while True:
        time.sleep(60)
