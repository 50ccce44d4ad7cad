"""Twelve hundred invented subscribers, the same at every run, with the evidence of how they came."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.text import slugify

from newsletter.audience.addresses import address_hash, normalise_address
from newsletter.audience.forms import consent_words
from newsletter.audience.models import (
    Newsletter,
    Subscriber,
    Subscription,
    SubscriptionEvent,
    Suppression,
    TopicChoice,
)
from newsletter.audience.suppressions import suppress
from newsroom.demo.vocabulary import Vocabulary

SUBSCRIBERS = 1200
SEED = 14
LANGUAGES = {"en": 45, "es": 30, "fr": 25}
DOMAINS = (
    "bobbin",
    "heddle",
    "shuttle",
    "selvedge",
    "spindle",
    "treadle",
    "warp",
    "skein",
    "carding",
    "hemp",
)
NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8:17::/48")  # RFC 5737 and RFC 3849
# How many topics people choose, and how often.
TOPIC_COUNTS = {0: 5, 1: 22, 2: 34, 3: 27, 4: 12}
RELATIONS = {"supporter": 68, "member": 20, "ally": 7, "press": 4, "board": 1}
BEGINNING = datetime(2019, 5, 4, 9, tzinfo=UTC)
LATEST = datetime(2026, 11, 19, 20, tzinfo=UTC)
DO_NOT_MAIL = [
    (Suppression.Reason.HARD_BOUNCE, 7),
    (Suppression.Reason.COMPLAINT, 4),
    (Suppression.Reason.STAFF, 2),
]

Kind = SubscriptionEvent.Kind
Status = Subscription.Status


def load_subscribers(
    names: dict[str, Any], vocabulary: Vocabulary, *, monthly: Newsletter, press: Newsletter
) -> int:
    """All of them or, where there are any, none: who was erased here is not put back. Returns how many it made."""
    if Subscriber.objects.exists():
        return 0
    random = Random(SEED)  # noqa: S311 - invented people, no secrets
    with transaction.atomic():
        people = _people(names, vocabulary, random)
        people = Subscriber.objects.bulk_create(people)
        _choose_topics(people, vocabulary, random)
        subscriptions = [_subscription(person, monthly, random) for person in people]
        subscriptions += [
            _subscription(person, press, random)
            for person in people
            if person.kind == Subscriber.Kind.ORGANISATION or person.relation == Subscriber.Relation.PRESS
        ]
        Subscription.objects.bulk_create(subscriptions)
        SubscriptionEvent.objects.bulk_create(_evidence(subscriptions, random))
        _date(people, subscriptions)
        _suppress_some(subscriptions, monthly, random)
    return len(people)


def _people(names: dict[str, Any], vocabulary: Vocabulary, random: Random) -> list[Subscriber]:
    organisations = [
        _organisation(name, table["language"], random)
        for table in names["organisations"]
        for name in table["names"]
    ]
    places = sorted({place.translation_key for place in vocabulary.places.values()})
    people = [_person(number, names, random) for number in range(1, SUBSCRIBERS - len(organisations) + 1)]
    everybody = people + organisations
    random.shuffle(everybody)
    for subscriber in everybody:
        subscriber.address_hash = address_hash(subscriber.email)
        # Where somebody lives is theirs to say; most did not.
        subscriber.place_key = random.choice(places) if random.random() < 0.4 else None
    return everybody


def _person(number: int, names: dict[str, Any], random: Random) -> Subscriber:
    language = _draw(LANGUAGES, random)
    # As in any town, some read in another language than their names come from.
    origin = language if random.random() < 0.85 else random.choice(list(LANGUAGES))
    given, surname = random.choice(names[origin]["given"]), random.choice(names[origin]["surnames"])
    domain = random.choice(DOMAINS)
    return Subscriber(
        email=normalise_address(f"{_ascii(given)}.{_ascii(surname)}.{number}@{domain}.example"),
        name=f"{given} {surname}" if random.random() < 0.8 else "",
        language=language,
        relation=_draw(RELATIONS, random),
    )


def _organisation(name: str, language: str, random: Random) -> Subscriber:
    mailbox = {"en": "office", "es": "hola", "fr": "bureau"}[language]
    return Subscriber(
        email=normalise_address(f"{mailbox}@{_ascii(name)}.example"),
        name=name,
        language=language,
        kind=Subscriber.Kind.ORGANISATION,
        relation=random.choice(
            [Subscriber.Relation.MEMBER, Subscriber.Relation.MEMBER, Subscriber.Relation.ALLY]
        ),
    )


def _choose_topics(people: list[Subscriber], vocabulary: Vocabulary, random: Random) -> None:
    keys: list[UUID] = sorted({topic.translation_key for topic in vocabulary.topics.values()})
    TopicChoice.objects.bulk_create(
        TopicChoice(subscriber=person, topic_key=key)
        for person in people
        for key in random.sample(keys, _draw(TOPIC_COUNTS, random))
    )


def _subscription(person: Subscriber, newsletter: Newsletter, random: Random) -> Subscription:
    # The network grew: more people came later.
    asked = BEGINNING + (LATEST - BEGINNING) * random.random() ** 0.6
    asked = asked.replace(microsecond=0)
    subscription = Subscription(
        subscriber=person,
        newsletter=newsletter,
        status=Status.CONFIRMED,
        rhythm=Subscription.Rhythm.MONTHLY if random.random() < 0.12 else Subscription.Rhythm.EVERY_EDITION,
        requested_at=asked,
        confirmed_at=asked + timedelta(minutes=random.randint(1, 2000)),
    )
    chance = random.random()
    if chance < 0.02:
        subscription.status, subscription.confirmed_at = Status.PENDING, None
    elif chance < 0.05:
        subscription.status = Status.UNSUBSCRIBED
        subscription.unsubscribed_at = asked + (LATEST + timedelta(days=2) - asked) * random.uniform(0.1, 1)
    return subscription


def _evidence(subscriptions: Iterable[Subscription], random: Random) -> list[SubscriptionEvent]:
    words: dict[tuple[str, str], str] = {}
    events = []
    for subscription in subscriptions:
        person, newsletter, network = (
            subscription.subscriber,
            subscription.newsletter,
            random.choice(NETWORKS),
        )
        if (newsletter.slug, person.language) not in words:
            words[newsletter.slug, person.language] = _consent_words(newsletter, person.language)
        page, consent = f"/subscribe/{newsletter.slug}/", words[newsletter.slug, person.language]
        moments = [
            (Kind.REQUESTED, subscription.requested_at, page, consent),
            (Kind.MAILED, subscription.requested_at + timedelta(seconds=2), "confirmation", ""),
            (Kind.CONFIRMED, subscription.confirmed_at, "/confirm/", ""),
            (Kind.UNSUBSCRIBED, subscription.unsubscribed_at, "one-click", ""),
        ]
        events += [
            SubscriptionEvent(
                subscriber=person,
                address_hash=person.address_hash,
                newsletter=newsletter,
                kind=kind,
                at=at,
                origin=origin,
                network="" if kind == Kind.MAILED else network,
                language=person.language,
                text=text,
            )
            for kind, at, origin, text in moments
            if at is not None
        ]
    return sorted(events, key=lambda event: event.at)


def _consent_words(newsletter: Newsletter, language: str) -> str:
    with translation.override(language):
        return consent_words(newsletter.in_language(language))


def _date(people: list[Subscriber], subscriptions: list[Subscription]) -> None:
    """On the list since they first asked."""
    first: dict[int, datetime] = {}
    for subscription in subscriptions:
        known = first.get(subscription.subscriber_id, subscription.requested_at)
        first[subscription.subscriber_id] = min(known, subscription.requested_at)
    for person in people:
        person.created_at = first[person.pk]
    Subscriber.objects.bulk_update(people, ["created_at"], batch_size=400)


def _suppress_some(subscriptions: list[Subscription], newsletter: Newsletter, random: Random) -> None:
    """People who are confirmed and may not be mailed all the same: what the sending leaves out, and says so."""
    confirmed = [
        subscription.subscriber
        for subscription in subscriptions
        if subscription.newsletter_id == newsletter.pk
        and subscription.status == Status.CONFIRMED
        and subscription.subscriber.language != "en"
    ]
    chosen = iter(random.sample(confirmed, sum(count for _reason, count in DO_NOT_MAIL)))
    for reason, count in DO_NOT_MAIL:
        for _place in range(count):
            suppress(address_hash=next(chosen).address_hash, reason=reason)


def _draw(weights: dict[Any, int], random: Random) -> Any:
    return random.choices(list(weights), weights=list(weights.values()))[0]


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return slugify(plain)
