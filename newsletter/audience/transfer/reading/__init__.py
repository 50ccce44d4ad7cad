"""Files as they come: CSV, XLSX, and a ZIP of CSV files. Nothing is unpacked to the disk or held in memory whole."""

from functools import partial
from io import BufferedIOBase
from pathlib import Path
from typing import IO, cast
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - a class with a small name

from django.utils.translation import gettext as _

from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.limits import MAX_FILE_BYTES, MAX_MEMBERS, MAX_WORKBOOK_PARTS
from newsletter.audience.transfer.reading.archives import opened_archive, shown_name
from newsletter.audience.transfer.reading.tables import Row, Table
from newsletter.audience.transfer.reading.text import text_table
from newsletter.audience.transfer.reading.workbooks import workbook_table

__all__ = ["Row", "Table", "read_tables"]

ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def read_tables(path: Path, *, name: str) -> list[Table]:
    """The file's tables, by what it is and not by what it is called. `name` is for the messages. Raises FileFault."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise FileFault(
            _("it is larger than %(limit)s MB.") % {"limit": MAX_FILE_BYTES // 1024**2}, file=name
        )
    with path.open("rb") as file:
        start = file.read(4)
    if start == OLD_EXCEL:
        raise FileFault(_("this is an old Excel file. Save it as .xlsx or .csv."), file=name)
    if start != ZIP:
        return [text_table(lambda: path.open("rb"), name=name)]
    with opened_archive(path, name=name, most_members=MAX_WORKBOOK_PARTS) as archive:
        if "xl/workbook.xml" in archive.namelist():
            return [workbook_table(path, name=name)]
    with opened_archive(path, name=name, most_members=MAX_MEMBERS) as archive:
        numbers = [
            number
            for number, member in enumerate(archive.infolist())
            if member.filename.lower().endswith((".csv", ".tsv", ".txt"))
            and not member.filename.startswith("__MACOSX/")
            and member.file_size
        ]
        names = [shown_name(archive.infolist()[number].filename) for number in numbers]
    if not numbers:
        raise FileFault(_("there is no CSV file in it."), file=name)
    return [
        text_table(partial(_member, path, number, name=member), name=member)
        for number, member in zip(numbers, names, strict=True)
    ]


class _Member(BufferedIOBase):
    """A member of an archive that closes its archive with it, and says what is wrong in words."""

    def __init__(self, path: Path, number: int, *, name: str) -> None:
        self.archive, self.shown = ZipFile(path), name
        # By its number: two members may have one name.
        self.file = self.archive.open(self.archive.infolist()[number])

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return self.file.read(-1 if size is None else size)
        except (BadZipFile, EOFError, OSError, ZlibError) as error:
            raise FileFault(_("this part of the ZIP file is damaged."), file=self.shown) from error

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(size)

    def close(self) -> None:
        self.file.close()
        self.archive.close()
        super().close()


def _member(path: Path, number: int, *, name: str) -> IO[bytes]:
    try:
        return cast("IO[bytes]", _Member(path, number, name=name))
    except (BadZipFile, NotImplementedError, OSError) as error:
        raise FileFault(_("this part of the ZIP file is damaged."), file=name) from error
