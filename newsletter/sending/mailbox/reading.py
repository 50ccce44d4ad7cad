"""The mailbox on this machine, read like webmail."""

import email
import email.parser
import email.policy
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from newsletter.sending.mailbox.backend import maildir

# Names we give (newsletter.sending.mailbox.backend.deliver); anything else in an address is refused.
KEY = re.compile(r"^\d{1,30}\.\d{1,10}_\d{1,12}\.[A-Za-z0-9._-]{1,100}$")
# A line that underlines a heading in plain text.
RULE = re.compile(r"^[=\-*_]{3,}\s*$", re.MULTILINE)
PREVIEW_LENGTH = 140
# What mail templates put after the preview text, so that nothing else follows it.
INVISIBLE = "\u00ad\u034f\u200b\u200c\u200d\u2060\ufeff"
MOST_BYTES = 5 * 1024 * 1024
NOT_SHOWN = re.compile(r"<!--.*?-->|<(head|style|title)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class LetterGone(Exception):
    """There is no such letter in the mailbox."""


@dataclass(frozen=True)
class Letter:
    key: str
    sender: str
    to: str
    subject: str
    date: datetime | None
    language: str
    preview: str


@dataclass(frozen=True)
class OpenLetter:
    key: str
    headers: list[tuple[str, str]]
    sender: str
    to: str
    subject: str
    date: datetime | None
    html: str
    text: str


def letters(*, person: str = "", language: str = "", start: int = 0, most: int = 50) -> list[Letter]:
    """Newest first; `person` matches a part of the To header, `language` the Content-Language."""
    return list(islice(_matching(person=person.strip().lower(), language=language), start, start + most))


def open_letter(key: str) -> OpenLetter:
    """Raises LetterGone."""
    message = _parsed(_path(key))
    return OpenLetter(
        key=key,
        headers=[(name, str(value)) for name, value in message.items()],
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        date=_date(message),
        subject=str(message.get("Subject", "")),
        html=_body(message, "html"),
        text=_body(message, "plain"),
    )


def count() -> int:
    return sum(1 for _path in _paths())


def _paths() -> Iterator[Path]:
    directory = maildir()
    found = [path for name in ("new", "cur") for path in (directory / name).iterdir() if KEY.match(path.name)]
    return iter(sorted(found, key=lambda path: path.name, reverse=True))


def _path(key: str) -> Path:
    if KEY.match(key):
        for name in ("new", "cur"):
            path = maildir() / name / key
            if path.is_file():
                return path
    raise LetterGone(key)


def _matching(*, person: str, language: str) -> Iterator[Letter]:
    parser = email.parser.BytesHeaderParser(policy=email.policy.default)
    for path in _paths():
        with path.open("rb") as opened:
            headers = parser.parse(opened)
        if person and person not in str(headers.get("To", "")).lower():
            continue
        if language and str(headers.get("Content-Language", "")) != language:
            continue
        yield _letter(path)


def _letter(path: Path) -> Letter:
    message = _parsed(path)
    return Letter(
        key=path.name,
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        date=_date(message),
        language=str(message.get("Content-Language", "")),
        preview=_preview(message),
    )


def _preview(message: EmailMessage) -> str:
    """What a mail program shows after the subject: the first words of the HTML, where the preview text stands."""
    start = _body(message, "html")[:20_000]
    shown = html.unescape(NOT_SHOWN.sub(" ", start)) if start else RULE.sub("", _body(message, "plain"))
    return " ".join(word for word in shown.split() if word.strip(INVISIBLE))[:PREVIEW_LENGTH]


def _date(message: EmailMessage) -> datetime | None:
    date = message.get("Date")
    return parsedate_to_datetime(str(date)) if date else None


def _parsed(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes()[:MOST_BYTES], policy=email.policy.default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    content = part.get_content()
    return content if isinstance(content, str) else ""
