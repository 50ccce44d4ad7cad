"""How many topics readers may be told apart by, in lists of new stories on the topics each of them chose."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from newsletter.audience.forms import topic_choices

# Each topic doubles the versions somebody may need: six are sixty-four in a language, and one for who chose none.
MAX_TOPICS = 6
# Segments that blocks are aimed at double them as well.
MAX_TOLD_APART = 8


def too_many_topics(topics: Collection[UUID], *, segments: int) -> str:
    """In words for who can mend it, with the topics' names; empty where there are few enough.

    `topics` are those with anything new, as translation keys, `segments` how many the edition's blocks are aimed at.
    """
    if len(topics) > MAX_TOPICS:
        return _(
            "%(n)s topics have new stories: %(topics)s. Lists on the topics each reader chose can tell at most %(max)s "
            "apart. Name at most %(max)s topics in the block “New stories”."
        ) % {"n": len(topics), "topics": _names(topics), "max": MAX_TOPICS}
    if topics and len(topics) + segments > MAX_TOLD_APART:
        return _(
            "Segments that blocks are aimed at (%(segments)s) and topics with new stories (%(n)s: %(topics)s) may be "
            "%(max)s together. Name fewer topics in the block “New stories”, or aim at fewer segments."
        ) % {"n": len(topics), "topics": _names(topics), "segments": segments, "max": MAX_TOLD_APART}
    return ""


def _names(topics: Collection[UUID]) -> str:
    names = topic_choices(get_language() or "")
    return ", ".join(name for key, name in names if UUID(key) in topics)
