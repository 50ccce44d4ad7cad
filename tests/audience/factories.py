"""The list in miniature: newsletters, readers and segments for the tests of every room."""

import json
from typing import Any

import factory
from django.db import connection
from django.utils import timezone
from factory.django import DjangoModelFactory

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import (
    Newsletter,
    NewsletterText,
    Segment,
    Subscriber,
    Subscription,
    Suppression,
    TopicChoice,
)
from stories.models import Topic
from tests.stories.factories import TopicFactory, locale_of


class NewsletterFactory(DjangoModelFactory[Newsletter]):
    class Meta:
        model = Newsletter

    name = factory.Sequence(lambda number: f"Newsletter {number}")
    slug = factory.Sequence(lambda number: f"newsletter-{number}")
    from_name = "Weft"
    from_email = "news@weft.example"
    list_id = factory.Sequence(lambda number: f"newsletter-{number}.weft.example")


class NewsletterTextFactory(DjangoModelFactory[NewsletterText]):
    class Meta:
        model = NewsletterText

    newsletter = factory.SubFactory(NewsletterFactory)
    locale = factory.LazyFunction(lambda: locale_of("en"))
    name = factory.LazyAttribute(lambda text: text.newsletter.name)
    description = "What cooperatives do, once a month."


class SubscriberFactory(DjangoModelFactory[Subscriber]):
    class Meta:
        model = Subscriber

    email = factory.Sequence(lambda number: f"reader{number}@readers.example")
    language = "en"


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    """Confirmed, unless told otherwise."""

    class Meta:
        model = Subscription

    class Params:
        pending = factory.Trait(status=Subscription.Status.PENDING, confirmed_at=None)
        unsubscribed = factory.Trait(
            status=Subscription.Status.UNSUBSCRIBED, unsubscribed_at=factory.LazyFunction(timezone.now)
        )

    subscriber = factory.SubFactory(SubscriberFactory)
    newsletter = factory.SubFactory(NewsletterFactory)
    status = Subscription.Status.CONFIRMED
    confirmed_at = factory.LazyFunction(timezone.now)


class TopicChoiceFactory(DjangoModelFactory[TopicChoice]):
    class Meta:
        model = TopicChoice

    class Params:
        topic = factory.SubFactory(TopicFactory)

    subscriber = factory.SubFactory(SubscriberFactory)
    topic_key = factory.SelfAttribute("topic.translation_key")


class SuppressionFactory(DjangoModelFactory[Suppression]):
    class Meta:
        model = Suppression

    class Params:
        address = factory.Sequence(lambda number: f"gone{number}@readers.example")

    address_hash = factory.LazyAttribute(lambda suppression: address_hash(suppression.address))
    reason = Suppression.Reason.COMPLAINT


class SegmentFactory(DjangoModelFactory[Segment]):
    """People who read English, unless `rules` says otherwise; see topic_rule, language_rule, kind_rule."""

    class Meta:
        model = Segment

    name = factory.Sequence(lambda number: f"Segment {number}")
    slug = factory.Sequence(lambda number: f"segment-{number}")
    rules = factory.LazyFunction(lambda: [language_rule("en")])


def topic_rule(*topics: Topic) -> dict[str, Any]:
    return {"type": "topic", "value": {"topics": [topic.pk for topic in topics]}}


def language_rule(*languages: str) -> dict[str, Any]:
    return {"type": "language", "value": {"languages": list(languages)}}


def kind_rule(kind: str) -> dict[str, Any]:
    return {"type": "kind", "value": {"kind": kind}}


def store_rules(segment: Segment, rules: Any) -> Segment:
    """Writes rules past the StreamField, as a database from another version of the code holds them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audience_segment SET rules = %s WHERE id = %s", [json.dumps(rules), segment.pk]
        )
    return Segment.objects.get(pk=segment.pk)
