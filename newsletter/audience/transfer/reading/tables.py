"""What every kind of file is read into."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.limits import MAX_COLUMNS, MAX_ROWS


class Row(NamedTuple):
    """`number` is the row's in its file, counted as a spreadsheet does; the heading is row 1 as a rule."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """One file's or sheet's rows under their headings. `rows()` reads them anew each time, one after another.

    It raises FileFault. `notes` are sentences about how the file was read.
    """

    name: str
    headings: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    notes: list[str] = field(default_factory=list)


def table_of(name: str, lines: Callable[[], Iterator[Row]], *, notes: list[str]) -> Table:
    """The lines under the first that holds something, unless that is a person already. Raises FileFault."""
    rows = lines()
    above, first = _first(rows, file=name)
    rows.close()  # type: ignore[attr-defined]
    if has_no_heading(first):
        notes.append(_("The first row is a person already, so the columns have numbers instead of names."))
        return Table(name, headings_of([""] * len(first), file=name), lines, notes)

    def people() -> Iterator[Row]:
        yield from islice(lines(), above + 1, None)

    return Table(name, headings_of(first, file=name), people, notes)


def _first(rows: Iterator[Row], *, file: str) -> tuple[int, list[str]]:
    """(empty rows before it, its cells)"""
    for above, row in enumerate(rows):
        if "".join(row.cells).strip():
            return above, row.cells
        if above >= MAX_ROWS:
            break
    raise FileFault(_("there is nothing in this file."), file=file)


def has_no_heading(cells: list[str]) -> bool:
    """A list of bare addresses: nobody calls a column by an address."""
    return any("@" in cell.strip("@") for cell in cells)


def headings_of(cells: list[str], *, file: str) -> tuple[str, ...]:
    """The first row as headings, each once: nameless ones are numbered, repeated ones too. Raises FileFault."""
    if len(cells) > MAX_COLUMNS:
        raise FileFault(
            _("more than %(limit)s columns; this is no list of people.") % {"limit": MAX_COLUMNS}, file=file
        )
    found: list[str] = []
    for number, cell in enumerate(cells, 1):
        # What cannot be stored or seen is no part of a heading.
        name = "".join(letter for letter in cell if letter.isprintable()).strip()[:100]
        name = name or _("Column %(number)s") % {"number": number}
        if name in found:
            name = f"{name} ({number})"
        found.append(name)
    return tuple(found)
