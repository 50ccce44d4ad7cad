"""Where bounces arrive: a folder on an IMAP server, or a Maildir on this machine.

A letter that was looked at is marked, so that the next look passes over it. Only a report is marked as read; a person's
reply stays unread for whoever reads the mailbox.
"""

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# The machine's part of a report stands before the message it returns.
MOST_BYTES = 1024 * 1024
IMAPS_PORT, IMAP_PORT = 993, 143  # RFC 8314 §7.2, RFC 9051 §2.1
TIMEOUT = 30  # seconds, for each answer of the server
# Whoever looks at a mailbox for the first time need not go through years of it.
OLDEST = timedelta(days=30)
LOOKED_AT = "LookedAtByNewsroom"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Mailbox(Protocol):
    def letters(self) -> Iterator[tuple[str, bytes]]:
        """Those not looked at yet, the oldest first: (key, at most MOST_BYTES of it)."""

    def done(self, key: str, *, is_report: bool) -> None: ...


@contextlib.contextmanager
def open_mailbox(address: str) -> Iterator[Mailbox]:
    """`imaps://user:password@host/folder`, `imap+starttls://…` or `maildir:///path`.

    Raises ImproperlyConfigured, OSError, imaplib.IMAP4.error.
    """
    check_address(address)
    parts = urlsplit(address)
    if parts.scheme == "maildir":
        yield Maildir(Path(unquote(parts.path)))
        return
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "imaps":
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            host, parts.port or IMAPS_PORT, ssl_context=context, timeout=TIMEOUT
        )
    else:
        server = imaplib.IMAP4(host, parts.port or IMAP_PORT, timeout=TIMEOUT)
    try:
        if parts.scheme == "imap+starttls":
            server.starttls(ssl_context=context)
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        yield ImapFolder(server, unquote(parts.path.strip("/")) or "INBOX")
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            server.logout()


def check_address(address: str) -> None:
    """Raises ImproperlyConfigured, with words that do not repeat the password."""
    parts = urlsplit(address)
    is_maildir = parts.scheme == "maildir" and not parts.netloc and parts.path.startswith("/")
    try:
        is_imap = parts.scheme in {"imaps", "imap+starttls"} and all(
            [parts.hostname, parts.username, parts.password, parts.port != 0]
        )
    except ValueError:  # the port
        is_imap = False
    if not (is_maildir or is_imap) or parts.query or parts.fragment or not address.isascii():
        raise ImproperlyConfigured(
            "BOUNCE_MAILBOX must look like imaps://user:password@host/INBOX, imap+starttls://… or maildir:///path. "
            "Characters such as @ / # ? % in the name or the password are written %40 %2F %23 %3F %25."
        )


class Maildir:
    """https://cr.yp.to/proto/maildir.html. What nobody has looked at is in `new`, everything else in `cur`."""

    def __init__(self, folder: Path) -> None:
        self.new, self.cur = folder / "new", folder / "cur"

    def letters(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self.new.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                with path.open("rb") as file:
                    yield path.name, file.read(MOST_BYTES)

    def done(self, key: str, *, is_report: bool) -> None:
        name = key.partition(":2,")[0]
        (self.new / key).rename(self.cur / f"{name}:2,{'S' if is_report else ''}")


class ImapFolder:
    """RFC 9051. A server that keeps no keywords of ours has every letter we looked at marked as read."""

    def __init__(self, server: imaplib.IMAP4, folder: str) -> None:
        self.server = server
        quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
        self._ok(server.select(f'"{quoted}"'))
        kept = b" ".join(flags or b"" for flags in server.response("PERMANENTFLAGS")[1])
        self.keeps_keywords = rb"\*" in kept or LOOKED_AT.encode() in kept

    def letters(self) -> Iterator[tuple[str, bytes]]:
        since = date.today() - OLDEST  # noqa: DTZ011 the server compares with its own date
        unseen = ["UNKEYWORD", LOOKED_AT] if self.keeps_keywords else ["UNSEEN"]
        day = f"{since.day:02}-{MONTHS[since.month - 1]}-{since.year}"
        found = self._ok(self.server.uid("SEARCH", *unseen, "UNDELETED", "SINCE", day))
        for uid in (found[0] or b"").decode("ascii").split():
            answer = self._ok(self.server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)"))
            raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
            if raw is not None:
                yield uid, raw

    def done(self, key: str, *, is_report: bool) -> None:
        marks = [LOOKED_AT] if self.keeps_keywords else []
        if is_report or not self.keeps_keywords:
            marks.append("\\Seen")
        self._ok(self.server.uid("STORE", key, "+FLAGS.SILENT", f"({' '.join(marks)})"))

    @staticmethod
    def _ok(answer: tuple[str, list]) -> list:
        kind, data = answer
        if kind != "OK":
            raise imaplib.IMAP4.error(f"{kind} {data!r}"[:300])
        return data
