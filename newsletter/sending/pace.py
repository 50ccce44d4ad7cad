"""How fast mail may leave a domain: limits, warming up, and what the mail service asked for. All workers share it.

What was handed over is written down second by second, so a limit holds for any stretch of its length: "500 an hour"
is never 500 at five to nine and 500 at five past.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q, Sum
from django.utils import timezone

from newsletter.audience.models import Newsletter
from newsletter.sending.models import Sender, SenderSlot

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
# Warming up is over after that many days, whatever the figures say.
WARM_UP_DAYS = 45


@dataclass(frozen=True)
class Allowance:
    """How many people may be handed over now; and, when that is fewer than asked for, when to ask again."""

    people: int
    again_at: datetime | None = None


def domain_of(newsletter: Newsletter) -> str:
    return newsletter.from_email.rpartition("@")[2].lower()


def sender_of(newsletter: Newsletter) -> Sender:
    sender, _is_new = Sender.objects.get_or_create(domain=domain_of(newsletter))
    return sender


def warm_up_limit(sender: Sender, today: date) -> int | None:
    """People on that day of warming up; None: no such limit (any more)."""
    if sender.warm_up_from is None or today < sender.warm_up_from:
        return None
    day = (today - sender.warm_up_from).days
    if day >= WARM_UP_DAYS:
        return None
    return int(sender.warm_up_first_day * (1 + sender.warm_up_growth / 100) ** day)


def limits(sender: Sender, today: date) -> Iterator[tuple[timedelta, int]]:
    """(stretch of time, people in it) for each limit that is set."""
    daily = [limit for limit in (sender.per_day, warm_up_limit(sender, today)) if limit is not None]
    for span, limit in (
        (SECOND, sender.per_second),
        (MINUTE, sender.per_minute),
        (HOUR, sender.per_hour),
        (DAY, min(daily, default=None)),
    ):
        if limit is not None:
            yield span, limit


def is_unlimited(sender: Sender, now: datetime) -> bool:
    """Nothing to count and nothing to wait for: most senders, most of the time."""
    held = sender.held_until is not None and sender.held_until > now
    return not held and not any(True for _limit in limits(sender, timezone.localdate(now)))


def take(sender_id: int, wanted: int, *, now: datetime) -> Allowance:
    """Takes up to `wanted` people out of what the limits leave, and writes it down.

    The caller's transaction holds the sender's row until it commits, so two workers never take the same.
    """
    sender = Sender.objects.select_for_update().get(pk=sender_id)
    if sender.held_until is not None and sender.held_until > now:
        return Allowance(0, again_at=sender.held_until)
    room, again_at = wanted, None
    set_limits = list(limits(sender, timezone.localdate(now)))
    for span, limit in set_limits:
        left = limit - handed_over(sender, now=now, span=span)
        if left < room:
            room, again_at = max(left, 0), _room_again(sender, now=now, span=span)
    if room and set_limits:
        _write_down(sender, room, second=now.replace(microsecond=0))
    return Allowance(room, again_at=again_at)


def handed_over(sender: Sender, *, now: datetime, span: timedelta) -> int:
    """People handed over in the stretch of time that ends now."""
    return sender.slots.filter(second__gte=_begin(now, span)).aggregate(people=Sum("people"))["people"] or 0


def hold(newsletter: Newsletter, *, until: datetime, because: str) -> None:
    """The mail service said: not before. Never shortens a hold."""
    sender = sender_of(newsletter)
    Sender.objects.filter(Q(held_until__isnull=True) | Q(held_until__lt=until), pk=sender.pk).update(
        held_until=until, held_because=because[:2000]
    )


def forget_old_slots(now: datetime) -> None:
    SenderSlot.objects.filter(second__lt=now - DAY - MINUTE).delete()


def place_in_line(sender: Sender, people: int, *, last: datetime | None, again_at: datetime) -> datetime:
    """When a batch that found no room should ask again: behind the last one that waits, not all at once."""
    rates = [limit / span.total_seconds() for span, limit in limits(sender, timezone.localdate(again_at))]
    if last is None or last < again_at or not rates:
        return again_at
    return last + timedelta(seconds=people / min(rates))


def _begin(now: datetime, span: timedelta) -> datetime:
    """The first second that counts: one more than the stretch is long, except for a single second."""
    return now.replace(microsecond=0) - span + (SECOND if span == SECOND else timedelta(0))


def _room_again(sender: Sender, *, now: datetime, span: timedelta) -> datetime:
    """When the oldest second of those that fill the stretch no longer counts."""
    oldest = (
        sender.slots.filter(second__gte=_begin(now, span), people__gt=0)
        .order_by("second")
        .values_list("second", flat=True)
        .first()
    ) or now.replace(microsecond=0)
    return oldest + span + (timedelta(0) if span == SECOND else SECOND)


def _write_down(sender: Sender, people: int, *, second: datetime) -> None:
    slot, is_new = SenderSlot.objects.get_or_create(sender=sender, second=second, defaults={"people": people})
    if not is_new:
        SenderSlot.objects.filter(pk=slot.pk).update(people=F("people") + people)
