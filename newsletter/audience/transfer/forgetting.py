"""An erased person goes out of imports, too: out of what can be undone, out of the reports, and the files go."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import ImportedChunk, SubscriberImport
from newsletter.audience.transfer import files
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.plain_addresses import normalised
from newsletter.audience.transfer.reading import read_tables
from newsletter.audience.transfer.tasks import forget_files_with

State = SubscriberImport.State
# Nobody needs the file any more, but for the rows that were refused.
OVER = (State.IMPORTED, State.UNDONE, State.FAILED)


def forget_in_imports(*, subscriber_id: int, known_as: str) -> None:
    """Takes the person out of journals and reports, in the caller's transaction; the files follow on commit.

    `known_as` is the keyed hash of the address. An import that is at work rewrites its report, and keeps the first fifty
    addresses of each kind in it until its fourteen days are over.
    """
    for chunk in ImportedChunk.objects.exclude(journal={}).order_by("pk").iterator(chunk_size=20):
        without = _without(chunk.journal, subscriber_id)
        if without != chunk.journal:
            ImportedChunk.objects.filter(pk=chunk.pk).update(journal=without)
    for record in SubscriberImport.objects.exclude(state__in=SubscriberImport.WORKING).exclude(report={}):
        if _blank_lines(record.report, known_as):
            SubscriberImport.objects.filter(pk=record.pk, state=record.state).update(report=record.report)
    if SubscriberImport.objects.filter(state__in=OVER).exists():
        transaction.on_commit(lambda: forget_files_with.enqueue(known_as))


def forget_files_with_address(known_as: str) -> int:
    """Deletes the files of finished imports in which the address of that hash stands. Returns how many."""
    forgotten = 0
    for record in SubscriberImport.objects.filter(state__in=OVER):
        if files.is_kept(record) and _stands_in(record, known_as):
            files.forget(record)
            forgotten += 1
    return forgotten


def _without(journal: dict[str, Any], subscriber_id: int) -> dict[str, Any]:
    left = dict(journal)
    left["new"] = [key for key in journal.get("new", []) if key != subscriber_id]
    for part, place in (("fields", 0), ("joined", 0), ("moved", 1), ("left_already", 0)):
        left[part] = [entry for entry in journal.get(part, []) if entry[place] != subscriber_id]
    return left


def _blank_lines(report: dict[str, Any], known_as: str) -> bool:
    """Whether a line named the person; their address is gone from it."""
    found = False
    for told in report.values():
        lines = told.get("lines", {}) if isinstance(told, dict) else {}
        for line in (line for of_outcome in lines.values() for line in of_outcome):
            if line[2] and address_hash(line[2]) == known_as:
                line[2], found = "", True
    return found


def _stands_in(record: SubscriberImport, known_as: str) -> bool:
    """Whatever cannot be read to its end is taken for a file with the address in it."""
    try:
        return any(
            _is(cell, known_as)
            for table in read_tables(files.path_of(record), name=record.file_name)
            for row in table.rows()
            for cell in row.cells
            if "@" in cell
        )
    except FileFault:
        return True


def _is(cell: str, known_as: str) -> bool:
    try:
        return address_hash(normalised(cell)) == known_as
    except ValidationError:
        return False
