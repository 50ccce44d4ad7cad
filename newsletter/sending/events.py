"""What mail services report. Reports come late, early, twice and out of order; all end the same.

They arrive through Anymail's webhooks (signal_handlers.py) or out of the bounce mailbox (bounces/reading.py).
"""

import hashlib
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from anymail.signals import EventType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from newsletter.audience.addresses import address_hash, normalise_address
from newsletter.audience.models import Subscriber
from newsletter.audience.models.address_hashes import of_addresses
from newsletter.sending.bounces.judging import judged
from newsletter.sending.bounces.marking import METADATA, TAG
from newsletter.sending.bounces.policy import act_on
from newsletter.sending.models import Batch, Delivery, DeliveryEvent
from newsletter.sending.settling import count_as_accepted

logger = logging.getLogger(__name__)

# A word of higher rank beats one of lower rank, whatever order they arrive in. No two have the same.
RANK = {
    EventType.DEFERRED: 1,
    EventType.DELIVERED: 2,
    EventType.FAILED: 3,
    EventType.REJECTED: 4,
    EventType.BOUNCED: 5,
    EventType.UNSUBSCRIBED: 6,
    EventType.COMPLAINED: 7,
}
# Proof that the service took the message, but nothing anybody needs to know about the recipient.
PROOF_ONLY = {EventType.QUEUED, EventType.SENT, EventType.AUTORESPONDED}
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
BEFORE_ALL_MAIL = datetime(2000, 1, 1, tzinfo=UTC)
# A service's clock may be wrong by so much.
CLOCKS_DIFFER = timedelta(days=1)


def record_event(event: Any, esp_name: str) -> None:
    """Anymail's tracking event → DeliveryEvent, the delivery's outcome, the do-not-mail list.

    Opens and clicks are not written down: nobody is watched. Repeated reports change nothing.
    """
    event_type, reject_reason = judged(event, esp_name)
    if event_type not in RANK and event_type not in PROOF_ONLY:
        return
    with transaction.atomic():
        delivery = delivery_of(event)
        hashed = hash_of(event, delivery)
        take_turns(hashed)
        row, is_new = DeliveryEvent.objects.get_or_create(
            esp=esp_name[:40],
            event_id=identity_of(event, esp_name),
            defaults={
                "delivery": delivery,
                "address_hash": hashed,
                "event_type": event_type,
                "reject_reason": reject_reason,
                "description": words_of(event)[:500],
                "occurred_at": moment_of(event),
            },
        )
        if not is_new:
            return
        if delivery is not None:
            raise_outcome(delivery, event_type, words_of(event))
            prove_acceptance(delivery)
        act_on(row)


def take_turns(hashed: str) -> None:
    """Two reports about one person at the same moment: the second waits, and then sees what the first wrote."""
    list(Subscriber.objects.select_for_update().filter(of_addresses(hashed)).order_by().values("pk"))


def delivery_of(event: Any) -> Delivery | None:
    """The delivery the message was marked with; None for other mail, such as a confirmation.

    And None where the report names somebody else: numbers are this database's own, and another newsroom on the same
    account, or this one before its backup was restored, has used them too.
    """
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    tags = [str(tag).removeprefix(TAG) for tag in event.tags or [] if str(tag).startswith(TAG)]
    written = str(metadata.get(METADATA, "")) or next(iter(tags), "")
    if not written.isascii() or not written.isdigit() or len(written) > 18:
        return None
    delivery = Delivery.objects.select_related("mailing").filter(pk=int(written)).first()
    if delivery is not None and names_somebody_else(event, delivery):
        logger.warning(
            "A report about delivery %s names somebody else; it is not counted for it.", delivery.pk
        )
        return None
    return delivery


def names_somebody_else(event: Any, delivery: Delivery) -> bool:
    """A bounce message names nobody: it finds its delivery by a mark that we signed."""
    if not event.recipient or not delivery.address:
        return False
    try:
        return normalise_address(event.recipient) != normalise_address(delivery.address)
    except ValidationError:
        # Blackened out, as feedback loops do; or nonsense, with our number on it.
        return False


def identity_of(event: Any, esp_name: str) -> str:
    """The report's own id where the service gives one; else a hash of what makes the report that report."""
    parts = (event.event_type, event.message_id, event.recipient, event.timestamp)
    if event.event_id:
        given = str(event.event_id)
        if esp_name != "Amazon SES" and len(given) <= 128 and given.isascii() and given.isprintable():
            return given
        # One notification of Amazon's may be about several recipients.
        parts = (given, event.event_type, event.recipient, "")
    return hashlib.sha256("\x00".join(str(part) for part in parts).encode(errors="replace")).hexdigest()


def hash_of(event: Any, delivery: Delivery | None) -> str:
    """The keyed hash of the address the report is about: ours where we know the delivery, else the report's."""
    address = (delivery.address if delivery else "") or event.recipient or ""
    if not address:
        return ""
    try:
        return address_hash(normalise_address(address))
    except Exception:
        logger.warning("A report about an address that is none: %.80r", address)
        return ""


def words_of(event: Any) -> str:
    """What the service says about it, without addresses: these words outlive an erasure."""
    words = str(event.description or event.mta_response or "")[:2000]
    return ADDRESS.sub("…", words.encode(errors="replace").decode().replace("\x00", ""))


def moment_of(event: Any) -> datetime | None:
    """When it happened; None where the service does not say, or says what cannot be."""
    moment = event.timestamp
    if not isinstance(moment, datetime):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if BEFORE_ALL_MAIL < moment < timezone.now() + CLOCKS_DIFFER else None


def raise_outcome(delivery: Delivery, event_type: str, words: str) -> None:
    rank = RANK.get(event_type, 0)
    weaker = [str(other) for other, its_rank in RANK.items() if its_rank < rank]
    if rank:
        Delivery.objects.filter(pk=delivery.pk, outcome__in=["", *weaker]).update(
            outcome=event_type, reason=words[:250]
        )


def prove_acceptance(delivery: Delivery) -> None:
    """A report about one delivery settles the batch it went out with, if that was in doubt."""
    batches = Batch.objects.filter(
        mailing=delivery.mailing_id,
        variant=delivery.variant_id,
        first_delivery__lte=delivery.pk,
        last_delivery__gte=delivery.pk,
    )
    # Its worker may be writing down at this moment what came of the call. Whoever is second sees what the first wrote.
    batches.select_for_update().filter(state=Batch.State.SUBMITTING).values("pk").first()
    count_as_accepted(batches, by_report=True)
