"""A mail server that takes every message and keeps none (RFC 5321; 8BITMIME, PIPELINING, SMTPUTF8), and fails by plan.

    python -m tests.chaos.smtp_sink --port 0 --log var/accepted.jsonl [--plan '{"seed": 7, "deck": {"closing": 2}}']

prints the port it listens on and runs until it is killed. From Python: tests.chaos.stand_ins.smtp_sink(). Point the
newsroom at it with MAIL=smtp EMAIL_HOST=127.0.0.1 EMAIL_PORT=<port>. A card of the plan's deck is dealt to each MAIL.
The books have a line for each message, with its Message-ID.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.books import Books
from tests.chaos.plan import MESSAGE_FAULTS, WELL, Cards, Plan

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n.\r\n"


class Sink:
    """What all connections share."""

    def __init__(self, *, books: Books, plan: Plan) -> None:
        self.books, self.plan = books, plan
        self.cards = Cards(plan)
        self.messages = 0


class Session(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self.sink, self.plan = sink, sink.plan
        self.buffer = b""
        self.in_message = False
        self.recipients: list[str] = []
        self.fault = WELL
        self.number = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._say(b"220 sink ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.cards.give_back(self.fault)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        while self.buffer and not self.transport.is_closing():
            if self.in_message:
                end = self.buffer.find(END)
                if end < 0:
                    if self.fault == "drop":
                        self._drop()
                    return
                message, self.buffer = self.buffer[:end], self.buffer[end + len(END) :]
                self.in_message = False
                self._take(message)
            else:
                line, found, rest = self.buffer.partition(b"\r\n")
                if not found:
                    return
                self.buffer = rest
                self._obey(line)

    def _obey(self, line: bytes) -> None:
        command = line[:4].upper()
        if command == b"MAIL":
            self._begin()
        elif command == b"RCPT":
            self._recipient(line)
        elif command == b"DATA" and not self.recipients:
            self._say(b"554 no valid recipients\r\n")
        elif command == b"DATA":
            self.in_message = True
            self._say(b"354 go on\r\n")
        elif command == b"EHLO":
            self._say(b"250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n")
        elif command in {b"HELO", b"RSET", b"NOOP"}:
            self._say(b"250 ok\r\n")
        elif command == b"QUIT":
            self._say(b"221 bye\r\n")
            self.transport.close()
        else:
            self._say(b"502 not implemented\r\n")

    def _begin(self) -> None:
        sink = self.sink
        sink.messages += 1
        sink.cards.give_back(self.fault)
        self.number, self.fault, self.recipients = sink.messages, sink.cards.deal(), []
        if self.fault == "closing":
            self._book()
            self._say(b"421 closing for a while\r\n")
            self.transport.close()
        else:
            self._say(b"250 ok\r\n")

    def _recipient(self, line: bytes) -> None:
        address = line.partition(b"<")[2].partition(b">")[0].decode()
        if self._is_full(address):
            card, self.fault = self.fault, WELL
            self._book(refused=[address])
            # It did not come to that.
            self.fault = card
            self._say(b"452 4.2.2 mailbox full\r\n")
        elif self.fault == "rcpt_later":
            self._book()
            self._say(b"451 try again later\r\n")
        elif self.fault == "rcpt_never":
            self._book(refused=[address])
            self._say(b"550 no such mailbox\r\n")
        else:
            self.recipients.append(address)
            self._say(b"250 ok\r\n")

    def _is_full(self, address: str) -> bool:
        number = re.search(r"\d+", address)
        return self.plan.full > 0 and number is not None and int(number[0]) % self.plan.full == 0

    def _take(self, message: bytes) -> None:
        fault = self.fault
        if fault == "drop":
            self._drop()
            return
        if fault in {"later", "silent_before"}:
            self._book()
            if fault == "later":
                self._say(b"451 try again later\r\n")
            return
        self._book(message)
        if fault == "lost_reply":
            self.transport.close()
        elif fault == "drip":
            self._drip(b"250 taken\r\n", 0)
        elif fault != "silent_after":
            self._say(b"250 taken\r\n")

    def _drop(self) -> None:
        self._book()
        self.transport.close()

    def _book(self, message: bytes | None = None, *, refused: Sequence[str] = ()) -> None:
        """`message`: it was accepted."""
        found = MESSAGE_ID.search(message) if message is not None else None
        self.sink.books.write(
            call=self.number,
            at=time.time(),
            fault=self.fault,
            accepted=[(address, "") for address in self.recipients] if message is not None else (),
            refused=refused,
            message_id=found.group(1).decode() if found else "",
        )
        self.fault = WELL

    def _say(self, reply: bytes) -> None:
        if self.plan.latency:
            asyncio.get_running_loop().call_later(self.plan.latency, self.transport.write, reply)
        else:
            self.transport.write(reply)

    def _drip(self, text: bytes, place: int) -> None:
        """Byte by byte, and blanks without a line's end: the reply is never whole."""
        if self.transport.is_closing():
            return
        self.transport.write(text[place : place + 1].strip() or b" ")
        asyncio.get_running_loop().call_later(self.plan.drip, self._drip, text, place + 1)


async def serve(port: int, sink: Sink) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(sink), "127.0.0.1", port, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--plan", type=Plan.from_json, default=Plan())
    options = parser.parse_args()
    options.plan.refuse_unknown(MESSAGE_FAULTS)
    asyncio.run(serve(options.port, Sink(books=Books(options.log), plan=options.plan)))


if __name__ == "__main__":
    main()
