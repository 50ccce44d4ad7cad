"""CSV: the encoding and the delimiter are found out; lines are read one after another, and none is ever too long."""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Callable, Iterator
from typing import IO

from django.utils.translation import gettext as _

from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.limits import MAX_ROW
from newsletter.audience.transfer.reading.tables import Row, Table, table_of

DELIMITERS = ",;\t|"
LOOKED_AT = 64 * 1024
NOT_UTF8 = re.compile("[\udc80-\udcff]")
NOT_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


def text_table(opened: Callable[[], IO[bytes]], *, name: str) -> Table:
    """The table of a CSV file; `opened()` opens it anew each time. Raises FileFault."""
    encoding, notes = encoding_of(opened, name=name)
    with opened() as raw:
        sample = _decoded(raw, encoding).read(LOOKED_AT)
    delimiter, before = delimiter_of(sample)

    def lines() -> Iterator[Row]:
        with opened() as raw:
            yield from _rows(_decoded(raw, encoding), delimiter=delimiter, skipped=before, name=name)

    return table_of(name, lines, notes=notes)


def encoding_of(opened: Callable[[], IO[bytes]], *, name: str) -> tuple[str, list[str]]:
    """(codec, what to say about it). The whole file is looked at, in portions.

    UTF-8 with bytes that are not UTF-8 among them is read so that the rows with such bytes can be refused.
    """
    with opened() as raw:
        start = raw.read(4096)
        if start.startswith(BOM_UTF8):
            return "utf-8-sig", []
        if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return "utf-16", []
        if len(start) > 1 and start.count(0) > len(start) * 0.3:
            return ("utf-16-le" if start[1] == 0 else "utf-16-be"), []
        decoder = getincrementaldecoder("utf-8")("surrogateescape")
        well, badly, portion = 0, 0, start
        while portion:
            if portion.isascii() and not decoder.getstate()[0]:
                portion = raw.read(LOOKED_AT)
                continue
            text = decoder.decode(portion)
            well += len(NOT_ASCII.findall(text))
            badly += len(NOT_UTF8.findall(text))
            portion = raw.read(LOOKED_AT)
        badly += len(NOT_UTF8.findall(decoder.decode(b"", True)))
    if not badly:
        return "utf-8", []
    if well > badly:
        return "utf-8", [
            _("%(file)s mixes two encodings. Rows with letters that cannot be told for certain are refused.")
            % {"file": name}
        ]
    return "cp1252", [
        _("%(file)s is not in UTF-8; it was read as Windows-1252. Look whether accents came out right.")
        % {"file": name}
    ]


def _decoded(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    # cp1252 has five bytes without a letter, and UTF-16 may be cut: such rows carry U+FFFD and are refused.
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    return io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="")


def delimiter_of(sample: str) -> tuple[str, int]:
    """(delimiter, lines before the heading): Excel may say "sep=;" in a first line of its own."""
    lines = sample.splitlines()
    if lines and (said := re.fullmatch(r"sep=(.)", lines[0].strip('\r\n\ufeff "'))):
        return said[1], 1
    heading = next((line for line in lines if line.strip()), "")
    counted = {delimiter: _fields(heading, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: counted[delimiter]), 0


def _fields(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0


def _rows(text: io.TextIOWrapper, *, delimiter: str, skipped: int, name: str) -> Iterator[Row]:
    """Every row, empty ones too: their positions count. `number` counts as a spreadsheet does."""
    lines = _Lines(text, name=name)
    for _line in range(skipped):
        next(lines, None)
    reader = csv.reader(lines, delimiter=delimiter)
    number = skipped
    try:
        for cells in reader:
            number += 1
            lines.begin_row(number)
            yield Row(number, cells)
    except csv.Error as error:
        raise FileFault(
            _("a cell is too long, or a quotation mark is not closed: %(error)s.") % {"error": error},
            file=name,
            row=number + 1,
        ) from error
    except UnicodeError as error:
        raise FileFault(
            _("this is not text (%(error)s).") % {"error": error}, file=name, row=number + 1
        ) from error


class _Lines:
    """Lines for the CSV reader, never more of one row than MAX_ROW characters: a cell may run over many lines."""

    def __init__(self, text: io.TextIOWrapper, *, name: str) -> None:
        self.text, self.name = text, name
        self.row, self.taken = 1, 0

    def begin_row(self, number: int) -> None:
        self.row, self.taken = number + 1, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline(MAX_ROW + 1 - self.taken)
        if not line:
            raise StopIteration
        self.taken += len(line)
        if self.taken > MAX_ROW:
            raise FileFault(
                _("longer than %(limit)s characters. A quotation mark may not be closed, or this is no list.")
                % {"limit": MAX_ROW},
                file=self.name,
                row=self.row,
            )
        return line
