"""Questions to the DNS. Whatever goes wrong is an answer in its own right; nothing here raises."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import dns.exception
import dns.name
import dns.resolver

SECONDS_PER_QUESTION = 4.0
SECONDS_IN_ALL = 15.0
MOST_VALUES = 100
LONGEST_VALUE = 4096  # characters; a key of 4096 bits takes 800


class Outcome(Enum):
    FOUND = "found"
    NO_NAME = "no such name"
    NO_RECORD = "the name is there, such a record is not"
    FAILED = "the name servers gave no usable answer"
    TOO_SLOW = "no answer in time"


@dataclass(frozen=True)
class Answer:
    """Values of one record type: the text of TXT, names of MX (best first; "" is RFC 7505's "no mail") and PTR,
    addresses of A and AAAA."""

    outcome: Outcome
    values: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Somebody answered, if only that there is nothing."""
        return self.outcome in {Outcome.FOUND, Outcome.NO_NAME, Outcome.NO_RECORD}


# (name in ASCII, record type) → what the DNS says.
Ask = Callable[[str, str], Answer]


class Lookups:
    """One person's press of the button: each question once, no longer than SECONDS_IN_ALL together."""

    def __init__(
        self,
        resolver: dns.resolver.Resolver | None = None,
        *,
        seconds_per_question: float = SECONDS_PER_QUESTION,
        seconds_in_all: float = SECONDS_IN_ALL,
    ) -> None:
        self._resolver = resolver
        self._per_question = seconds_per_question
        self._until = time.monotonic() + seconds_in_all
        self._answers: dict[tuple[str, str], Answer] = {}

    def __call__(self, name: str, kind: str) -> Answer:
        key = (name.lower().rstrip("."), kind)
        if key not in self._answers:
            self._answers[key] = self._ask(*key)
        return self._answers[key]

    def _ask(self, name: str, kind: str) -> Answer:
        seconds = min(self._per_question, self._until - time.monotonic())
        if seconds <= 0:
            return Answer(Outcome.TOO_SLOW)
        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
            found = self._resolver.resolve(dns.name.from_text(name), kind, search=False, lifetime=seconds)
        except dns.resolver.NXDOMAIN:
            return Answer(Outcome.NO_NAME)
        except dns.resolver.NoAnswer:
            return Answer(Outcome.NO_RECORD)
        except dns.exception.Timeout:
            return Answer(Outcome.TOO_SLOW)
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape):
            # Too long, or with two dots together: such a name cannot be there.
            return Answer(Outcome.NO_NAME)
        except (dns.exception.DNSException, OSError, ValueError):
            return Answer(Outcome.FAILED)
        return Answer(Outcome.FOUND, tuple(_values(list(found)[:MOST_VALUES], kind)))


def _values(records: list[Any], kind: str) -> list[str]:
    if kind == "TXT":
        # A long text is cut into strings of 255 bytes, which belong together without a blank (RFC 7208 §3.3).
        return [
            b"".join(record.strings).decode("utf-8", "backslashreplace")[:LONGEST_VALUE] for record in records
        ]
    if kind == "MX":
        return [_name(record.exchange) for record in sorted(records, key=lambda record: record.preference)]
    if kind == "PTR":
        return [_name(record.target) for record in records]
    return [str(record.address) for record in records]


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")
