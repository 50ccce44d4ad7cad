"""The `preparing` state: render the versions, then freeze the audience. May be run again at any point."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.models import Revision

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Segment
from newsletter.editions.archive import archive_body, archive_edition
from newsletter.editions.blocks import aimed_segment_ids
from newsletter.editions.frame import Letterhead, letterhead_of
from newsletter.editions.models import EditionPage
from newsletter.editions.parts import Cards, cards_of
from newsletter.editions.rendering import render_version
from newsletter.sending.changed_since import (
    ChangedSinceLaunch,
    refuse_too_many_topics,
    refuse_what_changed,
)
from newsletter.sending.dialects import configured_dialect
from newsletter.sending.models import Mailing, Variant
from newsletter.sending.recipes import Recipe, ToldApart, recipes_needed
from newsletter.sending.reserved import ReservedAddresses, refuse_reserved
from newsletter.sending.snapshot import (
    MAX_BATCH,
    Addressees,
    VersionMissing,
    recipients_with_reasons,
    take_snapshot,
)
from newsletter.sending.tasks import send_batch, tell_manager, wake

if TYPE_CHECKING:
    from newsletter.sending.snapshot import People

logger = logging.getLogger(__name__)

# Single messages share a batch's fate only one by one, so a batch of them may be short.
SINGLES_IN_A_BATCH = 100
# The list may change while versions are rendered; each round renders only what is new.
ROUNDS = 5


def prepare(mailing_id: int) -> None:
    mailing = Mailing.objects.select_related("edition", "newsletter").get(pk=mailing_id)
    if mailing.state != Mailing.State.PREPARING:
        return
    try:
        editions = pinned_editions(mailing)
        if mailing.waited:
            refuse_what_changed(mailing, editions)
        aimed = aimed_segments(editions)
        cards = story_cards_of(mailing, editions)
        refuse_too_many_topics(cards.values(), segments=len(aimed))
        told_apart = ToldApart(languages=list(editions), segments=aimed, cards=cards)
        bodies = {
            language: archive_body(edition, cards=cards[language]) for language, edition in editions.items()
        }
        for _round in range(ROUNDS):
            people = told_apart.numbered(
                recipients_with_reasons(Addressees.of(mailing), languages=list(editions), aimed=aimed)
            )
            refuse_reserved(people.filter(reason=""), field="email")
            recipes = recipes_needed(people, told_apart)
            render_missing(mailing, editions=editions, recipes=recipes, cards=cards)
            try:
                freeze(mailing, people=people, recipes=recipes, editions=editions, bodies=bodies)
            except VersionMissing:
                continue
            return
        raise SegmentUnusable(_("The list changes faster than it can be read. Try again in a minute."))
    except (ChangedSinceLaunch, SegmentUnusable, ReservedAddresses) as error:
        logger.warning("Mailing %s stopped while preparing: %s", mailing_id, error)
        with transaction.atomic():
            stopped = Mailing.objects.filter(pk=mailing_id, state=Mailing.State.PREPARING).update(
                state=Mailing.State.PAUSED, fault=str(error)
            )
            if stopped:
                wake(tell_manager, mailing_id)


def pinned_editions(mailing: Mailing) -> dict[str, EditionPage]:
    """{language: the edition as it stood at launch}, in the order of Mailing.languages."""
    revisions = Revision.objects.in_bulk(list(mailing.revisions.values()))
    return {language: revisions[mailing.revisions[language]].as_object() for language in mailing.languages}


def story_cards_of(mailing: Mailing, editions: dict[str, EditionPage]) -> dict[str, Cards]:
    """{language: the edition's stories}, looked up once for all its versions and the archive.

    New stories are those there were at the launch, also for a second try of it.
    """
    launched = mailing.retry_of.created_at if mailing.retry_of else mailing.created_at
    cards = {}
    for language, edition in editions.items():
        with translation.override(language):
            cards[language] = cards_of(edition, until=launched, topics=None)
    return cards


def aimed_segments(editions: dict[str, EditionPage]) -> list[Segment]:
    """Segments that any language's blocks are aimed at. Raises SegmentUnusable when one was deleted."""
    wanted = set().union(*(aimed_segment_ids(edition.body.raw_data) for edition in editions.values()))
    found = list(Segment.objects.filter(pk__in=wanted).order_by("pk"))
    if len(found) != len(wanted):
        raise SegmentUnusable(_("A block is aimed at a segment that was deleted."))
    return found


def render_missing(
    mailing: Mailing,
    *,
    editions: dict[str, EditionPage],
    recipes: Mapping[int, Recipe],
    cards: dict[str, Cards] | None = None,
) -> None:
    """Renders outside any transaction: a slow template must not hold the database."""
    have = set(mailing.variants.values_list("language", "for_others", "shown_segments", "shown_topics"))
    # Several numbers may need the same version.
    missing = {recipe.key: recipe for recipe in recipes.values() if recipe.key not in have}
    letterheads: dict[str, Letterhead] = {}
    for (language, for_others, segments, topics), recipe in missing.items():
        edition = editions[language]
        if language not in letterheads:
            with translation.override(language):
                letterheads[language] = letterhead_of(edition, newsletter=mailing.newsletter)
        version = render_version(
            edition,
            newsletter=mailing.newsletter,
            shown_segments=frozenset(recipe.shown_segments),
            shown_topics=None if recipe.shown_topics is None else frozenset(recipe.shown_topics),
            cards=cards[language] if cards is not None else None,
            letterhead=letterheads[language],
            for_others=for_others,
        )
        variant = Variant(
            mailing=mailing,
            language=language,
            shown_segments=segments,
            shown_topics=topics,
            for_others=for_others,
            revision_id=mailing.revisions[language],
            subject=version.subject,
            html=version.html,
            text=version.text,
            fields=version.fields,
        )
        # Another worker may have made the same one meanwhile.
        Variant.objects.bulk_create([variant], ignore_conflicts=True)


def freeze(
    mailing: Mailing,
    *,
    people: "People",
    recipes: Mapping[int, Recipe],
    editions: dict[str, EditionPage],
    bodies: dict[str, SafeString],
) -> None:
    """One short transaction: deliveries, batches, wake-ups, and the state that says so."""
    dialect = configured_dialect()
    with transaction.atomic():
        locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if locked.state != Mailing.State.PREPARING or locked.audience is not None:
            return  # another worker, or a cancel, was here first
        take_snapshot(
            locked,
            people=people,
            recipes=recipes,
            batch_size=min(dialect.max_recipients, MAX_BATCH) if dialect else SINGLES_IN_A_BATCH,
        )
        locked.state = Mailing.State.SENDING
        locked.save(update_fields=["audience", "left_out", "state"])
        if locked.retry_of_id is None:
            # A second try sends what was published then; what was corrected since stays.
            publish_and_archive(locked, editions=editions, bodies=bodies)
        for pk in locked.batches.values_list("pk", flat=True):
            wake(send_batch, pk)


def publish_and_archive(
    mailing: Mailing, *, editions: dict[str, EditionPage], bodies: dict[str, SafeString]
) -> None:
    revisions = Revision.objects.in_bulk(list(mailing.revisions.values()))
    for language, edition in editions.items():
        revision = revisions[mailing.revisions[language]]
        # The launch was permitted; publishing needs no permission of its own.
        revision.publish(user=mailing.launched_by, skip_permission_checks=True)
        archive_edition(
            edition,
            revision=revision,
            sent_at=mailing.started_at or timezone.now(),
            body=bodies[language],
        )
