"""Whether an import may still be undone. Other rooms have a say: register_undo_check()."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.models import SubscriberImport
from newsletter.audience.transfer.journal import Journal
from newsletter.audience.transfer.limits import UNDO_FOR

# Given subscribers' primary keys and the moment they were imported: why not, in words; empty when nothing speaks against.
UndoCheck = Callable[[Sequence[int], datetime], str]

UNDO_CHECKS: list[UndoCheck] = []


def register_undo_check(check: UndoCheck) -> None:
    if check not in UNDO_CHECKS:
        UNDO_CHECKS.append(check)


def why_not(people: Sequence[int], *, since: datetime) -> str:
    return next((words for check in UNDO_CHECKS if (words := check(people, since))), "")


def why_not_undone(record: SubscriberImport) -> str:
    """In words why the import stays as it is; empty when it may be undone. Asks every room about everybody."""
    if record.started_at is None:
        return _("Nothing was imported.")
    if timezone.now() > record.started_at + UNDO_FOR:
        return _("An import can be undone for %(days)s days. That is over.") % {"days": UNDO_FOR.days}
    for journal in record.chunks.values_list("journal", flat=True).iterator(chunk_size=10):
        if words := why_not(Journal(**journal).people(), since=record.started_at):
            return words
    return ""
