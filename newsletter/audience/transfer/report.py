"""What a check found or an import did: how many of each, the first of each, and what the site has no name for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from newsletter.audience.transfer.deciding import Decision
from newsletter.audience.transfer.outcomes import Outcome
from newsletter.audience.transfer.refused import Place
from newsletter.audience.transfer.rows import Chunk

SHOWN = 50
MAX_REASON = 300


@dataclass
class Report:
    """`lines`: for each outcome the first rows, as [file, row, address or "", details or reason]."""

    counts: Counter[str] = field(default_factory=Counter)
    details: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[list[Any]]] = field(default_factory=dict)
    unknown: list[list[Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Report":
        return cls(
            counts=Counter(stored.get("counts", {})),
            details=Counter(stored.get("details", {})),
            lines={outcome: list(lines) for outcome, lines in stored.get("lines", {}).items()},
            unknown=list(stored.get("unknown", [])),
            notes=list(stored.get("notes", [])),
        )

    def stored(self) -> dict[str, Any]:
        return {
            "counts": dict(self.counts),
            "details": dict(self.details),
            "lines": self.lines,
            "unknown": self.unknown,
            "notes": self.notes,
        }

    def add(self, chunk: Chunk, decisions: Sequence[Decision]) -> None:
        for made, place in zip(decisions, chunk.places, strict=True):
            words = ""
            if made.details:
                words = " ".join(dict.fromkeys(made.details))
                self.details.update(made.details)
            self._add(made.outcome, place, made.person.address, words)
        for refused in chunk.refused:
            self._add(refused.outcome, refused.place, "", refused.reason[:MAX_REASON])

    def note_unknown(self, unknown: Counter[tuple[str, str]]) -> None:
        self.unknown = [[what, word, times] for (what, word), times in unknown.most_common()]

    def _add(self, outcome: Outcome, place: Place, address: str, words: str) -> None:
        self.counts[outcome] += 1
        lines = self.lines.setdefault(outcome, [])
        if len(lines) < SHOWN:
            lines.append([*place, address, words])
