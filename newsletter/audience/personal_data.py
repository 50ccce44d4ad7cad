"""Everything we hold about one person, as data they can take away.

Other rooms add their part with register_personal_data(), so that this room need not know them.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils import timezone

from newsletter.audience.models import Newsletter, Subscriber, Subscription, SubscriptionEvent, Suppression
from newsletter.audience.models.address_hashes import of_addresses
from stories.models import Place, Topic

# Name in the file: what we hold under it, made of what JSON knows (DjangoJSONEncoder: dates and UUIDs, too).
Part = Callable[[Subscriber], Any]
PARTS: dict[str, Part] = {}


def register_personal_data(name: str, part: Part) -> None:
    """Adds a part to everybody's export. Raises ValueError for a name that is taken."""
    if PARTS.get(name, part) is not part:
        raise ValueError(f"{name!r} is part of the export already.")
    PARTS[name] = part


def personal_data(subscriber: Subscriber) -> dict[str, Any]:
    """{"exported_at": …, "subscriber": {…}, "subscriptions": […], …}, one entry per registered part."""
    return {"exported_at": timezone.now(), **{name: part(subscriber) for name, part in PARTS.items()}}


def _subscriber(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "address": subscriber.email,
        "keyed_hash_of_the_address": subscriber.address_hash,
        "name": subscriber.name,
        "language": subscriber.language,
        "place": _names(Place, [subscriber.place_key], subscriber.language)[0]
        if subscriber.place_key
        else None,
        "kind": subscriber.kind,
        "connection_to_us": subscriber.relation,
        "tags": subscriber.tags,
        "attributes": subscriber.attributes,
        "paused_until": subscriber.paused_until,
        "on_the_list_since": subscriber.created_at,
    }


def _subscriptions(subscriber: Subscriber) -> list[dict[str, Any]]:
    return [
        {
            "newsletter": subscription.newsletter.name,
            "status": subscription.status,
            "how_often": subscription.rhythm,
            "asked_on": subscription.requested_at,
            "confirmed_on": subscription.confirmed_at,
            "unsubscribed_on": subscription.unsubscribed_at,
        }
        for subscription in Subscription.objects.filter(subscriber=subscriber).select_related("newsletter")
    ]


def _topics(subscriber: Subscriber) -> list[dict[str, Any]]:
    keys = list(subscriber.topic_choices.order_by("pk").values_list("topic_key", flat=True))
    return _names(Topic, keys, subscriber.language)


def _evidence(subscriber: Subscriber) -> list[dict[str, Any]]:
    names = dict(Newsletter.objects.values_list("pk", "name"))
    events = SubscriptionEvent.objects.filter(
        Q(subscriber=subscriber.pk) | of_addresses(subscriber.address_hash)
    ).order_by("at", "pk")
    return [
        {
            "what": event.kind,
            "when": event.at,
            "newsletter": names.get(event.newsletter_id),
            "from_where": event.origin,
            "network": event.network,
            "language": event.language,
            "words_on_the_screen": event.text,
        }
        for event in events
    ]


def _do_not_mail(subscriber: Subscriber) -> list[dict[str, Any]]:
    entries = Suppression.objects.filter(address_hash=subscriber.address_hash).select_related("newsletter")
    return [
        {
            "newsletter": entry.newsletter.name if entry.newsletter else None,
            "reason": entry.reason,
            "note": entry.note,
            "since": entry.created_at,
        }
        for entry in entries
    ]


def _names(model: type[Topic] | type[Place], keys: list[Any], language: str) -> list[dict[str, Any]]:
    """Each with its key and its name in that language, or in any; without a name where it was deleted."""
    names: dict[Any, str] = {}
    for term in model.objects.filter(translation_key__in=keys).select_related("locale").order_by("pk"):
        if term.translation_key not in names or term.locale.language_code == language:
            names[term.translation_key] = term.name
    return [{"key": key, "name": names.get(key, "")} for key in keys]


register_personal_data("subscriber", _subscriber)
register_personal_data("subscriptions", _subscriptions)
register_personal_data("topics", _topics)
register_personal_data("evidence", _evidence)
register_personal_data("do_not_mail_list", _do_not_mail)
