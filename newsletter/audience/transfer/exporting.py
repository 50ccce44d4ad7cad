"""The list as CSV, one person a row, which an import reads back to the same list."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from newsletter.audience.models import Newsletter, Subscriber, Subscription, Suppression
from newsletter.audience.transfer.cells import joined, line
from newsletter.audience.transfer.formats import (
    OWN_COLUMNS,
    OWN_SUBSCRIPTION_COLUMNS,
    own_subscription_heading,
)
from stories.models import Place, Topic

AT_ONCE = 500


def as_csv(people: QuerySet[Subscriber], *, newsletters: Iterable[Newsletter] | None = None) -> Iterator[str]:
    """Lines of CSV (RFC 4180), each of these people once, with their subscriptions to those newsletters, or to all.

    In English, whoever asks: the file is for machines, too. A few hundred people are in memory at a time.
    """
    newsletters = sorted(
        Newsletter.objects.all() if newsletters is None else newsletters,
        key=lambda newsletter: newsletter.slug,
    )
    topics, places = _words(Topic), _words(Place)
    subscriptions = Subscription.objects.filter(newsletter__in=newsletters)
    # Spreadsheets need the mark to read UTF-8.
    yield "\ufeff" + line(
        [
            *OWN_COLUMNS,
            *(
                own_subscription_heading(newsletter, words)
                for newsletter in newsletters
                for words in OWN_SUBSCRIPTION_COLUMNS
            ),
        ]
    )
    prefetched = people.order_by("pk").prefetch_related(
        Prefetch("subscriptions", subscriptions, to_attr="exported"), "topic_choices"
    )
    portion: list[Any] = []
    for person in prefetched.iterator(chunk_size=AT_ONCE):
        portion.append(person)
        if len(portion) == AT_ONCE:
            yield _lines(portion, newsletters, topics, places)
            portion = []
    yield _lines(portion, newsletters, topics, places)


def _lines(
    people: list[Any],
    newsletters: list[Newsletter],
    topics: Callable[[Any], str],
    places: Callable[[Any], str],
) -> str:
    entries = Suppression.objects.filter(address_hash__in=[person.address_hash for person in people])
    reasons: dict[str, dict[int | None, str]] = {}
    for digest, newsletter_id, reason in entries.values_list("address_hash", "newsletter", "reason"):
        reasons.setdefault(digest, {})[newsletter_id] = reason
    return "".join(
        line(
            [
                *_person(person, theirs.get(None, ""), topics, places),
                *_subscriptions(person, newsletters, theirs),
            ]
        )
        for person in people
        for theirs in [reasons.get(person.address_hash, {})]
    )


def _person(
    person: Subscriber, reason: str, topics: Callable[[Any], str], places: Callable[[Any], str]
) -> list[str]:
    """In the order of OWN_COLUMNS."""
    return [
        person.email,
        person.name,
        person.language,
        places(person.place_key) if person.place_key else "",
        person.kind,
        person.relation,
        joined(str(tag) for tag in person.tags),
        joined(topics(choice.topic_key) for choice in person.topic_choices.all()),
        json.dumps(person.attributes, ensure_ascii=False) if person.attributes else "",
        _when(person.created_at),
        _when(person.paused_until),
        reason,
    ]


def _subscriptions(person: Any, newsletters: list[Newsletter], reasons: dict[int | None, str]) -> list[str]:
    """In the order of OWN_SUBSCRIPTION_COLUMNS; the do-not-mail list knows people without a subscription, too."""
    found = {subscription.newsletter_id: subscription for subscription in person.exported}
    cells: list[str] = []
    for newsletter in newsletters:
        subscription = found.get(newsletter.pk)
        for name in OWN_SUBSCRIPTION_COLUMNS.values():
            if name == "do_not_mail":
                cells.append(reasons.get(newsletter.pk, ""))
                continue
            value = getattr(subscription, name) if subscription else ""
            cells.append(value if isinstance(value, str) else _when(value))
    return cells


def _when(moment: datetime | date | None) -> str:
    return moment.isoformat() if moment else ""


def _words(model: type[Topic] | type[Place]) -> Callable[[Any], str]:
    """A term's slug, if that slug means it alone; otherwise its key."""
    keys: dict[str, set[Any]] = {}
    slugs: dict[Any, str] = {}
    for key, slug, name in model.objects.order_by("-pk").values_list("translation_key", "slug", "name"):
        keys.setdefault(slug.casefold(), set()).add(key)
        keys.setdefault(name.casefold(), set()).add(key)
        slugs[key] = slug
    return lambda key: slugs[key] if key in slugs and len(keys[slugs[key].casefold()]) == 1 else str(key)
