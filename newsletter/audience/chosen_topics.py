"""Topics that readers chose for themselves. A choice of a topic that was deleted since counts as none: no page shows it."""

from uuid import UUID

from django.db.models import Q, QuerySet

from newsletter.audience.conditions.related import stands_in
from newsletter.audience.models import Subscriber, TopicChoice
from stories.models import Topic


def chose(topic_key: UUID) -> Q:
    """Whether somebody chose this topic, by its translation key: a Q over Subscriber, never NULL."""
    return stands_in(TopicChoice.objects.filter(topic_key=topic_key))


def chose_any() -> Q:
    """Whether somebody chose any topic: a Q over Subscriber, never NULL."""
    return stands_in(_of_known_topics())


def topics_chosen_by(reader: Subscriber) -> frozenset[UUID] | None:
    """Translation keys; None for who chose none, which is not the same as wanting nothing."""
    keys = _of_known_topics().filter(subscriber=reader).values_list("topic_key", flat=True)
    return frozenset(keys) or None


def _of_known_topics() -> QuerySet[TopicChoice]:
    return TopicChoice.objects.filter(topic_key__in=Topic.objects.values("translation_key"))
