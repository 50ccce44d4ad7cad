"""ZIP files, looked at before anything in them is unpacked. A member's name is shown, never used as a path."""

import zipfile
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.limits import MAX_RATIO, MAX_UNPACKED_BYTES, SMALL_BYTES

ENCRYPTED = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def opened_archive(path: Path, *, name: str, most_members: int) -> zipfile.ZipFile:
    """The archive, if it is no bomb. Raises FileFault.

    zipfile reads no more of a member than the directory declares, so what is declared is what can come.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise FileFault(_("this ZIP file is damaged."), file=name) from error
    try:
        _look_at(archive.infolist(), name=name, most_members=most_members)
    except FileFault:
        archive.close()
        raise
    return archive


def _look_at(members: list[zipfile.ZipInfo], *, name: str, most_members: int) -> None:
    if len(members) > most_members:
        raise FileFault(_("there are more than %(limit)s files in it.") % {"limit": most_members}, file=name)
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise FileFault(
            _("unpacked, it is larger than %(limit)s MB.") % {"limit": MAX_UNPACKED_BYTES // 1024**2},
            file=name,
        )
    for member in members:
        if member.flag_bits & ENCRYPTED:
            raise FileFault(_("it has a password. Unpack it, and upload the files in it."), file=name)
        if member.compress_type not in METHODS:
            raise FileFault(_("it is packed in a way that cannot be read here."), file=name)
        if member.file_size > SMALL_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise FileFault(
                _("%(member)s is packed so tightly that it cannot be a list of people.")
                % {"member": shown_name(member.filename)},
                file=name,
            )


def shown_name(member: str) -> str:
    """A member's name without its folders, for the screen alone."""
    last = PurePosixPath(member.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[:120] or "?"
