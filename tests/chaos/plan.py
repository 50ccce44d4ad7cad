"""What a stand-in does with each call: a deck of cards, shuffled by a seed and dealt one a call; then all goes well."""

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

WELL = "well"

# What may happen to a call of the mail service's HTTP stand-in.
CALL_FAULTS = {
    "too_many": "429, Retry-After in seconds",
    "too_many_until": "429, Retry-After as a date",
    "error_before": "500, nothing accepted",
    "error_after": "500, everything accepted",
    "lost_reply": "accepted, the connection closed without a reply",
    "silent_before": "nothing accepted, never answered",
    "silent_after": "accepted, never answered",
    "drip": "accepted, the reply's body comes byte by byte for ever",
    "drip_head": "accepted, the reply's head comes byte by byte for ever",
    "reset_before": "connection reset before the call was read",
    "reset_after": "accepted, then connection reset",
    "truncated": "accepted, 200 with half of its JSON",
    "away": "accepted and answered; then nobody listens for a while",
    "partial": "Postmark: every tenth recipient is inactive and turned down; Mailgun has no such answer",
    "partial_lost": "the same, and the connection closed without a reply",
}

# What may happen to a message in the SMTP sink.
MESSAGE_FAULTS = {
    "closing": "421 to MAIL, connection closed",
    "rcpt_later": "451 to RCPT",
    "rcpt_never": "550 to RCPT",
    "later": "451 to the message, nothing accepted",
    "lost_reply": "accepted, connection closed without a reply",
    "drop": "connection closed in the middle of the message, nothing accepted",
    "silent_before": "nothing accepted, never answered",
    "silent_after": "accepted, never answered",
    "drip": "accepted, the reply comes byte by byte for ever",
}


@dataclass(frozen=True)
class Plan:
    """`deck` says how many calls each fault befalls, and how many go well in between; all times are seconds."""

    seed: int = 0
    deck: Mapping[str, int] = field(default_factory=dict)
    # Before every answer.
    latency: float = 0.0
    retry_after: int = 1
    # How long nobody listens.
    away: float = 1.0
    # Between two bytes of a dripping reply.
    drip: float = 0.05
    # An accepted message stands in the service's own record so much later.
    record_lag: float = 0.0
    # The mail server says "later" to every so manieth reader's mailbox, however often it is asked; 0: to none.
    full: int = 0

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises TypeError for a field there is none of, ValueError for what is no JSON."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def refuse_unknown(self, faults: Mapping[str, str]) -> None:
        """Raises ValueError for a card that means nothing to this stand-in."""
        if unknown := set(self.deck) - set(faults) - {WELL}:
            raise ValueError(f"No such fault: {', '.join(sorted(unknown))}. There are: {', '.join(faults)}.")


class Cards:
    """A plan's deck, shuffled: the same seed deals the same."""

    def __init__(self, plan: Plan) -> None:
        self._cards = [card for card, count in sorted(plan.deck.items()) for _ in range(count)]
        random.Random(plan.seed).shuffle(self._cards)
        self._cards.reverse()

    def deal(self) -> str:
        """What befalls the next call."""
        return self._cards.pop() if self._cards else WELL

    def give_back(self, card: str) -> None:
        """The caller was gone before it could befall it."""
        if card != WELL:
            self._cards.append(card)
