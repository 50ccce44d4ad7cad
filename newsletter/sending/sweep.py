"""Called by the clock: puts right what dead workers left. Safe to run twice at once."""

import logging
import time
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from newsletter.sending import timing
from newsletter.sending.claiming import due, state_before_claim
from newsletter.sending.cutting import split
from newsletter.sending.halting import halt_if_too_many
from newsletter.sending.models import Batch, Mailing
from newsletter.sending.pace import forget_old_slots
from newsletter.sending.reconciling import ask_the_record, to_be_asked
from newsletter.sending.settling import (
    Piece,
    finish_if_done,
    in_doubt,
    in_mailing,
    of_this_attempt,
    prove_by_reports,
)
from newsletter.sending.tasks import prepare_mailing, send_batch, wake

logger = logging.getLogger(__name__)

# Questions to the mail service in one sweep, and seconds for them; the others are asked in the next. Meanwhile the
# clock does nothing else.
ASKED_AT_ONCE = 20
ASKED_FOR = 40.0
# Stored as it is; the screen translates it.
WORKER_DIED = gettext_noop("The worker died while sending.")


def sweep() -> None:
    now = timezone.now()
    release_expired_claims(now)
    doubt_expired_submissions(now)
    rescue_stuck_tasks(now)
    wake_the_forgotten(now)
    settle_by_record(now)
    park_the_doubtful(now)
    forget_old_slots(now)
    for pk in Mailing.objects.filter(state=Mailing.State.SENDING).values_list("pk", flat=True):
        if not halt_if_too_many(pk):
            finish_if_done(pk)


def release_expired_claims(now: datetime) -> None:
    """Claimed but never submitted: nothing went out, it may be sent by anybody."""
    expired = Batch.objects.filter(state=Batch.State.CLAIMED, lease_until__lt=now)
    for batch in expired.iterator():
        if expired.filter(pk=batch.pk).update(
            state=state_before_claim(batch), owner="", lease_until=None, updated_at=now
        ):
            logger.warning("Batch %s: its worker died before sending; it waits again.", batch.pk)
            wake(send_batch, batch.pk)


def doubt_expired_submissions(now: datetime) -> None:
    """Being sent when the worker died: the service may have taken it. Never sent again by itself, unless the service
    knows a repeated call."""
    for batch in Batch.objects.filter(state=Batch.State.SUBMITTING, lease_until__lt=now).iterator():
        logger.warning("Batch %s: its worker died while sending.", batch.pk)
        if batch.in_flight is not None:
            split_expired(batch, now)
            continue
        with transaction.atomic():
            piece = in_mailing(batch, in_doubt(batch))
            doubted = (
                of_this_attempt(batch)
                .filter(state=Batch.State.SUBMITTING, lease_until__lt=now, in_flight=None)
                .update(
                    state=piece.state,
                    is_repeat=piece.is_repeat,
                    not_before=piece.not_before,
                    owner="",
                    lease_until=None,
                    updated_at=now,
                    fault=WORKER_DIED,
                )
            )
            if doubted:
                prove_by_reports(batch)
            if doubted and piece.not_before is not None:
                wake(send_batch, batch.pk, not_before=piece.not_before)


def split_expired(batch: Batch, now: datetime) -> None:
    """A batch of single messages, cut where its worker left it, as the row says now and not when it was looked up:
    a worker that is alive after all has gone on meanwhile."""
    with transaction.atomic():
        Mailing.objects.select_for_update(of=("self",)).get(pk=batch.mailing_id)
        current = (
            Batch.objects.select_for_update()
            .filter(pk=batch.pk, state=Batch.State.SUBMITTING, lease_until__lt=now)
            .first()
        )
        if current is None:
            return
        split(
            current,
            done=current.done_up_to,
            in_doubt=current.in_flight,
            rest=Piece(Batch.State.PENDING),
            fault=WORKER_DIED,
        )


def rescue_stuck_tasks(now: datetime) -> None:
    """The queue in the database believes that a killed worker is still running its task. Every task of ours may come
    twice, so it is put back."""
    stuck = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - timing.STUCK)
    for task in stuck.iterator():
        if stuck.filter(pk=task.pk).update(status=TaskResultStatus.READY, started_at=None):
            logger.warning("Task %s (%s): its worker died; it is put back.", task.pk, task.task_path)


def wake_the_forgotten(now: datetime) -> None:
    """Work whose wake-up got lost."""
    lost_since = now - timing.FORGOTTEN
    waiting = Batch.objects.filter(
        mailing__in=Mailing.objects.filter(state=Mailing.State.SENDING),
        updated_at__lt=lost_since,
    ).filter(due(now))
    for pk in list(waiting.values_list("pk", flat=True)):
        if waiting.filter(pk=pk).update(updated_at=now, state=F("state")):
            wake(send_batch, pk)
    stuck = Mailing.objects.filter(state=Mailing.State.PREPARING, started_at__lt=lost_since)
    for pk in list(stuck.values_list("pk", flat=True)):
        if stuck.filter(pk=pk).update(started_at=now):
            wake(prepare_mailing, pk)


def settle_by_record(now: datetime) -> None:
    """Asks the mail service's own record about batches in doubt."""
    enough = time.monotonic() + ASKED_FOR
    # In any order: none waits behind others that the record knows nothing about.
    for batch in to_be_asked(now).order_by("?")[:ASKED_AT_ONCE]:
        if time.monotonic() > enough:
            return
        ask_the_record(batch, is_late=batch.updated_at < now - timing.PARK_AFTER)


def park_the_doubtful(now: datetime) -> None:
    """What nobody could prove goes to a person. A repeat that has not been made in time is none any more."""
    doubtful = Batch.objects.filter(state=Batch.State.UNKNOWN, updated_at__lt=now - timing.PARK_AFTER)
    doubtful.filter(is_repeat=False).update(state=Batch.State.PARKED)
    doubtful.filter(is_repeat=True, not_before__lt=now - timing.PARK_AFTER).update(
        state=Batch.State.PARKED, is_repeat=False, not_before=None
    )
