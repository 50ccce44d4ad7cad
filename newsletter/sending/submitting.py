"""One batch, from claim to outcome. The story of a send is read here from top to bottom.

What guards against doubles: the attempt key is committed before anything goes out, every later change of the
batch is guarded by it, and a call whose result nobody knows is never made again by itself.
"""

import logging
import os
import socket
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from newsletter.sending.dialects import Dialect, configured_dialect
from newsletter.sending.messages import batch_message, single_message
from newsletter.sending.models import Batch, Mailing
from newsletter.sending.outcomes import Result, Verdict, result_of_error
from newsletter.sending.recipients import Recipient, leave_out_the_departed, recipients_of
from newsletter.sending.settling import Piece, finish_if_done, refuse, settle, split

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
OWNER = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"[:64]


def work(batch_id: int) -> None:
    """Sends one batch if it is there to be sent; otherwise nothing."""
    batch = claim(batch_id)
    if batch is None:
        return
    recipients = recipients_of(batch)
    dialect = configured_dialect()
    if not recipients:
        settle_empty(batch)
    elif dialect is not None:
        submit_as_one(batch, recipients, dialect=dialect, backend=get_connection())
    else:
        submit_one_by_one(batch, recipients, backend=get_connection())
    finish_if_done(batch.mailing_id)


def claim(batch_id: int) -> Batch | None:
    """Takes the batch under a lease, or None: not due, taken by another worker, or its mailing is not sending."""
    now = timezone.now()
    with transaction.atomic():
        batch = (
            Batch.objects.select_for_update(
                skip_locked=connection.features.has_select_for_update_skip_locked, of=("self",)
            )
            .select_related("mailing__newsletter", "variant")
            .filter(
                Q(state=Batch.State.PENDING) | Q(state=Batch.State.DEFERRED, not_before__lte=now),
                pk=batch_id,
                mailing__state=Mailing.State.SENDING,
            )
            .first()
        )
        if batch is None:
            return None
        batch.left_out += leave_out_the_departed(batch)
        batch.state, batch.owner, batch.lease_until = Batch.State.CLAIMED, OWNER, now + LEASE
        batch.save(update_fields=["left_out", "state", "owner", "lease_until", "updated_at"])
    return batch


def settle_empty(batch: Batch) -> None:
    """Everybody in it has left since the snapshot."""
    Batch.objects.filter(pk=batch.pk, state=Batch.State.CLAIMED, owner=OWNER).update(
        state=Batch.State.ACCEPTED
    )


def begin(batch: Batch) -> float | None:
    """Commits the attempt key. Returns the monotonic moment by which the call must have begun; None: not ours."""
    batch.attempt_key, now = uuid.uuid4(), timezone.now()
    deadline = time.monotonic() + LEASE.total_seconds() / 2
    won = Batch.objects.filter(
        pk=batch.pk,
        state=Batch.State.CLAIMED,
        owner=OWNER,
        lease_until__gt=now,
        mailing__state=Mailing.State.SENDING,
    ).update(
        state=Batch.State.SUBMITTING,
        attempt_key=batch.attempt_key,
        attempts=F("attempts") + 1,
        lease_until=now + LEASE,
    )
    if won:
        return deadline
    # Paused between claim and call: back to where it was; an expired lease is the sweep's.
    Batch.objects.filter(pk=batch.pk, state=Batch.State.CLAIMED, owner=OWNER, lease_until__gt=now).update(
        state=Batch.State.PENDING
    )
    return None


def submit_as_one(
    batch: Batch, recipients: Sequence[Recipient], *, dialect: Dialect, backend: BaseEmailBackend
) -> None:
    message = batch_message(
        mailing=batch.mailing,
        variant=batch.variant,
        recipients=recipients,
        dialect=dialect,
        connection=backend,
    )
    deadline = begin(batch)
    if deadline is None:
        return
    if time.monotonic() > deadline:
        # This process was asleep between commit and call; nothing has been written to any socket.
        settle(batch, Result(Verdict.DEFERRED, fault="The worker was suspended before it could send."))
        return
    try:
        backend.send_messages([message])
    except Exception as error:
        result = result_of_error(error)
        logger.warning("Batch %s: %s (%s)", batch.pk, result.verdict, result.fault)
    else:
        result = accepted(message.anymail_status)
    settle(batch, result, recipients=recipients)


def accepted(status: object) -> Result:
    """Anymail's status of a call that did not raise: accepted but for the recipients it names as turned down."""
    refused = {
        address: recipient.status
        for address, recipient in (getattr(status, "recipients", None) or {}).items()
        if recipient.status in {"invalid", "rejected", "failed"}
    }
    message_id = getattr(status, "message_id", None)
    shared = message_id if isinstance(message_id, str) else ""
    return Result(Verdict.ACCEPTED, message_id=shared[:250], refused=refused)


def submit_one_by_one(batch: Batch, recipients: Sequence[Recipient], *, backend: BaseEmailBackend) -> None:
    """A message each, over one kept connection, with the high-water mark committed between them."""
    if begin(batch) is None:
        return
    done: int | None = None
    try:
        for recipient in recipients:
            if not mark(batch, done=done, in_flight=recipient.delivery_id):
                # Paused, cancelled or taken from us: what was not started waits.
                split(batch, done=done, rest=Piece(Batch.State.PENDING))
                return
            result = send_single(batch, recipient, backend=backend)
            if result.verdict is Verdict.REJECTED:
                refuse(batch, {recipient.delivery_id: result.fault})
            elif result.verdict is not Verdict.ACCEPTED:
                stop_at(batch, recipient, result, done=done)
                return
            done = recipient.delivery_id
    finally:
        backend.close()
    settle(batch, Result(Verdict.ACCEPTED))


def mark(batch: Batch, *, done: int | None, in_flight: int) -> bool:
    """One commit between two messages: the one before is done, this one may be on the wire."""
    return bool(
        Batch.objects.filter(
            pk=batch.pk,
            state=Batch.State.SUBMITTING,
            attempt_key=batch.attempt_key,
            lease_until__gt=timezone.now(),
            mailing__state=Mailing.State.SENDING,
        ).update(done_up_to=done, in_flight=in_flight, lease_until=timezone.now() + LEASE)
    )


def send_single(batch: Batch, recipient: Recipient, *, backend: BaseEmailBackend) -> Result:
    try:
        backend.open()
        single_message(
            mailing=batch.mailing, variant=batch.variant, recipient=recipient, connection=backend
        ).send()
    except Exception as error:
        backend.close()  # after an error a kept SMTP connection is dead
        return result_of_error(error)
    return Result(Verdict.ACCEPTED)


def stop_at(batch: Batch, recipient: Recipient, result: Result, *, done: int | None) -> None:
    """The batch ends before this recipient: what was done is accepted, this one in doubt or waiting like the rest."""
    logger.warning("Batch %s stopped at delivery %s: %s", batch.pk, recipient.delivery_id, result.fault)
    if result.verdict is Verdict.UNKNOWN:
        split(
            batch,
            done=done,
            in_doubt=recipient.delivery_id,
            rest=Piece(Batch.State.PENDING),
            fault=result.fault,
        )
    elif done is None:
        settle(batch, result)
    else:
        split(batch, done=done, rest=Piece.after(result, attempts=batch.attempts), fault=result.fault)
    if result.verdict is Verdict.HALT and done is not None:
        Mailing.objects.filter(pk=batch.mailing_id, state=Mailing.State.SENDING).update(
            state=Mailing.State.PAUSED, fault=result.fault
        )
