"""Taking a batch: under a lease, within the pace, and only while its mailing is sending."""

import os
import socket
import uuid
from datetime import datetime
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from newsletter.sending import timing
from newsletter.sending.models import Batch, Mailing, Sender, Variant
from newsletter.sending.pace import is_unlimited, place_in_line, sender_of, take
from newsletter.sending.recipients import count_people, deliveries_of
from newsletter.sending.tasks import send_batch, wake

OWNER = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"[:64]


def due(now: datetime) -> Q:
    return (
        Q(state=Batch.State.PENDING)
        | Q(state=Batch.State.DEFERRED, not_before__lte=now)
        | Q(state=Batch.State.UNKNOWN, is_repeat=True, not_before__lte=now)
    )


def claim(batch_id: int) -> Batch | None:
    """Takes the batch under a lease, or None: not due, taken by another worker, no room in the pace, or its mailing
    is not sending."""
    now = timezone.now()
    waiting = Batch.objects.filter(due(now), pk=batch_id, mailing__state=Mailing.State.SENDING)
    seen = waiting.select_related("mailing__newsletter").first()
    if seen is None:
        return None
    sender = sender_of(seen.mailing.newsletter)
    paced = not is_unlimited(sender, now)
    with transaction.atomic():
        if paced:
            # A piece cut off now must not escape a cancel: the mailing before the batch, as everybody does who
            # changes both.
            Mailing.objects.select_for_update(of=("self",)).get(pk=seen.mailing_id)
        batch = waiting.select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked, of=("self",)
        ).first()
        if batch is None or (paced and not _fits_the_pace(batch, sender=sender, now=now)):
            return None
        batch.state, batch.owner, batch.lease_until = Batch.State.CLAIMED, OWNER, now + timing.LEASE
        batch.save(update_fields=["state", "owner", "lease_until", "updated_at"])
    batch.mailing, batch.variant = seen.mailing, version(batch.variant_id, mailing_key=seen.mailing.key)
    return batch


@lru_cache(maxsize=4)
def version(pk: int, *, mailing_key: uuid.UUID) -> Variant:
    """Rendered once, it never changes, and one batch after another is made of it.

    The mailing's key tells it from what had the same number in another database.
    """
    return Variant.objects.get(pk=pk)


def state_before_claim(batch: Batch) -> str:
    """Where a claimed batch goes back to: one that may have been accepted already stays in doubt."""
    return Batch.State.UNKNOWN if batch.is_repeat else Batch.State.PENDING


def _fits_the_pace(batch: Batch, *, sender: Sender, now: datetime) -> bool:
    """Whether the batch, or what it was cut down to, may go now; otherwise it waits for its turn."""
    allowance = take(sender.pk, batch.people, now=now)
    if allowance.again_at is None:
        return True
    if batch.is_repeat or allowance.people == 0:
        # The same call as before cannot be cut.
        _wait(batch, sender=sender, again_at=allowance.again_at)
        return False
    _cut(batch, allowance.people, sender=sender, again_at=allowance.again_at)
    return True


def _wait(batch: Batch, *, sender: Sender, again_at: datetime) -> None:
    batch.not_before = _turn(batch, batch.people, sender=sender, again_at=again_at)
    if not batch.is_repeat:
        batch.state = Batch.State.DEFERRED
    batch.save(update_fields=["state", "not_before", "updated_at"])
    wake(send_batch, batch.pk, not_before=batch.not_before)


def _turn(batch: Batch, people: int, *, sender: Sender, again_at: datetime) -> datetime:
    last = Batch.objects.filter(mailing=batch.mailing_id, state=Batch.State.DEFERRED).aggregate(
        last=Max("not_before")
    )["last"]
    return place_in_line(sender, people, last=last, again_at=again_at)


def _cut(batch: Batch, people: int, *, sender: Sender, again_at: datetime) -> None:
    """Keeps the first `people` of the batch; the others become a batch of their own that waits."""
    first_of_the_rest = deliveries_of(batch).order_by("pk").values_list("pk", flat=True)[people:].first()
    if first_of_the_rest is None:
        return
    rest = Batch(
        mailing_id=batch.mailing_id,
        variant_id=batch.variant_id,
        first_delivery=first_of_the_rest,
        last_delivery=batch.last_delivery,
        state=Batch.State.DEFERRED,
        # It goes on right behind what was cut off, before those that wait in line.
        not_before=again_at,
        attempts=batch.attempts,
    )
    batch.last_delivery = first_of_the_rest - 1
    # Another call than the one the service may have seen.
    batch.attempt_key, batch.begun_at = None, None
    for piece in (batch, rest):
        count_people(piece)
    batch.save(update_fields=["last_delivery", "size", "left_out", "refused", "attempt_key", "begun_at"])
    rest.save()
    wake(send_batch, rest.pk, not_before=rest.not_before)
