"""What follows from a report: the one policy, in words in docs/decisions/bounce-policy.md.

Decided from the reports as they are stored, so it does not matter in which order they came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from anymail.signals import EventType, RejectReason
from django.db.models import Exists, OuterRef, Q, QuerySet
from wagtail.models import ModelLogEntry

from newsletter.audience.models import Subscriber, Suppression
from newsletter.audience.models.address_hashes import of_addresses
from newsletter.audience.subscriptions import suppress, unsubscribe
from newsletter.sending.models import Batch, Delivery, DeliveryEvent, Mailing

SOFT_BOUNCES = 3
OVER = timedelta(days=7)
# An entry with this note falls when a message arrives after all.
SOFT_NOTE = "soft bounces in a row"

FAILURES = (EventType.BOUNCED, EventType.FAILED, EventType.REJECTED)
ARRIVALS = (EventType.DELIVERED, EventType.AUTORESPONDED, EventType.COMPLAINED, EventType.UNSUBSCRIBED)


class Meaning(Enum):
    HARD = auto()
    SOFT = auto()
    COMPLAINT = auto()
    UNSUBSCRIBED = auto()
    ARRIVED = auto()
    NOT_ARRIVED = auto()  # delayed, or turned away for a reason that is not the address
    NOTHING = auto()


def meaning_of(event_type: str, reject_reason: str) -> Meaning:
    """What a stored report means; its words have been put right by newsletter.sending.bounces.judging."""
    if event_type == EventType.COMPLAINED:
        return Meaning.COMPLAINT
    if event_type == EventType.UNSUBSCRIBED:
        return Meaning.UNSUBSCRIBED
    if event_type in FAILURES:
        return {
            RejectReason.BOUNCED: Meaning.HARD,
            RejectReason.INVALID: Meaning.HARD,
            RejectReason.TIMED_OUT: Meaning.SOFT,
            RejectReason.UNSUBSCRIBED: Meaning.UNSUBSCRIBED,
        }.get(reject_reason, Meaning.NOT_ARRIVED)
    if event_type == EventType.DEFERRED:
        return Meaning.NOT_ARRIVED
    return Meaning.ARRIVED if event_type in ARRIVALS else Meaning.NOTHING


def act_on(event: DeliveryEvent) -> None:
    """Does what the policy says about a report that was just written down, in its transaction.

    Reports about one address must not be acted on at the same time: the caller holds its subscriber.
    """
    if not event.address_hash:
        return
    delivery = event.delivery
    # Not the service's own words: the do-not-mail list names nobody.
    note = f"{event.esp}: {event.event_type} {event.reject_reason}".strip()
    match meaning_of(event.event_type, event.reject_reason):
        case Meaning.HARD:
            enter(event.address_hash, Suppression.Reason.HARD_BOUNCE, note)
        case Meaning.COMPLAINT:
            enter(event.address_hash, Suppression.Reason.COMPLAINT, note)
        case Meaning.SOFT:
            reconsider(event.address_hash)
        case Meaning.NOT_ARRIVED:
            # Came late, so a mailing between two soft bounces is not silent after all.
            if delivery is not None and later_soft_bounces(event.address_hash, delivery).exists():
                reconsider(event.address_hash)
        case Meaning.ARRIVED:
            take_back(event.address_hash)
        case Meaning.UNSUBSCRIBED:
            if delivery is not None and delivery.subscriber_id:
                unsubscribe(
                    subscriber_id=delivery.subscriber_id,
                    newsletter_id=delivery.mailing.newsletter_id,
                    origin=f"webhook {event.esp}",
                    network="",
                )
            reconsider(event.address_hash)


def enter(address_hash: str, reason: Suppression.Reason, note: str) -> None:
    """Onto the do-not-mail list, for all newsletters. A complaint outweighs a bounce, a hard bounce soft ones."""
    entry = suppress(address_hash=address_hash, reason=reason, note=note)
    weaker = Q(reason=Suppression.Reason.HARD_BOUNCE)
    if reason == Suppression.Reason.HARD_BOUNCE:
        weaker &= Q(note=SOFT_NOTE)
    Suppression.objects.filter(weaker, pk=entry.pk).update(reason=reason, note=note[:250])


def reconsider(address_hash: str) -> None:
    """Enters an address that keeps bouncing softly, unless it is on the list already."""
    if not bounces_softly(address_hash):
        take_back(address_hash)
    elif not Suppression.objects.filter(address_hash=address_hash, newsletter__isnull=True).exists():
        suppress(address_hash=address_hash, reason=Suppression.Reason.HARD_BOUNCE, note=SOFT_NOTE)


def take_back(address_hash: str) -> None:
    """Takes the address off the list again when only soft bounces put it there and they are no row any more.

    Not for a person who was erased meanwhile, and not an entry that staff have touched: those are there to stay.
    """
    entry = Suppression.objects.filter(
        Exists(Subscriber.objects.filter(of_addresses(address_hash))),
        address_hash=address_hash,
        newsletter__isnull=True,
        reason=Suppression.Reason.HARD_BOUNCE,
        note=SOFT_NOTE,
    ).first()
    if entry is None or ModelLogEntry.objects.for_instance(entry).exists():
        return
    if not bounces_softly(address_hash):
        entry.delete()


@dataclass(frozen=True, order=True)
class LastWord:
    """The last report about one mailing to the address; at the same moment, arrival counts as the later one."""

    at: datetime
    arrived: bool
    delivery_id: int


def bounces_softly(address_hash: str) -> bool:
    """Whether the last mailings to the address, three or more over at least a week, all ended in a soft bounce."""
    row = uninterrupted(soft_row(last_words(address_hash)))
    return len(row) >= SOFT_BOUNCES and row[-1].at - row[0].at >= OVER


def last_words(address_hash: str) -> list[LastWord]:
    """One for each mailing the address has had a decisive report about, in the order they were said."""
    last: dict[tuple[str, int], LastWord] = {}
    decisive = DeliveryEvent.objects.filter(
        address_hash=address_hash, event_type__in=[*FAILURES, *ARRIVALS]
    ).select_related("delivery")
    for event in decisive:
        delivery, arrived = event.delivery, event.event_type in ARRIVALS
        soft = meaning_of(event.event_type, event.reject_reason) is Meaning.SOFT
        if not arrived and not (soft and delivery is not None):
            continue
        # Mail that belongs to no mailing, such as a confirmation, counts when it arrives.
        which = ("mailing", delivery.mailing_id) if delivery is not None else ("other", event.pk)
        word = LastWord(event.occurred_at or event.received_at, arrived, delivery.pk if delivery else 0)
        last[which] = max(last.get(which, word), word)
    return sorted(last.values())


def soft_row(words: Iterable[LastWord]) -> list[LastWord]:
    """The soft bounces after the last arrival."""
    row: list[LastWord] = []
    for word in words:
        row = [] if word.arrived else [*row, word]
    return row


def later_soft_bounces(address_hash: str, delivery: Delivery) -> QuerySet[DeliveryEvent]:
    return DeliveryEvent.objects.filter(
        address_hash=address_hash, reject_reason=RejectReason.TIMED_OUT, delivery_id__gt=delivery.pk
    )


def uninterrupted(row: list[LastWord]) -> list[LastWord]:
    """The end of the row that no silent mailing interrupts.

    Not every way of sending reports what arrived; SMTP never does. A mailing between two soft bounces that was
    handed over and of which nothing bad was heard is taken for one that arrived.
    """
    if len(row) < SOFT_BOUNCES:
        return row
    ids = [word.delivery_id for word in row]
    subscriber = Delivery.objects.filter(pk=ids[-1], subscriber__isnull=False).values("subscriber")
    handed_over = Batch.objects.filter(
        mailing=OuterRef("mailing"),
        variant=OuterRef("variant"),
        first_delivery__lte=OuterRef("pk"),
        last_delivery__gte=OuterRef("pk"),
        state=Batch.State.ACCEPTED,
    )
    # By mailing, to use the unique index.
    silent = Delivery.objects.filter(
        Exists(handed_over),
        mailing__in=Mailing.objects.values("pk"),
        subscriber__in=subscriber,
        outcome="",
        pk__gt=min(ids),
        pk__lt=max(ids),
    ).order_by("-pk")
    newest = silent.values_list("pk", flat=True).first()
    return row if newest is None else [word for word in row if word.delivery_id > newest]
