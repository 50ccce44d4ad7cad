"""Uploaded lists: personal data, in a folder that is never served, under names that nobody else chose."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from newsletter.audience.models import SubscriberImport
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.limits import MAX_FILE_BYTES


def path_of(record: SubscriberImport) -> Path:
    return Path(settings.IMPORTS_DIR) / f"{record.key}.upload"


def keep(record: SubscriberImport, portions: Iterable[bytes]) -> None:
    """Writes the file; what is too large leaves nothing behind. Raises FileFault."""
    path = path_of(record)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    taken = 0
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            for portion in portions:
                taken += len(portion)
                if taken > MAX_FILE_BYTES:
                    raise FileFault(
                        _("it is larger than %(limit)s MB.") % {"limit": MAX_FILE_BYTES // 1024**2},
                        file=record.file_name,
                    )
                file.write(portion)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def is_kept(record: SubscriberImport) -> bool:
    return path_of(record).exists()


def forget(record: SubscriberImport) -> None:
    path_of(record).unlink(missing_ok=True)


def forget_strays(kept: set[str]) -> int:
    """Deletes files whose import is not among `kept` (keys as text). Returns how many."""
    folder = Path(settings.IMPORTS_DIR)
    strays = [path for path in folder.glob("*.upload") if path.stem not in kept] if folder.exists() else []
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)
