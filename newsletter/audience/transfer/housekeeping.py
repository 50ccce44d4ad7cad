"""By the clock: imports whose worker died are gone on with, people are asked to confirm, and files are forgotten."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from newsletter.audience.models import ImportedChunk, SubscriberImport
from newsletter.audience.tasks import answer_sign_up
from newsletter.audience.transfer import files
from newsletter.audience.transfer.limits import ASKED_PER_MINUTE, LEASE, UNDO_FOR, UNUSED_FOR
from newsletter.audience.transfer.tasks import work_on_import

State = SubscriberImport.State


def look_after_imports() -> None:
    """Once a minute."""
    wake_abandoned_imports()
    ask_to_confirm()


def wake_abandoned_imports() -> int:
    """Wakes imports nobody works on: a worker was killed, or a wake-up lost. Returns how many."""
    now = timezone.now()
    working = SubscriberImport.objects.filter(state__in=SubscriberImport.WORKING)
    abandoned = list(working.filter(lease_until__lt=now).values_list("pk", flat=True))
    for key in abandoned:
        # Time to be found in the queue, before it is taken for lost again.
        if working.filter(pk=key, lease_until__lt=now).update(owner=None, lease_until=now + LEASE):
            work_on_import.enqueue(key)
    working.filter(lease_until=None).update(lease_until=now + LEASE)
    return len(abandoned)


def ask_to_confirm() -> int:
    """Has the next people asked whether they want to be on the list. Returns how many.

    A few each minute: whoever signs up on the site meanwhile does not wait behind an imported list.
    """
    with transaction.atomic():
        waiting = (
            ImportedChunk.objects.exclude(to_ask=[])
            .filter(subscriber_import__state__in=[State.IMPORTING, State.IMPORTED])
            .order_by("pk")
            .select_for_update(of=("self",))
            .first()
        )
        if waiting is None:
            return 0
        now, later = waiting.to_ask[:ASKED_PER_MINUTE], waiting.to_ask[ASKED_PER_MINUTE:]
        ImportedChunk.objects.filter(pk=waiting.pk).update(to_ask=later)
        for subscription_id in now:
            answer_sign_up.enqueue(subscription_id)
        return len(now)


def forget_imports() -> int:
    """Deletes files, reports and journals whose time is over; what was imported, when and by whom stays known.

    Returns how many imports were forgotten. Once a day.
    """
    now = timezone.now()
    unused = SubscriberImport.objects.filter(
        state__in=[State.UPLOADED, State.CHECKED, State.FAILED], created_at__lt=now - UNUSED_FOR
    )
    forgotten = unused.delete()[0]
    over = SubscriberImport.objects.filter(
        Q(state=State.UNDONE) | Q(state__in=[State.IMPORTED, State.STOPPED], started_at__lt=now - UNDO_FOR)
    )
    for record in over:
        if not any("lines" in told for told in record.report.values() if isinstance(told, dict)):
            continue
        with transaction.atomic():
            # How many of each stays; whom it was about does not, but for those who are still to be asked.
            record.chunks.filter(to_ask=[]).delete()
            record.chunks.update(journal={})
            counts = {
                part: {"counts": told["counts"]}
                for part, told in record.report.items()
                if part in {"check", "done"}
            }
            SubscriberImport.objects.filter(pk=record.pk).update(report=counts)
        forgotten += 1
    kept = SubscriberImport.objects.exclude(pk__in=over.values("pk")).values_list("key", flat=True)
    files.forget_strays({str(key) for key in kept})
    return forgotten
