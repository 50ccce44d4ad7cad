"""Events as an iCalendar document (RFC 5545), for the calendars people keep themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//stories//calendar//EN"
LINE_OCTETS = 75
# §3.1: a CONTROL is every one but the tab, and lone surrogates have no UTF-8.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class CalendarEntry:
    """One event. `uid` never changes; `starts_at`, `ends_at` and `changed_at` are aware; addresses are absolute."""

    uid: str
    title: str
    starts_at: datetime
    changed_at: datetime
    ends_at: datetime | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()


def calendar_document(entries: Iterable[CalendarEntry], *, name: str, language: str) -> bytes:
    """Moments stand in UTC, which every program turns into its reader's own time; that needs no table of zones.

    The same entries give the same bytes: nothing in it says when it was made.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        # Not of the RFC, but the one name that calendars show.
        f"X-WR-CALNAME;LANGUAGE={language}:{text(name)}",
    ]
    for entry in entries:
        lines += _event(entry)
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def _event(entry: CalendarEntry) -> list[str]:
    changed = utc(entry.changed_at)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{text(entry.uid)}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"DTSTART:{utc(entry.starts_at)}",
    ]
    if entry.ends_at and entry.ends_at > entry.starts_at:
        lines.append(f"DTEND:{utc(entry.ends_at)}")
    lines.append(f"SUMMARY:{text(entry.title)}")
    if entry.description:
        lines.append(f"DESCRIPTION:{text(entry.description)}")
    if entry.location:
        lines.append(f"LOCATION:{text(entry.location)}")
    if entry.url:
        # §3.8.4.6: a URI, which is not escaped; white space and control characters are no part of one.
        lines.append(f"URL:{''.join(_CONTROL.sub('', entry.url).split())}")
    if entry.categories:
        lines.append("CATEGORIES:" + ",".join(text(category) for category in entry.categories))
    lines.append("END:VEVENT")
    return lines


def text(value: str) -> str:
    """A TEXT value (§3.3.11): line breaks and separators escaped, control characters gone."""
    clean = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    escaped = clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def utc(moment: datetime) -> str:
    """A date with UTC time (§3.3.5, form 2)."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets (§3.1), each but the first after CRLF and a space; no character is cut."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        encoded = character.encode()
        if len(piece) + len(encoded) > LINE_OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
