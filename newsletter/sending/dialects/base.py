import re
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from anymail.message import AnymailMessage

from newsletter.editions.merge_fields import TOKEN
from newsletter.sending.outcomes import Result

# Invisible, no line break; between two characters of a placeholder, and it is one no more.
WORD_JOINER = "\u2060"


class MailService:
    """What one mail service means by its errors; and what it lacks to be sent a batch in one call."""

    # In words after "it lacks"; a Dialect lacks nothing.
    lacks: ClassVar[str] = ""

    def result_of_error(self, error: Exception) -> Result | None:
        """What this service means by an error, where that differs from newsletter.sending.outcomes; else None."""
        return None


class Dialect(MailService, ABC):
    """One mail service: its merge syntax for inline bodies, how many one call may have, what it says about calls."""

    # The service's documented maximum for one call with per-recipient data, or less where that says why.
    max_recipients: ClassVar[int]
    # How long the service knows a repeated call by its key and does not carry it out twice; None: it never does.
    knows_repeats_for: ClassVar[timedelta | None] = None
    # The first character of anything the service would take for a placeholder, by looking ahead; None: nothing is.
    opening: ClassVar[re.Pattern[str] | None] = None

    def translate(self, text: str, *, html: bool) -> str:
        """A version's text with neutral tokens → the same in the service's syntax.

        What an editor typed that looks like the service's syntax is neutralised first: it must arrive as typed.
        """
        return TOKEN.sub(
            lambda match: self.placeholder(match.group(1), html=html), self.neutralise(text, html=html)
        )

    @abstractmethod
    def placeholder(self, key: str, *, html: bool) -> str:
        """What stands in the text where the value of `key` goes; in HTML, where the value is HTML already."""

    def neutralise(self, text: str, *, html: bool) -> str:
        """The text with anything the service would take for a placeholder made harmless."""
        if self.opening is None:
            return text
        return self.opening.sub(
            lambda match: f"&#{ord(match.group())};" if html else match.group() + WORD_JOINER, text
        )

    def stamp(self, message: AnymailMessage, attempt_key: UUID) -> AnymailMessage:
        """The message, given the key of the attempt where the service looks for it, just before the call."""
        return message
