"""The parts of a workbook, gone through before openpyxl sees them: openpyxl would build a cell of 100 MB, or a million rows
of nothing, and only then let us look.

A workbook says itself which part is what, and may call a sheet by any name. So every part of XML is held to all limits,
and openpyxl can open those alone.
"""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import DATA_TAG, INLINE_STRING, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from newsletter.audience.transfer import limits
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.reading.archives import opened_archive

PORTION = 64 * 1024
MAIN = f"{SHEET_MAIN_NS} "
TEXT_TAG, RUN_TAG = f"{{{SHEET_MAIN_NS}}}t", f"{{{SHEET_MAIN_NS}}}r"


@dataclass(frozen=True)
class Parts:
    """Names of the parts that were gone through; those in `sheets` can be read row by row."""

    names: set[str] = field(default_factory=set)
    sheets: set[str] = field(default_factory=set)


def parts_of(path: Path, *, name: str) -> Parts:
    """Raises FileFault at what no list of people has."""
    found = Parts()
    with opened_archive(path, name=name, most_members=limits.MAX_WORKBOOK_PARTS) as archive:
        for member in archive.infolist():
            if not member.filename.lower().endswith((".xml", ".rels")):
                continue
            try:
                with archive.open(member) as part:
                    looked_at = _Part(name)
                    looked_at.read(part)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, expat.ExpatError) as error:
                raise FileFault(_("this workbook is damaged."), file=name) from error
            found.names.add(member.filename)
            if not looked_at.strings:
                found.sheets.add(member.filename)
    return found


class _Part:
    """Goes through one part of the workbook; raises FileFault at what no list of people has."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = self.cells = self.text = self.row_text = self.strings = 0
        # Since the last row or string began, or outside of them: what openpyxl holds at once.
        self.elements = self.outside_rows = 0
        self.is_in_row = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def read(self, part: Any) -> None:
        taken = 0
        while portion := part.read(PORTION):
            self.parser.Parse(portion, False)
            taken += len(portion)
            # An attribute or a comment without an end: the parser keeps all of it.
            if taken - self.parser.CurrentByteIndex > limits.MAX_TOKEN_BYTES:
                self._refuse_as_too_much()
        self.parser.Parse(b"", True)

    def _refuse_as_too_much(self) -> None:
        raise FileFault(_("it holds more text than can be read here."), file=self.name)

    def _doctype(self, *_declaration: Any) -> None:
        # Entities that unfold, and files of this machine, come in by a document type; a workbook never has one.
        raise FileFault(_("it holds a document type, which a workbook never does."), file=self.name)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        kind = tag.removeprefix(MAIN)
        if kind == "row":
            self._row(attributes.get("r", ""))
        elif kind == "c" and self.is_in_row:
            self._cell(attributes.get("r", ""))
        elif kind == "si":
            self.strings += 1
            self.text = self.elements = 0
            if self.strings > limits.MAX_STRINGS:
                self._refuse_as_too_much()
        if self.elements > limits.MAX_ELEMENTS:
            self._refuse_as_too_much()

    def _row(self, number: str) -> None:
        # What stands between rows is kept until the sheet ends, and counts on.
        self.outside_rows, self.elements = (self.outside_rows if self.is_in_row else self.elements), 0
        self.rows += 1
        self.is_in_row = True
        self.cells = self.row_text = 0
        # openpyxl fills the gap before a row with as many rows of nothing.
        if (
            self.rows > limits.MAX_ROWS
            or len(number) > 9
            or (number.isdigit() and int(number) > limits.MAX_ROWS + 1)
        ):
            raise FileFault(_("more than %(limit)s rows.") % {"limit": limits.MAX_ROWS}, file=self.name)

    def _cell(self, place: str) -> None:
        self.text = 0
        self.cells += 1
        # ZZ is column 702; a wider row is filled up with nothing, too.
        if self.cells > limits.MAX_COLUMNS or len(place.rstrip("0123456789")) > 2:
            raise FileFault(
                _("more than %(limit)s columns; this is no list of people.") % {"limit": limits.MAX_COLUMNS},
                file=self.name,
                row=self.rows,
            )

    def _end(self, tag: str) -> None:
        if tag == f"{MAIN}row":
            self.is_in_row, self.elements = False, self.outside_rows
            self.text = 0

    def _text(self, text: str) -> None:
        self.text += len(text)
        self.row_text += len(text) if self.is_in_row else 0
        is_cell = self.is_in_row or self.strings
        if (
            self.text > (10 * limits.MAX_CELL if is_cell else limits.MAX_ROW)
            or self.row_text > limits.MAX_ROW
        ):
            raise FileFault(
                _("a cell is longer than %(limit)s characters.") % {"limit": 10 * limits.MAX_CELL},
                file=self.name,
                row=self.rows or None,
            )


class WorkbookReader(ExcelReader):
    """openpyxl's, with no way to a part that was not gone through. Raises FileFault, and whatever openpyxl stumbles over."""

    def __init__(self, file: IO[bytes], *, parts: Parts, name: str) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.name = name
        self.archive = _KnownParts(file, parts=parts, name=name)

    def read_strings(self) -> None:
        """openpyxl makes an object of each of a million texts, which takes a minute."""
        listed = self.package.find(SHARED_STRINGS)
        if listed is None:
            return
        part = listed.PartName[1:]
        if self.archive.getinfo(part).file_size > limits.MAX_STRINGS_BYTES:
            raise FileFault(_("it holds more text than can be read here."), file=self.name)
        with self.archive.open(part) as opened:
            self.shared_strings = _strings_in(opened)

    def read_worksheets(self) -> None:
        """Charts are no lists of people."""
        self.wb._sheets = [
            Sheet(self.wb, sheet.name, relation.target, self.shared_strings)
            for sheet, relation in self.parser.find_sheets()
            if relation.target in self.valid_files and "chartsheet" not in relation.Type
        ]


class Sheet(ReadOnlyWorksheet):
    def _get_size(self) -> None:
        """A sheet may declare a size it does not have; of one that declares none, openpyxl would go through every row.

        Raises FileFault for a part that was not gone through.
        """
        self._get_source().close()

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Every row's cells, with rows of nothing where the sheet leaves some out."""
        number = 0
        with self._get_source() as source:
            parser = SheetParser(
                source,
                self._shared_strings,
                data_only=True,
                epoch=self.parent.epoch,
                date_formats=self.parent._date_formats,
                timedelta_formats=self.parent._timedelta_formats,
            )
            for found, cells in parser.parse():
                if found > number:
                    yield from repeat((), found - number - 1)
                    yield self._get_row(cells, values_only=True)
                    number = found


class SheetParser(WorkSheetParser):
    """openpyxl's, for rows alone. openpyxl would take defusedxml's parser, which is Python, and ten times slower: it guards
    against document types, and a part with one has been refused before.
    """

    def parse(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        for _event, element in iterparse(self.source):  # noqa: S314 - as above
            if element.tag == ROW_TAG:
                yield self.parse_row(element)
                element.clear()
            elif element.tag == DATA_TAG:
                return

    def parse_cell(self, element: Element) -> dict[str, Any]:
        """openpyxl would make a dozen objects of a text that stands in its cell, as some programs write them."""
        if element.get("t") == "inlineStr" and (inline := element.find(INLINE_STRING)) is not None:
            element.set("t", "str")
            value = Element(VALUE_TAG)
            value.text = "".join(part.findtext(TEXT_TAG, "") for part in (inline, *inline.iterfind(RUN_TAG)))
            element.insert(0, value)
        cell: dict[str, Any] = super().parse_cell(element)
        return cell


class _KnownParts(zipfile.ZipFile):
    def __init__(self, file: IO[bytes], *, parts: Parts, name: str) -> None:
        super().__init__(file)
        self.parts, self.shown = parts, name

    def open(self, name: Any, *args: Any, **kwargs: Any) -> IO[bytes]:
        if getattr(name, "filename", name) not in self.parts.names:
            raise FileFault(
                _(
                    "this workbook is written in a way that cannot be read here. Save it anew as .xlsx or .csv."
                ),
                file=self.shown,
            )
        return super().open(name, *args, **kwargs)

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        """A part that openpyxl takes whole: everything but sheets and strings."""
        if self.getinfo(getattr(name, "filename", name)).file_size > limits.MAX_WHOLE_PART_BYTES:
            raise FileFault(_("it holds more text than can be read here."), file=self.shown)
        return super().read(name, pwd)


def _strings_in(part: IO[bytes]) -> list[str]:
    """The shared strings in their order, without the readings that East Asian texts carry."""
    found: list[str] = []
    text: list[str] = []
    is_text = is_reading = False

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal is_text, is_reading
        kind = tag.removeprefix(MAIN)
        if kind == "si":
            text.clear()
        elif kind == "rPh":
            is_reading = True
        elif kind == "t":
            is_text = not is_reading

    def end(tag: str) -> None:
        nonlocal is_text, is_reading
        kind = tag.removeprefix(MAIN)
        if kind == "t":
            is_text = False
        elif kind == "rPh":
            is_reading = False
        elif kind == "si":
            # As openpyxl does.
            found.append("".join(text).replace("x005F_", ""))

    def take(characters: str) -> None:
        if is_text:
            text.append(characters)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, take
    parser.ParseFile(part)
    return found
