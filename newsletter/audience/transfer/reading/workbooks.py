"""XLSX: the first sheet's rows, read by openpyxl from parts that were gone through before."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.reading.tables import Row, Table, table_of
from newsletter.audience.transfer.reading.workbook_parts import Parts, WorkbookReader, parts_of


def workbook_table(path: Path, *, name: str) -> Table:
    """The workbook's first sheet. Raises FileFault."""
    parts = parts_of(path, name=name)
    with _sheet(path, parts=parts, name=name) as (sheet, others):
        notes = [_("Only the first sheet is read: %(sheet)s.") % {"sheet": sheet.title}] if others else []

    def lines() -> Iterator[Row]:
        with _sheet(path, parts=parts, name=name) as (sheet, _others):
            yield from _values(sheet, name=name)

    return table_of(name, lines, notes=notes)


@contextmanager
def _sheet(path: Path, *, parts: Parts, name: str) -> Iterator[tuple[Any, bool]]:
    """(first sheet, whether there are others)."""
    # Opened here: by a path, openpyxl goes by how the file is called.
    with path.open("rb") as file:
        yield from _first_sheet(file, parts=parts, name=name)


def _first_sheet(file: IO[bytes], *, parts: Parts, name: str) -> Iterator[tuple[Any, bool]]:
    try:
        reader = WorkbookReader(file, parts=parts, name=name)
        reader.read()
        book = reader.wb
    except FileFault:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part makes it stumble over
        raise FileFault(_("this workbook is damaged."), file=name) from error
    try:
        if not book.worksheets:
            raise FileFault(_("there is no sheet in this workbook."), file=name)
        if book.worksheets[0]._worksheet_path not in parts.sheets:
            raise FileFault(_("this workbook is damaged."), file=name)
        yield book.worksheets[0], len(book.worksheets) > 1
    finally:
        book.close()


def _values(sheet: Any, *, name: str) -> Iterator[Row]:
    rows = sheet.values()
    number = 0
    while True:
        try:
            values = next(rows, None)
        except Exception as error:  # as above
            raise FileFault(_("this sheet is damaged."), file=name, row=number + 1) from error
        if values is None:
            return
        number += 1
        yield Row(number, [as_text(value) for value in values])


def as_text(value: Any) -> str:
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
