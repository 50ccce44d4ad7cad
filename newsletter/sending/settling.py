"""What became of a batch, written down. Every change is guarded by the attempt it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from newsletter.sending import timing
from newsletter.sending.dialects import configured_dialect
from newsletter.sending.halting import halt, halt_if_nothing_is_known, halt_if_too_many
from newsletter.sending.models import Batch, Delivery, DeliveryEvent, Mailing
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.pace import hold
from newsletter.sending.recipients import Recipient
from newsletter.sending.tasks import send_batch, wake

# In an accepted batch's `owner`: nobody has it, and only a report says that it was accepted.
BY_REPORT = "by a report"


def pause_before_retry(attempts: int) -> timedelta:
    """The first pause, doubling up to the longest."""
    return min(timing.FIRST_PAUSE * 2 ** min(attempts, 10), timing.LONGEST_PAUSE)


@dataclass(frozen=True)
class Piece:
    """The state a batch, or a part of one that was stopped half-way, comes into."""

    state: str
    not_before: datetime | None = None
    is_repeat: bool = False

    @classmethod
    def after(cls, result: Result, *, attempts: int) -> Self:
        if result.verdict is Verdict.DEFERRED:
            pause = result.retry_after if result.retry_after is not None else pause_before_retry(attempts)
            return cls(Batch.State.DEFERRED, not_before=timezone.now() + pause)
        return cls(
            {
                Verdict.ACCEPTED: Batch.State.ACCEPTED,
                Verdict.REJECTED: Batch.State.REJECTED,
                Verdict.HALT: Batch.State.PENDING,
                Verdict.UNKNOWN: Batch.State.UNKNOWN,
            }[result.verdict]
        )


def after_attempt(batch: Batch, result: Result) -> Piece:
    """What a whole batch comes into. A call that may have been carried out before stays in doubt until accepted."""
    if result.verdict is Verdict.ACCEPTED or not (batch.is_repeat or result.verdict is Verdict.UNKNOWN):
        return Piece.after(result, attempts=batch.attempts)
    if result.verdict in (Verdict.REJECTED, Verdict.HALT):
        return Piece(Batch.State.UNKNOWN)
    return in_doubt(batch, pause=result.retry_after)


def in_doubt(batch: Batch, *, pause: timedelta | None = None) -> Piece:
    """Unknown; to be repeated under the same key where the service still knows that key at that time."""
    dialect = configured_dialect()
    again_at = timezone.now() + (pause if pause is not None else pause_before_retry(batch.attempts))
    window = dialect.knows_repeats_for if dialect is not None else None
    # With room for the call itself.
    if window is None or batch.begun_at is None or again_at + timing.LEASE > batch.begun_at + window:
        return Piece(Batch.State.UNKNOWN)
    return Piece(Batch.State.UNKNOWN, not_before=again_at, is_repeat=True)


def settle(batch: Batch, result: Result, *, recipients: Sequence[Recipient] = ()) -> bool:
    """Writes the result. False when the batch is no longer this attempt's.

    A result that comes after the lease ran out still counts: `unknown` of the same attempt is mended by it.
    """
    with transaction.atomic():
        if result.refused:
            by_address = {recipient.address: recipient.delivery_id for recipient in recipients}
            refuse(batch, {by_address[a]: words for a, words in result.refused.items() if a in by_address})
        piece = in_mailing(batch, after_attempt(batch, result))
        settled = of_this_attempt(batch).update(
            state=piece.state,
            not_before=piece.not_before,
            is_repeat=piece.is_repeat,
            message_id=result.message_id,
            fault=result.fault,
            in_flight=None,
            owner="",
            lease_until=None,
            updated_at=timezone.now(),
        )
        if not settled:
            transaction.set_rollback(True)
            return False
        if piece.state == Batch.State.UNKNOWN:
            prove_by_reports(batch)
        if piece.not_before is not None:
            wake(send_batch, batch.pk, not_before=piece.not_before)
        tell_the_others(batch, result, not_before=piece.not_before)
    return True


def of_this_attempt(batch: Batch) -> QuerySet[Batch]:
    """The batch, if it is still this very attempt's. The key alone does not say: a repeated call keeps it."""
    return Batch.objects.filter(
        pk=batch.pk,
        attempt_key=batch.attempt_key,
        attempts=batch.attempts,
        state__in=[Batch.State.SUBMITTING, Batch.State.UNKNOWN],
    )


def tell_the_others(batch: Batch, result: Result, *, not_before: datetime | None) -> None:
    """What one call's result means for the whole mailing, and for all workers."""
    if result.verdict is Verdict.HALT:
        halt(batch.mailing_id, fault=result.fault)
    if result.holds_all and not_before is not None:
        hold(batch.mailing.newsletter, until=not_before, because=result.fault)
    if result.refused or result.verdict is Verdict.REJECTED:
        halt_if_too_many(batch.mailing_id)
    if result.verdict is Verdict.UNKNOWN:
        halt_if_nothing_is_known(batch.mailing_id)


def prove_by_reports(batch: Batch) -> None:
    """A report of the mail service about one delivery proves that it took the call the delivery went out with."""
    if DeliveryEvent.objects.filter(
        delivery__variant=batch.variant_id,
        delivery__pk__range=(batch.first_delivery, batch.last_delivery),
    ).exists():
        count_as_accepted(Batch.objects.filter(pk=batch.pk), by_report=True)


def count_as_accepted(batches: QuerySet[Batch], *, by_report: bool = False) -> int:
    """Those in doubt among them are proved accepted. Returns how many.

    A report about one recipient proves the call. Where a service takes or turns down each message of a call, its
    record is still to be asked about the others (newsletter.sending.reconciling).
    """
    return batches.filter(state__in=Batch.IN_DOUBT).update(
        state=Batch.State.ACCEPTED,
        owner=BY_REPORT if by_report else "",
        is_repeat=False,
        not_before=None,
        updated_at=timezone.now(),
    )


def give_up_repeating(batch: Batch) -> None:
    """Someone in the batch has left: the same call can't be made again, so what became of it stays open."""
    given_up = Batch.objects.filter(pk=batch.pk, state=Batch.State.CLAIMED, owner=batch.owner).update(
        state=Batch.State.UNKNOWN,
        is_repeat=False,
        not_before=None,
        owner="",
        lease_until=None,
        updated_at=timezone.now(),
    )
    if given_up:
        prove_by_reports(batch)


def refuse(
    batch: Batch, reasons: Mapping[int, str], *, outcome: Delivery.Outcome = Delivery.Outcome.REFUSED
) -> None:
    """Deliveries the service turned down one by one; each leaves its batch's fate."""
    with transaction.atomic():
        refused = 0
        for delivery_id, words in reasons.items():
            refused += Delivery.objects.filter(pk=delivery_id, outcome="").update(
                outcome=outcome, reason=words[:250]
            )
        if refused:
            Batch.objects.filter(pk=batch.pk).update(refused=F("refused") + refused)


def in_mailing(batch: Batch, piece: Piece) -> Piece:
    """What the mailing's own state makes of it: nothing waits in a cancelled one, and a sent one opens again.

    The caller's transaction holds the mailing until it commits, so that no finish comes in between.
    """
    waits = piece.state in Batch.UNFINISHED or piece.is_repeat
    if not waits:
        return piece
    mailing = Mailing.objects.select_for_update(of=("self",)).get(pk=batch.mailing_id)
    if mailing.state == Mailing.State.CANCELLED:
        return Piece(Batch.State.UNKNOWN) if piece.is_repeat else Piece(Batch.State.CANCELLED)
    if mailing.state == Mailing.State.SENT:
        try:
            with transaction.atomic():
                Mailing.objects.filter(pk=mailing.pk).update(state=Mailing.State.SENDING, finished_at=None)
        except IntegrityError:
            # one_open_mailing_per_edition: another sending of the edition is on its way. A person decides later.
            return Piece(Batch.State.PARKED)
    return piece


def unfinished(mailing_id: int) -> QuerySet[Batch]:
    """Batches the workers still have something to do with."""
    return Batch.objects.filter(
        Q(state__in=Batch.UNFINISHED) | Q(state=Batch.State.UNKNOWN, is_repeat=True), mailing=mailing_id
    )


def finish_if_done(mailing_id: int) -> bool:
    """`sending` → `sent` once no batch is left to do; batches in doubt stay visible on a sent mailing."""
    if unfinished(mailing_id).exists():
        return False
    with transaction.atomic():
        mailing = (
            Mailing.objects.select_for_update(of=("self",))
            .filter(pk=mailing_id, state=Mailing.State.SENDING)
            .first()
        )
        # Asked again under the lock: somebody may just have decided to send a batch again.
        if mailing is None or unfinished(mailing_id).exists():
            return False
        mailing.state, mailing.finished_at = Mailing.State.SENT, timezone.now()
        mailing.save(update_fields=["state", "finished_at"])
    return True
