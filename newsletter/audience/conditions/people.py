"""Conditions on the person: language, kind, connection to us."""

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from newsletter.audience.conditions.registry import (
    Condition,
    SegmentUnusable,
    any_of,
    register_condition,
    stored,
    stored_list,
)
from newsletter.audience.models.subscribers import Subscriber

KINDS = [("person", _("a person")), ("organisation", _("an organisation"))]


def chosen_languages(value: Any) -> list[str]:
    languages = [str(code) for code in stored_list(value, "languages")]
    unknown = [code for code in languages if code not in dict(settings.LANGUAGES)]
    if unknown:
        raise SegmentUnusable(
            _g("it asks for the language “%(codes)s”, which this site does not have")
            % {"codes": ", ".join(unknown)}
        )
    return languages


def chosen_kind(value: Any) -> str:
    kind = stored(value, "kind")
    if not isinstance(kind, str) or kind not in dict(KINDS):
        raise SegmentUnusable(_g("it asks for a kind of subscriber that does not exist"))
    return kind


def chosen_relations(value: Any) -> list[Subscriber.Relation]:
    try:
        return [Subscriber.Relation(relation) for relation in stored_list(value, "relations")]
    except ValueError as error:
        raise SegmentUnusable(_g("it asks for a connection to us that does not exist")) from error


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
            % {"languages": any_of([str(dict(settings.LANGUAGES)[code]) for code in chosen_languages(value)])}
        ),
    )
)
register_condition(
    Condition(
        name="kind",
        label=_("is a person or an organisation"),
        block=blocks.StructBlock([("kind", blocks.ChoiceBlock(choices=KINDS, label=_("is")))], icon="group"),
        compile=lambda value: Q(kind=chosen_kind(value)),
        describe=lambda value: _g("are %(kind)s") % {"kind": dict(KINDS)[chosen_kind(value)]},
    )
)
register_condition(
    Condition(
        name="relation",
        label=_("has a connection to us"),
        block=blocks.StructBlock(
            [
                (
                    "relations",
                    blocks.MultipleChoiceBlock(choices=Subscriber.Relation.choices, label=_("any of")),
                )
            ],
            icon="link",
        ),
        compile=lambda value: Q(relation__in=chosen_relations(value)),
        describe=lambda value: (
            _g("have the connection %(relations)s")
            % {"relations": any_of([str(relation.label) for relation in chosen_relations(value)])}
        ),
    )
)
