"""Leads an import through its file, chunk by chunk: the check, the import itself, and undoing it.

A chunk, the journal of it and the position after it are one transaction, guarded by the state and the owner on the
import's own row. So a worker that is killed has done whole chunks and no part of one; whoever goes on begins after the
last; and a worker that lost its lease, or was told to stop, writes nothing more.
"""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from newsletter.audience.models import ImportedChunk, SubscriberImport
from newsletter.audience.transfer.deciding import decide
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.journal import Journal, undo_chunk
from newsletter.audience.transfer.limits import LEASE
from newsletter.audience.transfer.report import Report
from newsletter.audience.transfer.rows import Chunk, SubscriberFile
from newsletter.audience.transfer.undoing import why_not
from newsletter.audience.transfer.writing import write

logger = logging.getLogger(__name__)
State = SubscriberImport.State
TRIES = 3
REPORT_OF = {State.CHECKING: "check", State.IMPORTING: "done"}


class NotOursAnyMore(Exception):
    """It was stopped, or somebody else works on it."""


def run(import_id: int, *, language: str | None = None) -> None:
    """Does what the import's state asks for, to its end; nothing where another works on it already.

    `language` is that of the reasons it writes down. Harmless any number of times. Raises what went wrong unforeseen,
    once the import says so.
    """
    owner = uuid4()
    claimed = (
        SubscriberImport.objects.filter(pk=import_id, state__in=SubscriberImport.WORKING)
        .filter(Q(owner=None) | Q(lease_until__lt=timezone.now()))
        .update(owner=owner, lease_until=timezone.now() + LEASE)
    )
    if not claimed:
        return
    record = SubscriberImport.objects.select_related("newsletter").get(pk=import_id)
    steps = {State.CHECKING: _check, State.IMPORTING: _import, State.UNDOING: _undo}
    with translation.override(language or translation.get_language()), _collecting_by_hand():
        try:
            steps[State(record.state)](record, owner)
        except NotOursAnyMore:
            return
        except FileFault as fault:
            _give_up(record, owner, str(fault))
        except Exception as error:
            _give_up(record, owner, _("Something went wrong: %(error)s") % {"error": type(error).__name__})
            raise


@contextmanager
def _collecting_by_hand() -> Iterator[None]:
    """Hundreds of thousands of rows are made and dropped, none in a cycle: to look for some among them all the time takes a
    tenth of an import. Each chunk ends with a look at what it left."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _guarded(record: SubscriberImport, us: UUID, /, **values: object) -> None:
    """Writes to the import's row if it is still ours in the state it had. Raises NotOursAnyMore."""
    lease = {} if "state" in values else {"lease_until": timezone.now() + LEASE}
    if not SubscriberImport.objects.filter(pk=record.pk, owner=us, state=record.state).update(
        **lease, **values
    ):
        raise NotOursAnyMore


def _finish(record: SubscriberImport, owner: UUID, state: State, **values: object) -> None:
    _guarded(record, owner, state=state, owner=None, lease_until=None, **values)


def _give_up(record: SubscriberImport, owner: UUID, fault: str) -> None:
    """What was done stays done; a person decides what becomes of it."""
    after = {State.CHECKING: State.FAILED, State.IMPORTING: State.STOPPED, State.UNDOING: State.STOPPED}
    SubscriberImport.objects.filter(pk=record.pk, owner=owner).update(
        state=after[State(record.state)], fault=fault, owner=None, lease_until=None
    )


def _check(record: SubscriberImport, owner: UUID) -> None:
    # It writes nothing to the list, so it begins at the beginning each time.
    file = SubscriberFile(record, now=timezone.now())
    if unknown := file.unknown_newsletters():
        raise FileFault(
            _(
                "it speaks of newsletters that do not exist here: %(names)s. Create them first, with these short names."
            )
            % {"names": ", ".join(unknown)},
            file=record.file_name,
        )
    report = Report(notes=file.notes)
    position = 0
    for chunk in file.chunks():
        report.add(chunk, decide(chunk.people))
        report.note_unknown(file.vocabulary.unknown)
        position = chunk.position
        _guarded(record, owner, position=position, report={"check": report.stored()})
        gc.collect(1)
    _finish(record, owner, State.CHECKED, position=0, rows=position, report={"check": report.stored()})


def _import(record: SubscriberImport, owner: UUID) -> None:
    file = SubscriberFile(record, now=timezone.now())
    report = Report.read(record.report.get("done", {}))
    for chunk in file.chunks(after=record.position):
        _write_chunk(chunk, record, owner, report)
        gc.collect(1)
    _finish(record, owner, State.IMPORTED, finished_at=timezone.now())


def _write_chunk(chunk: Chunk, record: SubscriberImport, owner: UUID, report: Report) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                # The row first: whoever presses Stop, or took over, is either before this chunk or after it.
                _guarded(record, owner, position=chunk.position)
                now = timezone.now()
                decisions = decide(chunk.people, locked=True)
                journal, to_ask = write(decisions, record=record, now=now)
                _note(chunk, record, now, journal, to_ask)
                told = Report.read(report.stored())
                told.add(chunk, decisions)
                _guarded(record, owner, report={**record.report, "done": told.stored()})
        except IntegrityError:
            # Somebody signed up with one of these addresses at the same moment; now they are known.
            if attempt == TRIES:
                raise
        else:
            report.__dict__.update(told.__dict__)
            return


def _note(chunk: Chunk, record: SubscriberImport, now: datetime, journal: Journal, to_ask: list[int]) -> None:
    ImportedChunk.objects.create(
        subscriber_import=record,
        position=chunk.position,
        written_at=now,
        journal=journal.stored(),
        to_ask=to_ask,
    )


def _undo(record: SubscriberImport, owner: UUID) -> None:
    stayed = record.report.get("stayed", 0)
    while chunk := record.chunks.order_by("-position").first():
        with transaction.atomic():
            _guarded(record, owner)
            if words := why_not(Journal(**chunk.journal).people(), since=chunk.written_at):
                raise FileFault(words)
            stayed += undo_chunk(chunk, record)
            left = record.chunks.order_by("-position").values_list("position", flat=True).first() or 0
            _guarded(record, owner, report={**record.report, "stayed": stayed}, position=left)
    _finish(record, owner, State.UNDONE, finished_at=timezone.now())
