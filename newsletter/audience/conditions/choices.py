"""Conditions on what people chose themselves: topics and newsletters."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from newsletter.audience.conditions.registry import (
    Condition,
    SegmentUnusable,
    any_of,
    quoted,
    register_condition,
    stored_list,
)
from newsletter.audience.conditions.related import stands_in_each
from newsletter.audience.models.newsletters import Newsletter
from newsletter.audience.models.subscribers import TopicChoice
from newsletter.audience.models.subscriptions import Subscription
from stories.models import Topic


def chosen_topics(value: Any) -> list[Topic]:
    # A chooser stores primary keys; None and anything else stand for a target that is no longer there.
    keys = [key if isinstance(key, int) else None for key in stored_list(value, "topics")]
    topics = list(Topic.objects.filter(pk__in=[key for key in keys if key is not None]))
    if len(topics) != len(set(keys)):
        raise SegmentUnusable(_g("a topic it asks for was deleted"))
    return topics


def compile_topic(value: Any) -> Q:
    keys = [topic.translation_key for topic in chosen_topics(value)]
    return stands_in_each(TopicChoice.objects.all(), "topic_key", keys)


def newsletter_choices() -> list[tuple[str, str]]:
    return [(str(newsletter.pk), newsletter.name) for newsletter in Newsletter.objects.all()]


def chosen_newsletters(value: Any) -> dict[int, str]:
    """Names by primary key."""
    keys = [str(key) for key in stored_list(value, "newsletters")]
    # isdecimal() knows digits of all scripts, the database only these.
    found = Newsletter.objects.filter(pk__in=[key for key in keys if key.isascii() and key.isdecimal()])
    names = dict(found.values_list("pk", "name"))
    if set(keys) != {str(key) for key in names}:
        raise SegmentUnusable(_g("a newsletter it asks for was deleted"))
    return names


def compile_newsletter(value: Any) -> Q:
    wanted = list(chosen_newsletters(value))
    confirmed = Subscription.objects.filter(status=Subscription.Status.CONFIRMED)
    return stands_in_each(confirmed, "newsletter", wanted)


register_condition(
    Condition(
        name="topic",
        label=_("chose a topic"),
        block=blocks.StructBlock(
            [
                (
                    "topics",
                    blocks.ListBlock(SnippetChooserBlock("stories.Topic"), label=_("any of"), min_num=1),
                )
            ],
            icon="tag",
        ),
        compile=compile_topic,
        describe=lambda value: (
            _g("chose %(topics)s") % {"topics": any_of([topic.name for topic in chosen_topics(value)])}
        ),
    )
)
register_condition(
    Condition(
        name="newsletter",
        label=_("is subscribed to a newsletter"),
        block=blocks.StructBlock(
            [
                (
                    "newsletters",
                    blocks.MultipleChoiceBlock(choices=newsletter_choices, label=_("any of")),
                )
            ],
            icon="mail",
        ),
        compile=compile_newsletter,
        describe=lambda value: (
            _g("are subscribed to %(newsletters)s")
            % {"newsletters": any_of([quoted(name) for name in chosen_newsletters(value).values()])}
        ),
    )
)
