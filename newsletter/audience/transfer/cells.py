"""Cells of our own files: harmless in a spreadsheet, and read back as they were."""

import csv
import io
import re
from collections.abc import Iterable
from functools import lru_cache

# NUL, which no database takes; the surrogates and U+FFFD of bytes that could not be read.
UNREADABLE = re.compile("[\x00\ud800-\udfff\ufffd]")
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection); the full-width ones in some of them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(cell: str) -> str:
    """The cell behind an apostrophe where it would be a formula; restored() takes exactly that apostrophe off."""
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA) else cell


def restored(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell


def line(cells: Iterable[str]) -> str:
    """One line of CSV (RFC 4180) with its line end; whatever the cells hold, no spreadsheet takes one for a formula."""
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue()


def joined(words: Iterable[str]) -> str:
    """Several words in one cell, as CSV within CSV: split_words() gives the same ones back, whatever is in them."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="").writerow(list(words))
    return text.getvalue()


@lru_cache(maxsize=1024)
def split_words(cell: str) -> tuple[str, ...]:
    """Words with commas between them, quoted where they hold one themselves, as Mailchimp writes tags.

    Raises csv.Error. A list has few combinations of tags and many people.
    """
    found = next(csv.reader([cell], skipinitialspace=True), []) if '"' in cell else cell.split(",")
    return tuple(word for word in (part.strip() for part in found) if word)
