"""What changed between the launch of a mailing and its beginning: a planned one may wait for days."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from wagtail.models import Revision

from newsletter.audience.models import Segment
from newsletter.editions.blocks import aimed_segment_ids
from newsletter.editions.models import EditionPage
from newsletter.editions.own_topics import too_many_topics
from newsletter.editions.parts import Cards
from newsletter.editions.preflight import check_edition
from newsletter.sending.models import Mailing


class ChangedSinceLaunch(Exception):
    """The mailing must not begin unseen. The message says what changed and what to do."""


def see_segments(mailing: Mailing) -> None:
    """Remembers how the segments chosen for the mailing, and those its blocks are aimed at, stand now."""
    mailing.segments_seen = {str(pk): digest for pk, (_name, digest) in _segments(mailing).items()}
    mailing.save(update_fields=["segments_seen"])


def refuse_what_changed(mailing: Mailing, editions: Mapping[str, EditionPage]) -> None:
    """Raises ChangedSinceLaunch for segments that mean other people by now, and for errors that the pinned versions
    did not have when they were launched, such as a story that was unpublished.
    """
    words = [
        _(
            "The segment “%(name)s” was changed after this was planned. Look at the people, then go on or cancel."
        )
        % {"name": name}
        for pk, (name, digest) in _segments(mailing).items()
        if mailing.segments_seen.get(str(pk)) != digest
    ]
    words += [
        _no_longer(finding.message)
        # New stories are those there were at the launch.
        for finding in check_edition(mailing.edition, versions=editions, until=mailing.created_at)
        if finding.level == "error"
    ]
    if words:
        raise ChangedSinceLaunch("\n".join(words))


def refuse_too_many_topics(cards: Iterable[Cards], *, segments: int) -> None:
    """Raises ChangedSinceLaunch where more topics have new stories by now than readers may be told apart by.

    A mailing that did not wait is asked, too: stories are published, and given topics, at any moment.
    """
    topics = frozenset().union(*(one.topics_with_news() for one in cards))
    if error := too_many_topics(topics, segments=segments):
        raise ChangedSinceLaunch(_no_longer(error))


def _no_longer(error: str) -> str:
    return _(
        "It can no longer be sent as it was planned: %(error)s Cancel this, mend the edition, and send it anew."
    ) % {"error": error}


def _segments(mailing: Mailing) -> dict[int, tuple[str, str]]:
    """{primary key: (name, digest of its rules)}. Raises SegmentUnusable."""
    meant = {
        *mailing.segments.values_list("pk", flat=True),
        *mailing.excluded_segments.values_list("pk", flat=True),
        *aimed_segment_ids(_pinned_blocks(mailing)),
    }
    return {
        segment.pk: (segment.name, segment.digest())
        for segment in Segment.objects.filter(pk__in=meant).order_by("pk")
    }


def _pinned_blocks(mailing: Mailing) -> Iterator[Any]:
    """The blocks of every language, as they were pinned; read without making pages of them."""
    revisions = Revision.objects.filter(pk__in=mailing.revisions.values())
    for content in revisions.values_list("content", flat=True):
        yield from json.loads(content["body"])
