"""Translations: which revision of the original they were made from, and whether the original has moved on since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import Page, Revision

from stories.models import Translated

UP_TO_DATE = "stories.translation.up_to_date"


@dataclass(frozen=True)
class Change:
    """The original was published anew after the translation was made from it, or brought up to it, at `since`.

    `seen` and `newest` are keys of the original's revisions.
    """

    original: Page
    seen: int
    newest: int
    since: datetime


class MovedOn(Exception):
    """The original was published again after somebody looked at it."""


def translated_types() -> list[type[Page]]:
    """Every type of page that remembers its original, whichever room it is in."""
    return [model for model in apps.get_models() if issubclass(model, Translated) and issubclass(model, Page)]


def remember_original(translation: Page, source: Page) -> None:
    """To be called when the source was copied to be translated. An alias has no text of its own to be out of date."""
    if translation.alias_of_id or not isinstance(translation, Translated):
        return
    translation.translated_from_id = copied_revision(source)
    _store(translation)


def copied_revision(source: Page) -> int | None:
    """The key of the revision a copy of the page holds: what is published, else the latest draft.

    None for a published page that was never saved as a revision, or changed since: nobody can tell then.
    """
    source.refresh_from_db(fields=["live", "live_revision", "latest_revision", "has_unpublished_changes"])
    if source.live and source.live_revision_id is None:
        return None if source.has_unpublished_changes else source.latest_revision_id
    return source.live_revision_id if source.live else source.latest_revision_id


def original_of(page: Page) -> Page | None:
    """What the page was translated from; where that is not known, the oldest page it is a translation of."""
    group = Page.objects.filter(translation_key=page.translation_key, pk__lt=page.pk)
    if not isinstance(page, Translated):
        return None
    if page.original is not None:
        return page.original
    oldest: Page | None = group.select_related("locale").order_by("pk").first()
    return oldest


def change_of_original(page: Page) -> Change | None:
    """None as long as the translation was made from what is published, and where nobody knows from what."""
    if not isinstance(page, Translated) or page.translated_from_id is None or page.original is None:
        return None
    newest = page.original.live_revision_id
    if newest is None or newest == page.translated_from_id:
        return None
    since = Revision.objects.values_list("created_at", flat=True).get(pk=page.translated_from_id)
    return Change(page.original, page.translated_from_id, newest, since)


@transaction.atomic
def bring_up_to_date(page: Page, *, seen: int, user: Any) -> None:
    """The translation says what the original says as of the revision `seen`.

    Raises MovedOn when the original has been published again meanwhile, LookupError for what is no translation.
    """
    original = original_of(page)
    if original is None or not isinstance(page, Translated):
        raise LookupError(f"{page} is not known to be a translation.")
    locked = Page.objects.select_for_update(of=("self",)).get(pk=original.pk)
    if copied_revision(locked) != seen:
        raise MovedOn
    before, page.translated_from_id = page.translated_from_id, seen
    _store(page)
    log(
        instance=page,
        action=UP_TO_DATE,
        user=user,
        data={"original": original.pk, "from": before, "to": seen},
    )


def _store(page: Page) -> None:
    """Past saving: what a page was translated from is no change of the page."""
    type(page)._default_manager.filter(pk=page.pk).update(translated_from=page.translated_from_id)
    page.__dict__.pop("original", None)
