"""The versions of a mailing, as its page lists them."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from newsletter.audience.forms import topic_choices
from newsletter.audience.models import Segment
from newsletter.sending.models import EVERY_TOPIC, Mailing, Variant


@dataclass(frozen=True)
class VersionRow:
    """`segments` names those whose blocks it shows. `topics` names what its readers chose of the topics that told them
    apart; empty where its lists are whole.
    """

    variant: Variant
    segments: str
    topics: str


def version_rows(mailing: Mailing) -> list[VersionRow]:
    """In three queries, however many versions there are."""
    variants = list(
        mailing.variants.defer("html", "text").order_by("language", "shown_segments", "shown_topics", "pk")
    )
    keys = {int(pk) for variant in variants for pk in variant.shown_segments.split(",") if pk}
    segments = Segment.objects.filter(pk__in=keys).values_list("pk", "name") if keys else ()
    names = {str(pk): name for pk, name in segments}
    topics = (
        {UUID(key).hex: name for key, name in topic_choices(get_language() or "")}
        if any(variant.shown_topics != EVERY_TOPIC for variant in variants)
        else {}
    )
    return [
        VersionRow(
            variant,
            segments=_named(variant.shown_segments, names),
            topics=""
            if variant.shown_topics == EVERY_TOPIC
            else _named(variant.shown_topics, topics) or _("none of their topics"),
        )
        for variant in variants
    ]


def _named(keys: str, names: dict[str, str]) -> str:
    return ", ".join(sorted((names[key] for key in keys.split(",") if key in names), key=str.casefold))
