"""What became of a batch, written down. Every change is guarded by the attempt key it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.sending.models import Batch, Delivery, DeliveryEvent, Mailing
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.recipients import Recipient
from newsletter.sending.tasks import send_batch, wake

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


def pause_before_retry(attempts: int) -> timedelta:
    """30 s, doubling up to an hour."""
    return min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)


def settle(batch: Batch, result: Result, *, recipients: Sequence[Recipient] = ()) -> bool:
    """Writes the result. False when the batch is no longer this attempt's.

    A result that comes after the lease ran out still counts: `unknown` with the same attempt key is mended by it.
    """
    with transaction.atomic():
        if result.refused:
            by_address = {recipient.address: recipient.delivery_id for recipient in recipients}
            refuse(batch, {by_address[a]: words for a, words in result.refused.items() if a in by_address})
        ours = Batch.objects.filter(
            pk=batch.pk,
            attempt_key=batch.attempt_key,
            state__in=[Batch.State.SUBMITTING, Batch.State.UNKNOWN],
        )
        state, not_before = state_after(result, attempts=batch.attempts)
        state = state_in_mailing(batch.mailing_id, state)
        settled = ours.update(
            state=state,
            not_before=not_before,
            message_id=result.message_id,
            fault=result.fault,
            in_flight=None,
            owner="",
            lease_until=None,
            updated_at=timezone.now(),
        )
        if settled and state == Batch.State.UNKNOWN:
            prove_by_reports(batch)
        if settled and result.verdict is Verdict.HALT:
            Mailing.objects.filter(pk=batch.mailing_id, state=Mailing.State.SENDING).update(
                state=Mailing.State.PAUSED, fault=result.fault
            )
        if settled and state == Batch.State.DEFERRED:
            wake(send_batch, batch.pk, not_before=not_before)
    return bool(settled)


def prove_by_reports(batch: Batch) -> None:
    """A report of the mail service about one delivery proves that it took the call the delivery went out with."""
    if DeliveryEvent.objects.filter(
        delivery__mailing=batch.mailing_id,
        delivery__variant=batch.variant_id,
        delivery__pk__range=(batch.first_delivery, batch.last_delivery),
    ).exists():
        Batch.objects.filter(pk=batch.pk, state__in=[Batch.State.UNKNOWN, Batch.State.PARKED]).update(
            state=Batch.State.ACCEPTED
        )


def state_after(result: Result, *, attempts: int) -> tuple[str, datetime | None]:
    """The batch's next state, and not before when."""
    if result.verdict is Verdict.DEFERRED:
        pause = result.retry_after if result.retry_after is not None else pause_before_retry(attempts)
        return Batch.State.DEFERRED, timezone.now() + pause
    return {
        Verdict.ACCEPTED: Batch.State.ACCEPTED,
        Verdict.REJECTED: Batch.State.REJECTED,
        Verdict.HALT: Batch.State.PENDING,
        Verdict.UNKNOWN: Batch.State.UNKNOWN,
    }[result.verdict], None


def refuse(batch: Batch, reasons: Mapping[int, str]) -> None:
    """Deliveries the service turned down one by one; each leaves its batch's fate."""
    with transaction.atomic():
        refused = 0
        for delivery_id, words in reasons.items():
            refused += Delivery.objects.filter(pk=delivery_id, outcome="").update(
                outcome=Delivery.Outcome.REFUSED, reason=words[:250]
            )
        if refused:
            Batch.objects.filter(pk=batch.pk).update(refused=F("refused") + refused)


@dataclass(frozen=True)
class Piece:
    """What becomes of the rest of a batch that was stopped half-way."""

    state: str
    not_before: datetime | None = None

    @classmethod
    def after(cls, result: Result, *, attempts: int) -> Self:
        return cls(*state_after(result, attempts=attempts))


def split(
    batch: Batch, *, done: int | None, rest: Piece, in_doubt: int | None = None, fault: str = ""
) -> list[Batch]:
    """Cuts a batch of single messages where it stopped: accepted | in doubt | rest.

    `done` is the last accepted delivery, `in_doubt` one whose message may have gone out. Only this attempt may
    do it; returns the pieces, or nothing when the batch is no longer this attempt's.
    """
    with transaction.atomic():
        current = (
            Batch.objects.select_for_update()
            .filter(pk=batch.pk, attempt_key=batch.attempt_key, state=Batch.State.SUBMITTING)
            .first()
        )
        if current is None:
            return []
        middle = in_doubt if in_doubt is not None else done
        ranges = [
            (current.first_delivery, done, Piece(Batch.State.ACCEPTED)),
            (in_doubt, in_doubt, Piece(Batch.State.UNKNOWN)),
            (middle + 1 if middle is not None else current.first_delivery, current.last_delivery, rest),
        ]
        pieces = [
            piece for piece in (_piece(current, *entry, fault=fault) for entry in ranges) if piece is not None
        ]
        # A cancel that came meanwhile has the last word on what was not begun.
        for piece in pieces:
            piece.state = state_in_mailing(current.mailing_id, piece.state)
        current.delete()
        Batch.objects.bulk_create(pieces)
        for piece in pieces:
            if piece.state in (Batch.State.PENDING, Batch.State.DEFERRED):
                wake(send_batch, piece.pk, not_before=piece.not_before)
    return pieces


def _piece(batch: Batch, first: int | None, last: int | None, piece: Piece, *, fault: str) -> Batch | None:
    if first is None or last is None or first > last:
        return None
    counted = Delivery.objects.filter(
        pk__range=(first, last), mailing=batch.mailing_id, variant=batch.variant_id
    )
    size = counted.count()
    if not size:
        return None
    return Batch(
        mailing_id=batch.mailing_id,
        variant_id=batch.variant_id,
        first_delivery=first,
        last_delivery=last,
        size=size,
        left_out=counted.filter(outcome=Delivery.Outcome.SKIPPED).count(),
        refused=counted.filter(outcome=Delivery.Outcome.REFUSED).count(),
        state=piece.state,
        not_before=piece.not_before,
        attempts=batch.attempts,
        attempt_key=batch.attempt_key,
        fault="" if piece.state == Batch.State.ACCEPTED else fault,
    )


def finish_if_done(mailing_id: int) -> bool:
    """`sending` → `sent` once no batch is left to do; batches in doubt stay visible on a sent mailing."""
    unfinished = Batch.objects.filter(mailing=mailing_id, state__in=Batch.UNFINISHED)
    return bool(
        Mailing.objects.filter(pk=mailing_id, state=Mailing.State.SENDING)
        .filter(~Q(pk__in=unfinished.values("mailing")))
        .update(state=Mailing.State.SENT, finished_at=timezone.now())
    )


class DecisionRefused(Exception):
    """Nothing was changed. The message says why and what to do."""


def decide(batch: Batch, *, count_as_sent: bool) -> bool:
    """A person's word on a batch in doubt: count it as sent, or send it again. False when it was decided already.

    On a cancelled mailing nothing is sent again: the people count as left out. Raises DecisionRefused.
    """
    open_question = Batch.objects.filter(pk=batch.pk, state__in=[Batch.State.UNKNOWN, Batch.State.PARKED])
    if count_as_sent:
        return bool(open_question.update(state=Batch.State.ACCEPTED))
    try:
        with transaction.atomic():
            again = bool(open_question.update(state=state_in_mailing(batch.mailing_id, Batch.State.PENDING)))
            if again:
                Batch.objects.filter(pk=batch.pk).update(done_up_to=None, in_flight=None, attempt_key=None)
                Mailing.objects.filter(pk=batch.mailing_id, state=Mailing.State.SENT).update(
                    state=Mailing.State.SENDING, finished_at=None
                )
                wake(send_batch, batch.pk)
    except IntegrityError as error:
        # one_open_mailing_per_edition: reopening this one has to wait.
        raise DecisionRefused(
            _("Another sending of this edition is on its way. Decide again when it has finished.")
        ) from error
    return again


def state_in_mailing(mailing_id: int, state: str) -> str:
    """The state, unless it means waiting and the mailing was cancelled: then nothing waits any more."""
    if (
        state in Batch.UNFINISHED
        and Mailing.objects.filter(pk=mailing_id, state=Mailing.State.CANCELLED).exists()
    ):
        return Batch.State.CANCELLED
    return state
