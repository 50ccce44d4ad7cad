"""What a segment can ask of a subscriber. Other rooms add their own with register_condition().

A condition is stored as {"type": name, "value": …} and compiled from that stored value, not from the
StreamField: Wagtail drops types it does not know when it loads them, and a dropped condition would make
the audience WIDER. Here an unknown type or a missing target raises SegmentUnusable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from stories.models import Topic


class SegmentUnusable(Exception):
    """A segment that cannot say whom it means. The message names the segment's fault in words."""


@dataclass(frozen=True)
class Condition:
    """`compile(value)` returns a Q over Subscriber; `describe(value)` the words after "people who …"."""

    name: str
    label: str | Promise
    block: blocks.Block
    compile: Callable[[Any], Q]
    describe: Callable[[Any], str]


CONDITIONS: dict[str, Condition] = {}


def register_condition(condition: Condition) -> None:
    if condition.name in CONDITIONS:
        raise ValueError(f"There is a condition named {condition.name!r} already.")
    CONDITIONS[condition.name] = condition


def condition_named(name: str) -> Condition:
    if name not in CONDITIONS:
        raise SegmentUnusable(
            _g("it has a condition of the type “%(name)s”, which this version does not know") % {"name": name}
        )
    return CONDITIONS[name]


def stored_list(value: Any, key: str) -> list[Any]:
    """A ListBlock or multiple choice as stored: [{"type": "item", "value": …}] or […]; empty raises."""
    entries = value.get(key) if isinstance(value, dict) else None
    if not isinstance(entries, list) or not entries:
        raise SegmentUnusable(_g("one of its conditions is empty"))
    return [entry.get("value") if isinstance(entry, dict) else entry for entry in entries]


# --- topic -----------------------------------------------------------------------------------------
def chosen_topics(value: Any) -> list[Topic]:
    # A chooser stores primary keys; None and anything else stand for a target that is no longer there.
    keys = [key if isinstance(key, int) else None for key in stored_list(value, "topics")]
    topics = list(Topic.objects.filter(pk__in=[key for key in keys if key is not None]))
    if len(topics) != len(set(keys)):
        raise SegmentUnusable(_g("a topic it asks for was deleted"))
    return topics


def compile_topic(value: Any) -> Q:
    from newsletter.audience.models import TopicChoice

    keys = [topic.translation_key for topic in chosen_topics(value)]
    return Q(Exists(TopicChoice.objects.filter(subscriber=OuterRef("pk"), topic_key__in=keys)))


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
            _g("chose %(topics)s") % {"topics": _g(" or ").join(topic.name for topic in chosen_topics(value))}
        ),
    )
)


# --- language --------------------------------------------------------------------------------------
def chosen_languages(value: Any) -> list[str]:
    languages = [str(code) for code in stored_list(value, "languages")]
    unknown = [code for code in languages if code not in dict(settings.LANGUAGES)]
    if unknown:
        raise SegmentUnusable(
            _g("it asks for the language “%(codes)s”, which this site does not have")
            % {"codes": ", ".join(unknown)}
        )
    return languages


register_condition(
    Condition(
        name="language",
        label=_("reads a language"),
        block=blocks.StructBlock(
            [
                (
                    "languages",
                    blocks.MultipleChoiceBlock(choices=lambda: settings.LANGUAGES, label=_("any of")),
                )
            ],
            icon="globe",
        ),
        compile=lambda value: Q(language__in=chosen_languages(value)),
        describe=lambda value: (
            _g("read %(languages)s")
            % {
                "languages": _g(" or ").join(
                    str(dict(settings.LANGUAGES)[code]) for code in chosen_languages(value)
                )
            }
        ),
    )
)

# --- kind ------------------------------------------------------------------------------------------
KINDS = [("person", _("a person")), ("organisation", _("an organisation"))]


def chosen_kind(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in dict(KINDS):
        raise SegmentUnusable(_g("it asks for a kind of subscriber that does not exist"))
    return kind


register_condition(
    Condition(
        name="kind",
        label=_("is a person or an organisation"),
        block=blocks.StructBlock([("kind", blocks.ChoiceBlock(choices=KINDS, label=_("is")))], icon="group"),
        compile=lambda value: Q(kind=chosen_kind(value)),
        describe=lambda value: _g("are %(kind)s") % {"kind": dict(KINDS)[chosen_kind(value)]},
    )
)
