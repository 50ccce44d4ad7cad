"""Batches in pieces: what was taken, what is in doubt, and what waits go their own ways.

Each cut is one transaction that replaces a batch by pieces of the same range, so that the sums hold at every moment.
"""

from collections.abc import Sequence, Set
from itertools import groupby

from django.db import transaction

from newsletter.sending.halting import halt_if_nothing_is_known
from newsletter.sending.models import Batch, Mailing
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.recipients import Recipient, count_people, deliveries_of
from newsletter.sending.settling import (
    Piece,
    in_mailing,
    of_this_attempt,
    prove_by_reports,
    refuse,
    tell_the_others,
)
from newsletter.sending.tasks import send_batch, wake


def halve(batch: Batch, result: Result) -> list[Batch]:
    """One address can spoil a call for a thousand: nothing was accepted, so each half is to be tried for itself.

    Returns the halves; nothing when the batch is no longer this attempt's, or is too small to halve.
    """
    with transaction.atomic():
        Mailing.objects.select_for_update(of=("self",)).get(pk=batch.mailing_id)
        current = of_this_attempt(batch).select_for_update().first()
        waiting = list(deliveries_of(batch).order_by("pk").values_list("pk", flat=True))
        if current is None or len(waiting) < 2:
            return []
        middle = waiting[len(waiting) // 2]
        rest = in_mailing(current, Piece(Batch.State.PENDING))
        return _replace(
            current,
            [(current.first_delivery, middle - 1, rest), (middle, current.last_delivery, rest)],
            fault=result.fault,
        )


def split(
    batch: Batch,
    *,
    done: int | None,
    rest: Piece,
    in_doubt: int | None = None,
    fault: str = "",
    result: Result | None = None,
) -> list[Batch]:
    """Cuts a batch of single messages where it stopped: accepted | in doubt | rest.

    `done` is the last accepted delivery, `in_doubt` one whose message may have gone out, `result` what stopped it.
    Only this attempt may do it; returns the pieces, or nothing when the batch is no longer this attempt's.
    """
    fault = fault or (result.fault if result is not None else "")
    with transaction.atomic():
        # The mailing before the batch, as everybody does who changes both.
        Mailing.objects.select_for_update(of=("self",)).get(pk=batch.mailing_id)
        current = (
            Batch.objects.select_for_update()
            .filter(
                pk=batch.pk,
                attempt_key=batch.attempt_key,
                attempts=batch.attempts,
                state=Batch.State.SUBMITTING,
            )
            .first()
        )
        if current is None:
            return []
        middle = in_doubt if in_doubt is not None else done
        ranges = [
            # Up to the one in doubt: whoever lies between has an outcome of their own.
            (
                current.first_delivery,
                in_doubt - 1 if in_doubt is not None else done,
                Piece(Batch.State.ACCEPTED),
            ),
            (in_doubt, in_doubt, Piece(Batch.State.UNKNOWN)),
            # A cancel that came meanwhile has the last word on what was not begun.
            (
                middle + 1 if middle is not None else current.first_delivery,
                current.last_delivery,
                in_mailing(current, rest),
            ),
        ]
        pieces = _replace(current, ranges, fault=fault)
        for piece in pieces:
            if piece.state == Batch.State.UNKNOWN:
                prove_by_reports(piece)
        if in_doubt is not None:
            halt_if_nothing_is_known(batch.mailing_id)
        if result is not None:
            tell_the_others(batch, result, not_before=rest.not_before)
    return pieces


def set_aside(batch: Batch, delivery_id: int, result: Result) -> bool:
    """One recipient of a batch of single messages, not the last, was told "later": they wait in a batch of their own,
    and the batch goes on behind them. False when it is no longer this attempt's.
    """
    with transaction.atomic():
        Mailing.objects.select_for_update(of=("self",)).get(pk=batch.mailing_id)
        current = of_this_attempt(batch).filter(state=Batch.State.SUBMITTING).select_for_update().first()
        if current is None:
            return False
        waiting = in_mailing(current, Piece.after(result, attempts=1))
        aside = _piece(current, delivery_id, delivery_id, waiting, fault=result.fault)
        before = _piece(
            current, current.first_delivery, delivery_id - 1, Piece(Batch.State.ACCEPTED), fault=""
        )
        current.first_delivery, current.in_flight, current.done_up_to = delivery_id + 1, None, None
        count_people(current)
        current.save(
            update_fields=[
                "first_delivery",
                "size",
                "left_out",
                "refused",
                "in_flight",
                "done_up_to",
                "updated_at",
            ]
        )
        for piece in (before, aside):
            if piece is not None:
                piece.attempts = 1
                piece.save()
        if aside is not None and aside.state == Batch.State.DEFERRED:
            wake(send_batch, aside.pk, not_before=aside.not_before)
    return True


def divide(batch: Batch, result: Result, *, recipients: Sequence[Recipient]) -> bool:
    """A call of which the service took some messages, turned down some and told the others "later": those wait in
    batches of their own. False when the batch is no longer this attempt's.
    """
    by_address = {recipient.address: recipient.delivery_id for recipient in recipients}
    later = {by_address[address] for address in result.later if address in by_address}
    rest = Result(
        Verdict.HALT if result.later_halts else Verdict.DEFERRED,
        fault=result.fault,
        holds_all=not result.later_halts,
    )
    with transaction.atomic():
        Mailing.objects.select_for_update(of=("self",)).get(pk=batch.mailing_id)
        current = of_this_attempt(batch).select_for_update().first()
        if current is None:
            return False
        refuse(current, {by_address[a]: words for a, words in result.refused.items() if a in by_address})
        waiting = in_mailing(current, Piece.after(rest, attempts=batch.attempts))
        _replace(current, _runs(current, later, waiting=waiting), fault=result.fault)
        if result.refused:
            tell_the_others(batch, result, not_before=None)
        tell_the_others(batch, rest, not_before=waiting.not_before)
    return True


def _runs(batch: Batch, later: Set[int], *, waiting: Piece) -> list[tuple[int, int, Piece]]:
    """The batch's range in stretches that were taken and stretches that wait, without a gap."""
    ids = deliveries_of(batch).order_by("pk").values_list("pk", flat=True)
    begins = [
        (next(stretch), Piece(Batch.State.ACCEPTED) if taken else waiting)
        for taken, stretch in groupby(ids, key=lambda pk: pk not in later)
    ]
    ends = [first - 1 for first, _piece_of_it in begins[1:]] + [batch.last_delivery]
    firsts = [batch.first_delivery] + [first for first, _piece_of_it in begins[1:]]
    return [(first, last, piece) for first, last, (_first, piece) in zip(firsts, ends, begins, strict=True)]


def _replace(
    batch: Batch, ranges: Sequence[tuple[int | None, int | None, Piece]], *, fault: str
) -> list[Batch]:
    """The pieces of the batch in its place, and a wake-up for each that waits."""
    pieces = [
        piece for piece in (_piece(batch, *entry, fault=fault) for entry in ranges) if piece is not None
    ]
    batch.delete()
    Batch.objects.bulk_create(pieces)
    for piece in pieces:
        if piece.state in (Batch.State.PENDING, Batch.State.DEFERRED):
            wake(send_batch, piece.pk, not_before=piece.not_before)
    return pieces


def _piece(batch: Batch, first: int | None, last: int | None, piece: Piece, *, fault: str) -> Batch | None:
    if first is None or last is None or first > last:
        return None
    part = Batch(
        mailing_id=batch.mailing_id,
        variant_id=batch.variant_id,
        first_delivery=first,
        last_delivery=last,
        state=piece.state,
        not_before=piece.not_before,
        attempts=batch.attempts,
        # What waits is another call than the one that was made, and gets a key of its own.
        attempt_key=None if piece.state in Batch.UNFINISHED else batch.attempt_key,
        begun_at=None if piece.state in Batch.UNFINISHED else batch.begun_at,
        fault="" if piece.state == Batch.State.ACCEPTED else fault,
    )
    count_people(part)
    return part if part.size else None
