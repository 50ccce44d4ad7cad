"""What ESPs report through Anymail's webhooks. Reports come late, early, twice and out of order; all end the same."""

import hashlib
import logging
import re
from typing import Any

from anymail.signals import EventType, RejectReason
from django.db import transaction

from newsletter.audience.addresses import address_hash, normalise_address
from newsletter.audience.models import Suppression
from newsletter.audience.subscriptions import suppress, unsubscribe
from newsletter.sending.models import Batch, Delivery, DeliveryEvent

logger = logging.getLogger(__name__)

# A later word beats an earlier one of lower rank, whatever order they arrive in.
RANK = {
    EventType.DEFERRED: 1,
    EventType.DELIVERED: 2,
    EventType.REJECTED: 3,
    EventType.FAILED: 3,
    EventType.BOUNCED: 3,
    EventType.UNSUBSCRIBED: 4,
    EventType.COMPLAINED: 5,
}
# Proof that the service took the message, but nothing anybody needs to know about the recipient.
PROOF_ONLY = {EventType.QUEUED, EventType.SENT, EventType.AUTORESPONDED}
HARD_BOUNCE = {RejectReason.BOUNCED, RejectReason.INVALID}


def record_event(event: Any, esp_name: str) -> None:
    """Anymail's tracking event → DeliveryEvent, the delivery's outcome, the do-not-mail list.

    Opens and clicks are not written down: nobody is watched. Repeated reports change nothing.
    """
    if event.event_type not in RANK and event.event_type not in PROOF_ONLY:
        return
    with transaction.atomic():
        delivery = delivery_of(event)
        _row, is_new = DeliveryEvent.objects.get_or_create(
            esp=esp_name[:40],
            event_id=identity_of(event),
            defaults={
                "delivery": delivery,
                "address_hash": hash_of(event, delivery),
                "event_type": event.event_type,
                "reject_reason": event.reject_reason or "",
                "description": words_of(event)[:500],
                "occurred_at": event.timestamp,
            },
        )
        if not is_new:
            return
        if delivery is not None:
            raise_outcome(delivery, event)
            prove_acceptance(delivery)
        act_on(event, delivery, esp_name=esp_name)


def delivery_of(event: Any) -> Delivery | None:
    """The delivery whose id we put into the message's metadata; None for other mail, such as a confirmation."""
    written = str((event.metadata or {}).get("delivery", ""))
    if not written.isascii() or not written.isdigit() or len(written) > 18:
        return None
    return Delivery.objects.select_related("mailing").filter(pk=int(written)).first()


def identity_of(event: Any) -> str:
    if event.event_id:
        return str(event.event_id)[:128]
    parts = (event.event_type, event.message_id, event.recipient, event.timestamp)
    return hashlib.sha256("\x00".join(str(part) for part in parts).encode()).hexdigest()


def hash_of(event: Any, delivery: Delivery | None) -> str:
    """The keyed hash of the address the report is about: ours where we know the delivery, else the report's."""
    address = (delivery.address if delivery else "") or event.recipient or ""
    try:
        return address_hash(normalise_address(address))
    except Exception:
        logger.warning("A report about an address that is none: %.80r", address)
        return ""


def words_of(event: Any) -> str:
    """What the service says about it, without the address: these words outlive an erasure."""
    words = str(event.description or event.mta_response or "")
    return re.sub(re.escape(event.recipient), "…", words, flags=re.IGNORECASE) if event.recipient else words


def raise_outcome(delivery: Delivery, event: Any) -> None:
    rank = RANK.get(event.event_type, 0)
    weaker = [str(other) for other, its_rank in RANK.items() if its_rank < rank]
    if rank:
        Delivery.objects.filter(pk=delivery.pk, outcome__in=["", *weaker]).update(
            outcome=event.event_type, reason=words_of(event)[:250]
        )


def prove_acceptance(delivery: Delivery) -> None:
    """A report about one delivery settles the batch it went out with, if that was in doubt."""
    Batch.objects.filter(
        mailing=delivery.mailing_id,
        variant=delivery.variant_id,
        first_delivery__lte=delivery.pk,
        last_delivery__gte=delivery.pk,
        state__in=[Batch.State.UNKNOWN, Batch.State.PARKED],
    ).update(state=Batch.State.ACCEPTED)


def act_on(event: Any, delivery: Delivery | None, *, esp_name: str) -> None:
    """The policy: a hard bounce and a complaint end all mail to the address, an unsubscribe ends the newsletter."""
    hashed = hash_of(event, delivery)
    if not hashed:
        return
    # Not the service's own words: the do-not-mail list names nobody.
    note = f"{esp_name}: {event.event_type} {event.reject_reason or ''}".strip()[:250]
    if event.event_type == EventType.BOUNCED and event.reject_reason in HARD_BOUNCE:
        suppress(address_hash=hashed, reason=Suppression.Reason.HARD_BOUNCE, note=note)
    elif event.event_type == EventType.COMPLAINED:
        suppress(address_hash=hashed, reason=Suppression.Reason.COMPLAINT, note=note)
    elif event.event_type == EventType.UNSUBSCRIBED and delivery is not None and delivery.subscriber_id:
        unsubscribe(
            subscriber_id=delivery.subscriber_id,
            newsletter_id=delivery.mailing.newsletter_id,
            origin=f"webhook {esp_name}",
            network="",
        )
