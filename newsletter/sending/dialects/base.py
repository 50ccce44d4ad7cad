from abc import ABC, abstractmethod
from typing import ClassVar

from newsletter.editions.merge_fields import TOKEN


class Dialect(ABC):
    """One mail service's merge syntax for inline bodies, and how many recipients one call may have."""

    # The service's documented maximum for one call with per-recipient data.
    max_recipients: ClassVar[int]

    def translate(self, text: str, *, html: bool) -> str:
        """A version's text with neutral tokens → the same in the service's syntax.

        What an editor typed that looks like the service's syntax is neutralised first: it must arrive as typed.
        """
        return TOKEN.sub(lambda match: self.placeholder(match.group(1)), self.neutralise(text, html=html))

    @abstractmethod
    def placeholder(self, key: str) -> str:
        """What stands in the text where the value of `key` goes."""

    @abstractmethod
    def neutralise(self, text: str, *, html: bool) -> str:
        """The text with anything the service would take for a placeholder made harmless."""
