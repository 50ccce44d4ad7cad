"""What a person does with an import: upload, say what the columns are, import, stop, resume, undo, throw away.

Each is one guarded step on the import's own row; who comes second changes nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from newsletter.audience.models import Newsletter, SubscriberImport
from newsletter.audience.transfer import files
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.formats import MAILCHIMP, OWN, Recognised, recognise
from newsletter.audience.transfer.mapping import fault_of
from newsletter.audience.transfer.reading import Table, read_tables
from newsletter.audience.transfer.refused import as_they_stood
from newsletter.audience.transfer.tasks import work_on_import
from newsletter.audience.transfer.undoing import why_not_undone

State = SubscriberImport.State
SAMPLE = 3


class ImportRefused(Exception):
    """It cannot be done, and the message says why."""


def upload(*, portions: Iterable[bytes], file_name: str, user: Any = None) -> SubscriberImport:
    """Keeps the file and looks at what it is. Raises FileFault; then nothing is kept."""
    shown = "".join(letter for letter in file_name if letter.isprintable()).rpartition("/")[2][-200:] or "?"
    record = SubscriberImport(file_name=shown, created_by=user)
    files.keep(record, portions)
    try:
        found = recognise(as_they_stood(read_tables(files.path_of(record), name=shown)))
        record.file_kind, record.mapping = found.kind, found.mapping
        record.save()
    except BaseException:
        files.forget(record)
        raise
    return record


def columns_of(record: SubscriberImport) -> tuple[Recognised, list[tuple[str, list[str]]], list[str]]:
    """(what the file is, [(heading, first values)], notes about how it was read). Raises FileFault."""
    tables = as_they_stood(read_tables(files.path_of(record), name=record.file_name))
    samples: dict[str, list[str]] = {}
    for table in tables:
        for heading, values in _sample(table).items():
            samples.setdefault(heading, values)
    return recognise(tables), list(samples.items()), [note for table in tables for note in table.notes]


def _sample(table: Table) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {heading: [] for heading in table.headings}
    for taken, row in enumerate(table.rows()):
        if taken >= SAMPLE:
            break
        for heading, cell in zip(table.headings, row.cells, strict=False):
            if cell.strip():
                found[heading].append(cell.strip()[:60])
    return found


def check(
    record: SubscriberImport,
    *,
    newsletter: Newsletter | None,
    mapping: Mapping[str, str],
    consent: str,
    assumed: str = "",
    joins_as: str = SubscriberImport.JoinsAs.CONFIRMED,
    in_background: bool = True,
) -> None:
    """Says what the file is and has it checked; nothing is written to the list. Raises ImportRefused.

    Not `in_background`: the caller calls run() itself, here as in begin().
    """
    if words := why_not_checked(
        record, newsletter=newsletter, mapping=mapping, consent=consent, assumed=assumed
    ):
        raise ImportRefused(words)
    with transaction.atomic():
        done = SubscriberImport.objects.filter(
            pk=record.pk, state__in=[State.UPLOADED, State.CHECKED, State.FAILED]
        ).update(
            newsletter=newsletter,
            mapping=dict(mapping),
            consent=consent.strip(),
            assumed=assumed,
            joins_as=joins_as,
            state=State.CHECKING,
            position=0,
            rows=None,
            report={},
            fault="",
        )
        if not done:
            raise ImportRefused(_("This import has moved on meanwhile."))
        if in_background:
            _wake(record)


def why_not_checked(
    record: SubscriberImport,
    *,
    newsletter: Newsletter | None,
    mapping: Mapping[str, str],
    consent: str,
    assumed: str,
) -> str:
    if not consent.strip():
        return _("Say how these people gave their consent. It is kept as evidence for each of them.")
    if record.file_kind == OWN:
        return ""
    if newsletter is None:
        return _("Choose the newsletter these people join.")
    if words := fault_of(mapping):
        return words
    if record.file_kind == MAILCHIMP and not assumed and not _statuses_known(record):
        return _(
            "The name of this file does not say whether its people are subscribed, as Mailchimp's own names do. "
            "Say what they are."
        )
    return ""


def _statuses_known(record: SubscriberImport) -> bool:
    try:
        return recognise(read_tables(files.path_of(record), name=record.file_name)).complete
    except FileFault:
        return False


def begin(record: SubscriberImport, *, in_background: bool = True) -> None:
    """Imports what was checked. Raises ImportRefused."""
    _step(
        record,
        [State.CHECKED],
        in_background=in_background,
        state=State.IMPORTING,
        position=0,
        started_at=timezone.now(),
        fault="",
    )


def stop(record: SubscriberImport) -> None:
    """After the chunk that is being written; nothing more is written then. Raises ImportRefused."""
    _step(record, [State.IMPORTING], state=State.STOPPED, owner=None, lease_until=None)


def resume(record: SubscriberImport) -> None:
    """Goes on after the last row that was written. Raises ImportRefused, when some of it was undone already for instance."""
    record.refresh_from_db()
    if record.is_partly_undone:
        raise ImportRefused(_("Part of this import was undone. Undo the rest, and upload the file again."))
    _step(record, [State.STOPPED], state=State.IMPORTING, fault="")


def undo(record: SubscriberImport) -> None:
    """Raises ImportRefused, when something was sent to these people since for instance."""
    if words := why_not_undone(record):
        raise ImportRefused(words)
    _step(record, [State.IMPORTED, State.STOPPED], state=State.UNDOING, fault="")


def discard(record: SubscriberImport) -> None:
    """Throws the file away before anything of it was imported. Raises ImportRefused."""
    gone, _rows = SubscriberImport.objects.filter(
        pk=record.pk, state__in=[State.UPLOADED, State.CHECKING, State.CHECKED, State.FAILED]
    ).delete()
    if not gone:
        raise ImportRefused(_("This import has moved on meanwhile."))
    files.forget(record)


def _step(
    record: SubscriberImport, states: list[State], *, in_background: bool = True, **values: Any
) -> None:
    with transaction.atomic():
        if not SubscriberImport.objects.filter(pk=record.pk, state__in=states).update(**values):
            raise ImportRefused(_("This import has moved on meanwhile."))
        if in_background and values["state"] in SubscriberImport.WORKING:
            _wake(record)


def _wake(record: SubscriberImport) -> None:
    work_on_import.enqueue(record.pk, translation.get_language())
