#!/usr/bin/python3
"""The recipients' mail server: takes every message for its domains and keeps
the exact bytes, the envelope with its ESMTP arguments, and the time.

Run by the lab on each site:  sink.py DIRECTORY
  DIRECTORY/sink.json    {"domains": [], "names": {ADDRESS: MX NAME}}
  DIRECTORY/faults.json  greylist, refuse, mute, defer; read anew for each
                         connection, so a test can change them
  DIRECTORY/mail/        ID.eml and, when it is complete, ID.facts
"""

import asyncio
import itertools
import json
import re
import sys
import time
from pathlib import Path

LINE_MAX = 4096
SIZE_MAX = 100 << 20
IDLE_S = 300
PATH = re.compile(rb"(?i)(?:FROM|TO):\s*<([^<>]*|\"[^\"]*\"[^<>]*)>\s*(.*)\Z")


class Site:
    def __init__(self, directory):
        self.dir = Path(directory)
        config = json.loads((self.dir / "sink.json").read_text())
        self.domains = set(config["domains"])
        self.names = config["names"]
        self.mail = self.dir / "mail"
        self.mail.mkdir(exist_ok=True)
        self.serial = itertools.count(1)
        self.tries = {}

    def faults(self):
        try:
            return json.loads((self.dir / "faults.json").read_text())
        except FileNotFoundError:
            return {}

    def verdict(self, address, faults):
        """What RCPT is answered."""
        local, _, domain = address.rpartition("@")
        if domain.lower() not in self.domains:
            return "550 5.7.1 Relaying denied"
        if local.lower() in faults.get("refuse", []):
            return "550 5.1.1 No such user"
        if faults.get("defer"):
            return "451 4.3.2 Try again later"
        tries = self.tries[address] = self.tries.get(address, 0) + 1
        if tries <= faults.get("greylist", 0):
            return "451 4.7.1 Greylisted, try again"
        return "250 2.1.5 Ok"

    def keep(self, message, facts):
        name = f"{facts[0][1]}-{next(self.serial):06d}"
        (self.mail / (name + ".eml")).write_bytes(message)
        text = "".join(f"{k}={v}\n" for k, v in facts)
        new = self.mail / (name + ".new")
        new.write_text(text, encoding="utf-8", errors="surrogateescape")
        new.rename(self.mail / (name + ".facts"))
        return name


class Session:
    def __init__(self, site, reader, writer):
        self.site, self.reader, self.writer = site, reader, writer
        self.faults = site.faults()
        self.peer = writer.get_extra_info("peername")[0]
        self.mx = site.names.get(writer.get_extra_info("sockname")[0], "?")
        self.buffer = bytearray()
        self.helo = ""
        self.began = time.time_ns() // 1000000
        self.reset()

    def reset(self):
        self.sender, self.sender_args, self.rcpts = None, "", []

    async def more(self):
        data = await asyncio.wait_for(self.reader.read(1 << 18), IDLE_S)
        if not data:
            raise ConnectionError
        self.buffer += data

    async def line(self):
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > LINE_MAX:
                raise ConnectionError
            await self.more()
        line = bytes(self.buffer[:end]).rstrip(b"\r")
        del self.buffer[:end + 1]
        return line

    async def data(self):
        """The message as it was before dot-stuffing."""
        while len(self.buffer) < 3:
            await self.more()
        if self.buffer.startswith(b".\r\n"):
            del self.buffer[:3]
            return b""
        start = 0
        while (end := self.buffer.find(b"\r\n.\r\n", start)) < 0:
            if len(self.buffer) > SIZE_MAX:
                raise ConnectionError
            start = max(0, len(self.buffer) - 4)
            await self.more()
        message = bytes(self.buffer[:end + 2])
        del self.buffer[:end + 5]
        if message.startswith(b"."):
            message = message[1:]
        return message.replace(b"\r\n.", b"\r\n")

    def say(self, text):
        self.writer.write(text.encode() + b"\r\n")

    async def run(self):
        if self.faults.get("mute"):
            await asyncio.sleep(3600)
        self.say(f"220 {self.mx} ESMTP")
        while True:
            # Answers to pipelined commands leave together.
            if not self.buffer:
                await self.writer.drain()
            line = await self.line()
            verb, _, rest = line.partition(b" ")
            handler = COMMANDS.get(verb.upper())
            if handler is None:
                self.say("502 5.5.2 Unknown command")
            elif await handler(self, rest) is False:
                await self.writer.drain()
                return

    async def on_ehlo(self, rest):
        self.reset()
        self.helo = rest.decode(errors="replace").strip()
        for word in (self.mx, "PIPELINING", f"SIZE {SIZE_MAX}", "8BITMIME",
                     "ENHANCEDSTATUSCODES", "DSN"):
            self.say("250-" + word)
        self.say("250 SMTPUTF8")

    async def on_helo(self, rest):
        self.reset()
        self.helo = rest.decode(errors="replace").strip()
        self.say("250 " + self.mx)

    async def on_mail(self, rest):
        match = PATH.match(rest)
        if not match or self.sender is not None:
            self.say("501 5.5.4 Syntax: MAIL FROM:<address>")
            return
        self.sender, self.sender_args = decode(match[1]), decode(match[2])
        self.say("250 2.1.0 Ok")

    async def on_rcpt(self, rest):
        match = PATH.match(rest)
        if not match or self.sender is None:
            self.say("501 5.5.4 Syntax: MAIL first, RCPT TO:<address>")
            return
        address = decode(match[1])
        answer = self.site.verdict(address, self.faults)
        if answer.startswith("250"):
            self.rcpts.append((address, decode(match[2])))
        self.say(answer)

    async def on_data(self, _):
        if not self.rcpts:
            self.say("554 5.5.1 No valid recipients")
            return
        self.say("354 End data with <CR><LF>.<CR><LF>")
        await self.writer.drain()
        message = await self.data()
        facts = [("received_ms", time.time_ns() // 1000000),
                 ("connected_ms", self.began), ("from_ip", self.peer),
                 ("mx", self.mx), ("helo", self.helo),
                 ("mail_from", self.sender), ("mail_args", self.sender_args),
                 ("size", len(message))]
        for address, args in self.rcpts:
            facts += [("rcpt", address), ("rcpt_args", args)]
        name = self.site.keep(message, facts)
        self.reset()
        self.say(f"250 2.0.0 Ok: queued as {name}")

    async def on_rset(self, _):
        self.reset()
        self.say("250 2.0.0 Ok")

    async def on_noop(self, _):
        self.say("250 2.0.0 Ok")

    async def on_vrfy(self, _):
        self.say("252 2.0.0 Send some mail")

    async def on_quit(self, _):
        self.say("221 2.0.0 Bye")
        return False


COMMANDS = {b"EHLO": Session.on_ehlo, b"HELO": Session.on_helo,
            b"MAIL": Session.on_mail, b"RCPT": Session.on_rcpt,
            b"DATA": Session.on_data, b"RSET": Session.on_rset,
            b"NOOP": Session.on_noop, b"VRFY": Session.on_vrfy,
            b"QUIT": Session.on_quit}


def decode(raw):
    return raw.decode("utf-8", "surrogateescape")


async def serve(site):
    async def connected(reader, writer):
        try:
            await Session(site, reader, writer).run()
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "0.0.0.0", 25,
                                        limit=1 << 20, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Site(sys.argv[1])))
