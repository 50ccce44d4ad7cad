"""XLSX. Every part is looked at before openpyxl sees it: openpyxl would build a cell of 100 MB, or a million rows of
nothing, and only then let us look."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.limits import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROW,
    MAX_ROWS,
    MAX_STRINGS_BYTES,
    MAX_WORKBOOK_PARTS,
)
from newsletter.audience.transfer.reading.archives import opened_archive
from newsletter.audience.transfer.reading.tables import Row, Table, table_of

PORTION = 64 * 1024


def workbook_table(path: Path, *, name: str) -> Table:
    """The workbook's first sheet. Raises FileFault."""
    _look_at_parts(path, name=name)
    with _sheet(path, name=name) as (sheet, others):
        notes = [_("Only the first sheet is read: %(sheet)s.") % {"sheet": sheet.title}] if others else []
        first = next(_values(sheet, name=name), None)
    if first is None:
        raise FileFault(_("there is nothing in this file."), file=name)

    def lines() -> Iterator[Row]:
        with _sheet(path, name=name) as (sheet, _others):
            yield from _values(sheet, name=name)

    return table_of(name, first.cells, lines, notes=notes)


@contextmanager
def _sheet(path: Path, *, name: str) -> Iterator[tuple[Any, bool]]:
    """(first sheet, whether there are others)."""
    # Opened here: by a path, openpyxl goes by how the file is called.
    with path.open("rb") as file:
        yield from _first_sheet(file, name=name)


def _first_sheet(file: IO[bytes], *, name: str) -> Iterator[tuple[Any, bool]]:
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever a damaged part makes it stumble over
        raise FileFault(_("this workbook is damaged."), file=name) from error
    try:
        if not book.worksheets:
            raise FileFault(_("there is no sheet in this workbook."), file=name)
        yield book.worksheets[0], len(book.worksheets) > 1
    finally:
        book.close()


def _values(sheet: Any, *, name: str) -> Iterator[Row]:
    # A sheet may declare a size it does not have; unset, openpyxl goes by what it finds.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        try:
            values = next(rows, None)
        except Exception as error:  # as above
            raise FileFault(_("this sheet is damaged."), file=name, row=number + 1) from error
        if values is None:
            return
        number += 1
        yield Row(number, [_as_text(value) for value in values])


def _as_text(value: Any) -> str:
    """A cell as a CSV file would hold it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _look_at_parts(path: Path, *, name: str) -> None:
    with opened_archive(path, name=name, most_members=MAX_WORKBOOK_PARTS) as archive:
        for member in archive.infolist():
            if member.filename.lower().endswith((".xml", ".rels")):
                is_sheet = member.filename.startswith("xl/worksheets/")
                if not is_sheet and member.file_size > MAX_STRINGS_BYTES:
                    raise FileFault(_("it holds more text than can be read here."), file=name)
                try:
                    with archive.open(member) as part:
                        _Part(name, counts_rows=is_sheet).read(part)
                except (zipfile.BadZipFile, zlib.error, EOFError, OSError, expat.ExpatError) as error:
                    raise FileFault(_("this workbook is damaged."), file=name) from error


class _Part:
    """Goes through one part of the workbook; raises FileFault at what no list of people has."""

    def __init__(self, name: str, *, counts_rows: bool) -> None:
        self.name, self.counts_rows = name, counts_rows
        self.rows = self.cells = self.text = self.row_text = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._text

    def read(self, part: Any) -> None:
        while portion := part.read(PORTION):
            self.parser.Parse(portion, False)
        self.parser.Parse(b"", True)

    def _doctype(self, *_declaration: Any) -> None:
        # Entities that unfold, and files of this machine, come in by a document type; a workbook never has one.
        raise FileFault(_("it holds a document type, which a workbook never does."), file=self.name)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(" ")[2]
        if kind in {"c", "si"}:
            self.text = 0
        if not self.counts_rows:
            return
        if kind == "row":
            self.rows += 1
            self.cells = self.row_text = 0
            number = attributes.get("r", "")
            # openpyxl fills the gap before a row with as many rows of nothing.
            if self.rows > MAX_ROWS or len(number) > 9 or (number.isdigit() and int(number) > MAX_ROWS + 1):
                raise FileFault(_("more than %(limit)s rows.") % {"limit": MAX_ROWS}, file=self.name)
        elif kind == "c":
            self.cells += 1
            letters = attributes.get("r", "").rstrip("0123456789")
            # ZZ is column 702; a wider row is filled up with nothing, too.
            if self.cells > MAX_COLUMNS or len(letters) > 2:
                raise FileFault(
                    _("more than %(limit)s columns; this is no list of people.") % {"limit": MAX_COLUMNS},
                    file=self.name,
                    row=self.rows,
                )

    def _text(self, text: str) -> None:
        self.text += len(text)
        self.row_text += len(text) if self.counts_rows else 0
        if self.text > 10 * MAX_CELL or self.row_text > MAX_ROW:
            raise FileFault(
                _("a cell is longer than %(limit)s characters.") % {"limit": 10 * MAX_CELL},
                file=self.name,
                row=self.rows or None,
            )
