"""Called by the clock: puts right what dead workers left. Safe to run twice at once."""

import logging
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from newsletter.sending.models import Batch, Mailing
from newsletter.sending.settling import Piece, finish_if_done, split
from newsletter.sending.tasks import prepare_mailing, send_batch, wake

logger = logging.getLogger(__name__)

# A wake-up that has not been answered for so long was lost with its worker.
FORGOTTEN = timedelta(minutes=10)
# A batch in doubt may still be settled by the mail service's own report; after this a person is asked.
PARK_AFTER = timedelta(minutes=30)
# Stored as it is; the screen translates it.
WORKER_DIED = gettext_noop("The worker died while sending.")


def sweep() -> None:
    now = timezone.now()
    release_expired_claims(now)
    doubt_expired_submissions(now)
    wake_the_forgotten(now)
    Batch.objects.filter(state=Batch.State.UNKNOWN, updated_at__lt=now - PARK_AFTER).update(
        state=Batch.State.PARKED
    )
    for pk in Mailing.objects.filter(state=Mailing.State.SENDING).values_list("pk", flat=True):
        finish_if_done(pk)


def release_expired_claims(now: datetime) -> None:
    """Claimed but never submitted: nothing went out, it may be sent by anybody."""
    expired = Batch.objects.filter(state=Batch.State.CLAIMED, lease_until__lt=now)
    for pk in list(expired.values_list("pk", flat=True)):
        if expired.filter(pk=pk).update(state=Batch.State.PENDING, owner="", lease_until=None):
            logger.warning("Batch %s: its worker died before sending; it waits again.", pk)
            wake(send_batch, pk)


def doubt_expired_submissions(now: datetime) -> None:
    """Being sent when the worker died: the service may have taken it. Never sent again by itself."""
    for batch in Batch.objects.filter(state=Batch.State.SUBMITTING, lease_until__lt=now):
        logger.warning("Batch %s: its worker died while sending.", batch.pk)
        if batch.in_flight is not None:
            split(
                batch,
                done=batch.done_up_to,
                in_doubt=batch.in_flight,
                rest=Piece(Batch.State.PENDING),
                fault=WORKER_DIED,
            )
        else:
            Batch.objects.filter(
                pk=batch.pk, state=Batch.State.SUBMITTING, attempt_key=batch.attempt_key, lease_until__lt=now
            ).update(state=Batch.State.UNKNOWN, updated_at=now, fault=WORKER_DIED)


def wake_the_forgotten(now: datetime) -> None:
    """Work whose wake-up got lost: a task marked running by a dead worker is never run again."""
    waiting = Batch.objects.filter(
        mailing__state=Mailing.State.SENDING,
        state__in=[Batch.State.PENDING, Batch.State.DEFERRED],
        updated_at__lt=now - FORGOTTEN,
    ).exclude(not_before__gt=now)
    for pk in list(waiting.values_list("pk", flat=True)):
        if waiting.filter(pk=pk).update(updated_at=now, state=F("state")):
            wake(send_batch, pk)
    stuck = Mailing.objects.filter(state=Mailing.State.PREPARING, started_at__lt=now - FORGOTTEN)
    for pk in list(stuck.values_list("pk", flat=True)):
        if stuck.filter(pk=pk).update(started_at=now):
            wake(prepare_mailing, pk)
