"""Somebody asks to be forgotten: the person goes, and what happened stays without them."""

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from wagtail.models import ModelLogEntry

from newsletter.audience.models import Subscriber, SubscriptionEvent, Suppression
from newsletter.audience.models.address_hashes import of_addresses
from newsletter.audience.suppressions import suppress
from newsletter.audience.transfer.forgetting import forget_in_imports


def erase(*, subscriber_id: int) -> bool:
    """Deletes the person with everything that hangs on them; False when they are gone already.

    Of the evidence stay kind, moment and keyed hash, so that nobody can say there never was a consent. The address
    goes on the do-not-mail list as "asked to be erased": no import brings it back, a new double opt-in does. Other
    rooms let go of the person when the row is deleted (newsletter/sending/signal_handlers.py).
    """
    with transaction.atomic():
        subscriber = Subscriber.objects.select_for_update(of=("self",)).filter(pk=subscriber_id).first()
        if subscriber is None:
            return False
        known_as = subscriber.address_hash
        SubscriptionEvent.objects.filter(Q(subscriber=subscriber_id) | of_addresses(known_as)).forget_person()
        # What staff did with the person is logged under their address.
        ModelLogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Subscriber), object_id=str(subscriber_id)
        ).update(label="", data={})
        forget_in_imports(subscriber_id=subscriber_id, known_as=known_as)
        subscriber.delete()
        suppress(address_hash=known_as, reason=Suppression.Reason.ERASED, origin="")
    return True
