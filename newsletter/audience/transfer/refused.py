"""Rows that were not taken, as a file to mend and upload again: what it looks like, and how it is read back.

Its own columns have English names whoever downloads it, so that the file is known again whoever uploads it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from newsletter.audience.transfer.cells import line, restored
from newsletter.audience.transfer.outcomes import Outcome
from newsletter.audience.transfer.reading import Row, Table

REASON, FILE, ROW, STATUS = "refused because", "refused in file", "refused in row", "refused status"


class Place(NamedTuple):
    """Where a row stands: "<file> 12", as people look for it."""

    file: str
    row: int


class Refusal(NamedTuple):
    """A row that is not taken: INVALID or DUPLICATE. `status` is what its file's name says of all its rows, if anything."""

    place: Place
    outcome: Outcome
    cells: list[str]
    reason: str
    headings: tuple[str, ...] = ()
    status: str = ""


def headings_over(tables: Sequence[Table]) -> list[str]:
    """The columns of the file of refused rows. Members of a ZIP need not have the same ones."""
    own = [REASON, FILE, ROW, STATUS]
    theirs = dict.fromkeys(heading for table in tables for heading in table.headings)
    return [*own, *(heading for heading in theirs if heading not in own)]


def refused_line(refusal: Refusal, headings: Sequence[str]) -> str:
    """What stands beyond the last column comes last, where whoever mends the row sees it."""
    found = dict(zip(refusal.headings, refusal.cells, strict=False))
    found |= {
        REASON: refusal.reason,
        FILE: refusal.place.file,
        ROW: str(refusal.place.row),
        STATUS: refusal.status or found.get(STATUS, ""),
    }
    return line([*(found.get(heading, "") for heading in headings), *refusal.cells[len(refusal.headings) :]])


def are_refused_rows(tables: Sequence[Table]) -> bool:
    return all({REASON, FILE, ROW, STATUS} <= set(table.headings) for table in tables)


def as_they_stood(tables: list[Table]) -> list[Table]:
    """Without the apostrophes of refused_line(); tables of any other file as they are."""
    if not are_refused_rows(tables):
        return tables
    return [
        replace(table, headings=tuple(map(restored, table.headings)), rows=partial(_restored, table))
        for table in tables
    ]


def _restored(table: Table) -> Iterator[Row]:
    for row in table.rows():
        yield Row(row.number, [restored(cell) for cell in row.cells])
