"""A mail service's HTTP stand-in: takes Mailgun's and Postmark's calls, answers as they do, and fails by plan.

    python -m tests.chaos.esp --port 0 --log var/accepted.jsonl [--plan '{"seed": 7, "deck": {"lost_reply": 2}}']

prints the port it listens on and runs until it is killed. From Python: tests.chaos.stand_ins.esp(). Point the
newsroom at it with MAIL=mailgun ANYMAIL_MAILGUN_API_KEY=key ANYMAIL_MAILGUN_SENDER_DOMAIN=weft.example
ANYMAIL_MAILGUN_API_URL=http://127.0.0.1:<port>/v3, or with MAIL=postmark ANYMAIL_POSTMARK_SERVER_TOKEN=token
ANYMAIL_POSTMARK_API_URL=http://127.0.0.1:<port>/. It has the vendors' own records too (tests/chaos/records.py).
"""

import argparse
import asyncio
import gc
import json
import socket
import struct
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.chaos.books import Books
from tests.chaos.plan import CALL_FAULTS, WELL, Cards, Plan
from tests.chaos.records import mailgun_events, postmark_messages
from tests.chaos.shapes import (
    BadRequest,
    Submission,
    every_tenth,
    mailgun_answer,
    mailgun_submission,
    postmark_answer,
    postmark_submission,
)

# What is accepted although the caller may never hear of it.
ACCEPTING = {"error_after", "lost_reply", "silent_after", "drip", "drip_head", "reset_after", "truncated"}
ACCEPTING |= {WELL, "away", "partial", "partial_lost"}
LONGEST_HEAD = 65536


class StandIn:
    """What all connections share: the plan's cards, the books, the listening socket."""

    def __init__(self, *, port: int, books: Books, plan: Plan) -> None:
        self.port, self.books, self.plan = port, books, plan
        self.cards = Cards(plan)
        self.calls = 0
        self.server: asyncio.Server | None = None

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(
            lambda: Conversation(self), "127.0.0.1", self.port, reuse_address=True, backlog=256
        )
        self.port = self.server.sockets[0].getsockname()[1]

    def go_away(self) -> None:
        """Nobody listens: whoever connects is refused."""
        if self.server is None:
            return
        self.server.close()
        self.server = None
        loop = asyncio.get_running_loop()
        loop.call_later(self.plan.away, lambda: loop.create_task(self.listen()))


class Conversation(asyncio.BufferedProtocol):
    """One connection: request after request, each read whole before it is dealt with."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in, self.plan = stand_in, stand_in.plan
        self.buffer = bytearray(LONGEST_HEAD)
        self.received = 0
        self.expected: int | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.buffer = bytearray()
        if self.expected is not None:
            self.stand_in.cards.give_back(self.fault)

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self.buffer)[self.received :]

    def buffer_updated(self, nbytes: int) -> None:
        self.received += nbytes
        if self.expected is None:
            self._read_head()
        if self.expected is not None and self.received >= self.expected:
            body = bytes(memoryview(self.buffer)[self.body_at : self.expected])
            self.received, self.expected = 0, None
            self._serve(body)

    def _read_head(self) -> None:
        end = self.buffer.find(b"\r\n\r\n", 0, self.received)
        if end < 0:
            if self.received == len(self.buffer):
                self.transport.abort()
            return
        self.method, self.path, self.headers = _read_head(self.buffer[:end].decode("latin-1"))
        self.body_at = end + 4
        self.expected = self.body_at + int(self.headers.get("content-length", 0))
        if self.expected > len(self.buffer):
            self.buffer = self.buffer[: self.received] + bytearray(self.expected - self.received)
        self.fault = WELL
        if self.method == "POST":
            self.stand_in.calls += 1
            self.call, self.fault = self.stand_in.calls, self.stand_in.cards.deal()
        if self.fault == "reset_before":
            self.expected = None
            self._book()
            self._reset()

    # --- What is asked --------------------------------------------------------------------------------

    def _serve(self, body: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            if self.method == "GET":
                self._answer(200, self._record())
            else:
                self._take(body)
        except BadRequest as refusal:
            self._answer(refusal.status, refusal.body)

    def _record(self) -> Any:
        address = urlsplit(self.path)
        here = f"http://127.0.0.1:{self.stand_in.port}"
        visible_until = time.time() - self.plan.record_lag
        if address.path.startswith("/v3/") and address.path.endswith("/events"):
            self._known_to("authorization")
            return mailgun_events(
                self.stand_in.books.path, address.query, until=visible_until, here=here + address.path
            )
        if address.path == "/messages/outbound":
            self._known_to("x-postmark-server-token")
            return postmark_messages(self.stand_in.books.path, address.query, until=visible_until)
        raise BadRequest(404, {"message": "not found"})

    def _take(self, body: bytes) -> None:
        submission, answer = self._submission(body)
        if self.fault.startswith("partial") and submission.metadata is not None:
            submission.refused = every_tenth(submission.recipients)
        if self.fault in ACCEPTING:
            self._book(submission)
        self._reply(json.dumps(answer(submission)).encode())

    def _submission(self, body: bytes) -> tuple[Submission, Callable[[Submission], Any]]:
        steps = urlsplit(self.path).path.strip("/").split("/")
        if len(steps) == 3 and steps[0] == "v3" and steps[2] == "messages":
            self._known_to("authorization")
            content_type = self.headers.get("content-type", "")
            return mailgun_submission(body, content_type=content_type, domain=steps[1]), mailgun_answer
        if steps in (["email"], ["email", "batch"]):
            self._known_to("x-postmark-server-token")
            return postmark_submission(body, is_list=len(steps) == 2), postmark_answer
        raise BadRequest(404, {"message": "not found"})

    def _known_to(self, header: str) -> None:
        if not self.headers.get(header):
            raise BadRequest(401, {"message": "Forbidden", "ErrorCode": 10, "Message": "No or bad token."})

    def _book(self, submission: Submission | None = None) -> None:
        self.stand_in.books.write(
            call=self.call,
            at=time.time(),
            fault=self.fault,
            accepted=submission.accepted if submission else (),
            refused=submission.refused_addresses if submission else (),
            message_id=submission.message_id if submission else "",
            metadata=submission.accepted_metadata if submission else None,
        )

    # --- What comes back ------------------------------------------------------------------------------

    def _reply(self, body: bytes) -> None:
        """The answer to a call to send, or what the fault makes of it."""
        fault = self.fault
        if fault not in ACCEPTING:
            self._book()
        if fault in {"silent_before", "silent_after"}:
            return
        if fault in {"lost_reply", "partial_lost"}:
            self.transport.close()
        elif fault == "reset_after":
            self._reset()
        elif fault in {"too_many", "too_many_until"}:
            self._answer(429, {"message": "Too many requests"}, f"Retry-After: {self._retry_after()}\r\n")
        elif fault in {"error_before", "error_after"}:
            self._answer(500, {"message": "Internal Server Error"})
        elif fault == "truncated":
            self._write(_response(200, body[: len(body) // 2]))
        elif fault == "drip":
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n"
            self._write(head)
            self._drip_on(body, 0)
        elif fault == "drip_head":
            self._drip_on(_response(200, body), 0)
        else:
            if fault == "away":
                self.stand_in.go_away()
            self._write(_response(200, body))

    def _retry_after(self) -> str:
        pause = self.plan.retry_after
        if self.fault == "too_many":
            return str(pause)
        return format_datetime(datetime.now(UTC) + timedelta(seconds=pause), usegmt=True)

    def _answer(self, status: int, body: Any, headers: str = "") -> None:
        self._write(_response(status, json.dumps(body).encode(), headers))

    def _write(self, response: bytes) -> None:
        if self.plan.latency:
            asyncio.get_running_loop().call_later(self.plan.latency, self.transport.write, response)
        else:
            self.transport.write(response)

    def _drip_on(self, text: bytes, place: int) -> None:
        pause = self.plan.drip if place else self.plan.latency + self.plan.drip
        asyncio.get_running_loop().call_later(pause, self._drip, text, place)

    def _drip(self, text: bytes, place: int) -> None:
        """Byte by byte, and blanks when the text is used up."""
        if not self.transport.is_closing():
            self.transport.write(text[place : place + 1] or b" ")
            self._drip_on(text, place + 1)

    def _reset(self) -> None:
        """RST instead of FIN."""
        own = self.transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def _read_head(head: str) -> tuple[str, str, dict[str, str]]:
    request, *lines = head.split("\r\n")
    method, path, _version = request.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return method, path, {name.lower(): value.strip() for name, _colon, value in pairs}


def _response(status: int, body: bytes, headers: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def serve(stand_in: StandIn) -> None:
    await stand_in.listen()
    sys.stdout.write(f"{stand_in.port}\n")
    sys.stdout.flush()
    # A call leaves no cycles behind; looking for them costs more than the call.
    gc.disable()
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--plan", type=Plan.from_json, default=Plan())
    options = parser.parse_args()
    options.plan.refuse_unknown(CALL_FAULTS)
    asyncio.run(serve(StandIn(port=options.port, books=Books(options.log), plan=options.plan)))


if __name__ == "__main__":
    main()
