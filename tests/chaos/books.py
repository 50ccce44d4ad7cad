"""The stand-ins' books: every call and who was accepted with it, one JSON line a call.

A line is handed to the system in one write before the call is answered, so that killing any process loses
nothing. A line: {"call": 7, "at": 1764000000.0, "fault": "lost_reply", "accepted": [[address, delivery], …]}.
Postmark's lines carry "metadata", a list beside `accepted`; "refused" are addresses that were turned down for good.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Accepted:
    """One message the stand-in took. `delivery` is our id from its metadata ("" where there is none, as by SMTP)."""

    address: str
    delivery: str
    call: int
    at: float
    message_id: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    number: int
    at: float
    fault: str
    accepted: list[Accepted]
    refused: list[str]


class Books:
    """The writing end, in the stand-in's process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(
        self,
        *,
        call: int,
        at: float,
        fault: str,
        accepted: Iterable[tuple[str, str]] = (),
        refused: Iterable[str] = (),
        message_id: str = "",
        metadata: list[dict[str, str]] | None = None,
    ) -> None:
        line: dict[str, Any] = {"call": call, "at": at, "fault": fault, "accepted": list(accepted)}
        if refused:
            line["refused"] = list(refused)
        if message_id:
            line["id"] = message_id
        if metadata:
            line["metadata"] = metadata
        os.write(self._file, json.dumps(line, separators=(",", ":")).encode() + b"\n")


def calls(path: Path, *, start: int = 0) -> Iterator[Call]:
    """Every call in the books, in order; a line that is being written is left out. `start` is an offset in bytes."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(start)
        for text in file:
            if text.endswith(b"\n"):
                yield read_call(text)


def read_call(text: bytes) -> Call:
    line = json.loads(text)
    metadata = line.get("metadata") or []
    return Call(
        number=line["call"],
        at=line["at"],
        fault=line["fault"],
        accepted=[
            Accepted(
                address=address,
                delivery=delivery,
                call=line["call"],
                at=line["at"],
                message_id=line.get("id", ""),
                metadata=metadata[place] if metadata else {"delivery": delivery},
            )
            for place, (address, delivery) in enumerate(line["accepted"])
        ],
        refused=line.get("refused", []),
    )


def accepted(path: Path) -> list[Accepted]:
    return [one for call in calls(path) for one in call.accepted]
