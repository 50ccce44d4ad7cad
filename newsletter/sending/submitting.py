"""One batch, from claim to outcome. The story of a send is read here from top to bottom.

What guards against doubles: the attempt is committed before anything goes out, every later change of the batch is
guarded by it, and a call whose result nobody knows is never made again by itself, unless the service itself knows a
repeated call when it sees one.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence

from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletter.sending import timing
from newsletter.sending.claiming import OWNER, claim, state_before_claim
from newsletter.sending.cutting import divide, halve, set_aside, split
from newsletter.sending.dialects import Dialect, configured_dialect, result_of_error
from newsletter.sending.halting import FEWEST_REJECTED, halt_if_too_many
from newsletter.sending.messages import Envelope, batch_message, single_message
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.recipients import Recipient, leave_out, recipients_of
from newsletter.sending.settling import Piece, finish_if_done, give_up_repeating, refuse, settle
from newsletter.sending.transport import Deadline, Line, line

logger = logging.getLogger(__name__)

# After so many recipients in a row were told "later", the server means everybody.
MOST_SET_ASIDE = 5


def work(batch_id: int) -> None:
    """Sends one batch if it is there to be sent; otherwise nothing."""
    batch = claim(batch_id)
    if batch is None:
        return
    recipients, departed = recipients_of(batch)
    dialect = configured_dialect()
    if batch.is_repeat and departed:
        give_up_repeating(batch)
    elif not recipients:
        settle_empty(batch, departed)
    elif dialect is not None:
        for half in submit_as_one(batch, recipients, departed=departed, dialect=dialect, line=line()):
            # One after the other and down to the end: a service that turns down everything shows itself soon.
            work(half.pk)
    else:
        submit_one_by_one(batch, recipients, departed=departed, line=line())
    finish_if_done(batch.mailing_id)


def settle_empty(batch: Batch, departed: Mapping[int, str]) -> None:
    """Everybody in it has left since the snapshot."""
    with transaction.atomic():
        left_out = leave_out(batch, departed)
        settled = Batch.objects.filter(pk=batch.pk, state=Batch.State.CLAIMED, owner=OWNER).update(
            state=Batch.State.ACCEPTED, left_out=F("left_out") + left_out, owner="", lease_until=None
        )
        if not settled:
            transaction.set_rollback(True)


def begin(batch: Batch, departed: Mapping[int, str], *, in_flight: int | None = None) -> Deadline | None:
    """Commits the attempt, and who is left out of it. Returns its deadline; None: the batch is not ours (any more).

    `in_flight`: the first of single messages, so that a death right after this doubts nobody else.
    """
    now, deadline = timezone.now(), Deadline.from_now()
    with transaction.atomic():
        left_out = leave_out(batch, departed)
        # The mailing in a subquery of its own: conditions on the batch must be those of the row that is updated.
        begun = Batch.objects.filter(
            pk=batch.pk,
            state=Batch.State.CLAIMED,
            owner=OWNER,
            lease_until__gt=now,
            attempts=batch.attempts,
            mailing__in=sending(batch),
        ).update(
            state=Batch.State.SUBMITTING,
            attempt_key=batch.attempt_key,
            attempts=F("attempts") + 1,
            begun_at=Coalesce("begun_at", now),
            in_flight=in_flight,
            done_up_to=None,
            left_out=F("left_out") + left_out,
            lease_until=now + timing.LEASE,
            not_before=None,
        )
        if not begun:
            transaction.set_rollback(True)
    if begun:
        batch.attempts += 1
        batch.left_out += left_out
        batch.begun_at = batch.begun_at or now
        return deadline
    # Paused between claim and call: back to where it was; an expired lease is the sweep's.
    Batch.objects.filter(pk=batch.pk, state=Batch.State.CLAIMED, owner=OWNER, lease_until__gt=now).update(
        state=state_before_claim(batch)
    )
    return None


def sending(batch: Batch) -> QuerySet[Mailing]:
    return Mailing.objects.filter(pk=batch.mailing_id, state=Mailing.State.SENDING)


def submit_as_one(
    batch: Batch,
    recipients: Sequence[Recipient],
    *,
    departed: Mapping[int, str],
    dialect: Dialect,
    line: Line,
) -> list[Batch]:
    """One call for all of them. It is made again only under the same key, and only when nothing was accepted.

    Returns the halves that are to be tried for themselves, when the service turned the call down.
    """
    message = batch_message(
        Envelope.of(batch.mailing, batch.variant),
        recipients=recipients,
        dialect=dialect,
        connection=line.backend,
    )
    batch.attempt_key = batch.attempt_key or uuid.uuid4()
    message = dialect.stamp(message, batch.attempt_key)
    deadline = begin(batch, departed)
    if deadline is None:
        return []
    try:
        line.send(message, deadline=deadline)
    except Exception as error:
        result = result_of_error(error)
        logger.warning("Batch %s: %s (%s)", batch.pk, result.verdict, result.fault)
    else:
        result = accepted(message.anymail_status)
    if result.knows_the_key and not batch.is_repeat:
        # No call was ever made under this key, so it is not the key that the service means.
        result = Result(Verdict.REJECTED, fault=result.fault)
    if result.verdict is Verdict.REJECTED and not batch.is_repeat and (halves := halve(batch, result)):
        return halves
    if result.later:
        divide(batch, result, recipients=recipients)
    else:
        settle(batch, result, recipients=recipients)
    return []


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


def submit_one_by_one(
    batch: Batch, recipients: Sequence[Recipient], *, departed: Mapping[int, str], line: Line
) -> None:
    """A message each, over one kept connection, with the high-water mark committed between them."""
    batch.attempt_key = uuid.uuid4()
    envelope = Envelope.of(batch.mailing, batch.variant)
    if begin(batch, departed, in_flight=recipients[0].delivery_id) is None:
        return
    done: int | None = None
    taken = turned_down = put_off = 0
    for recipient in recipients:
        try:
            message = single_message(envelope, recipient=recipient, connection=line.backend)
        except Exception as error:
            logger.exception(
                "Batch %s: no message could be made for delivery %s", batch.pk, recipient.delivery_id
            )
            stop_at(
                batch, recipient, Result(Verdict.HALT, fault=f"{type(error).__name__}: {error}"), done=done
            )
            return
        deadline = mark(batch, done=done, in_flight=recipient.delivery_id)
        if deadline is None:
            # Paused, cancelled or taken from us: what was not started waits.
            split(batch, done=done, rest=Piece(Batch.State.PENDING))
            return
        result = handed_over(line, message, deadline=deadline)
        if result.verdict is Verdict.ACCEPTED:
            taken, put_off = taken + 1, 0
        elif result.verdict is Verdict.REJECTED:
            refuse(batch, {recipient.delivery_id: result.fault})
            turned_down += 1
            if turned_down % FEWEST_REJECTED == 0:
                halt_if_too_many(batch.mailing_id, besides=taken)
        elif result.is_about_one and len(recipients) == 1 and batch.attempts >= timing.MOST_TRIES:
            refuse(batch, {recipient.delivery_id: result.fault}, outcome=Delivery.Outcome.NOT_TAKEN)
        elif result.is_about_one and recipient is not recipients[-1] and put_off < MOST_SET_ASIDE - 1:
            put_off += 1
            if not set_aside(batch, recipient.delivery_id, result):
                return
            # What was done before stands in a batch of its own now.
            done = None
            continue
        else:
            stop_at(batch, recipient, result, done=done)
            return
        done = recipient.delivery_id
    settle(batch, Result(Verdict.ACCEPTED))


def handed_over(line: Line, message: EmailMessage, *, deadline: Deadline) -> Result:
    try:
        line.send(message, deadline=deadline)
    except Exception as error:
        return result_of_error(error)
    return Result(Verdict.ACCEPTED)


MARK = """
UPDATE sending_batch SET done_up_to = %(done)s, in_flight = %(in_flight)s, lease_until = %(lease_until)s
WHERE id = %(batch)s AND state = 'submitting' AND attempts = %(attempt)s AND lease_until > %(now)s
AND EXISTS (SELECT 1 FROM sending_mailing WHERE id = %(mailing)s AND state = 'sending')
"""


def mark(batch: Batch, *, done: int | None, in_flight: int) -> Deadline | None:
    """One commit between two messages: the one before is done, this one may be on the wire."""
    now, deadline = timezone.now(), Deadline.from_now()
    time_of = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        # In SQL: composing it anew takes Django longer than the database takes to do it, a thousand times a second.
        cursor.execute(
            MARK,
            {
                "done": done,
                "in_flight": in_flight,
                "lease_until": time_of(now + timing.LEASE),
                "now": time_of(now),
                "batch": batch.pk,
                "attempt": batch.attempts,
                "mailing": batch.mailing_id,
            },
        )
        return deadline if cursor.rowcount else None


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
        split(batch, done=done, rest=Piece.after(result, attempts=batch.attempts), result=result)
