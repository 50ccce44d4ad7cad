"""Corrections in feeds: before the text of what was corrected, and as a feed of their own."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid5

from django.db.models import F
from django.utils import timezone
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page
from wagtail.query import PageQuerySet

from stories.events.words import day_in_words
from stories.models import ArticlePage, Correction, CorrectionsPage, SiteIdentity
from stories.models.corrections import headline_of, older_twins

from .channels import Channel, Scope
from .clean_html import clean_html
from .entries import FeedEntry, Licence, Person, permanent_id, plain_line, whole_seconds

SLUG = "corrections"


def corrections_html(article: ArticlePage) -> SafeString:
    """What was put right, newest first: it stands before the text, where somebody who read that text will see it."""
    return mark_safe("".join(_as_html(correction) for correction in article.correction_list))


def title_of(article: ArticlePage) -> str:
    """A headline that was retracted must not travel on alone."""
    return plain_line(headline_of(article))


def summary_of_retraction(article: ArticlePage) -> str:
    """Programs that show only the summary would tell the old story without it."""
    return _headed(article.retraction) if article.retraction else ""


def correction_channels(scope: Scope) -> Iterable[Channel]:
    """One entry for each correction of the language, under the day it was made."""
    if scope.home is None:
        return
    listing = CorrectionsPage.objects.child_of(scope.home).live().public().order_by("path").first()
    yield Channel(
        slug=SLUG,
        scope=scope,
        title=gettext_lazy("Corrections"),
        description=gettext_lazy("What we got wrong, and what is right."),
        articles=lambda: _corrected_pages(scope),
        covers=lambda page: page.locale_id == scope.locale.pk and page.corrections.exists(),
        html_url=(listing.full_url if listing else None) or scope.home_url,
        entries=_entries,
        order=("made_at", "correction_id"),
    )


def _corrected_pages(scope: Scope) -> PageQuerySet:
    """A row for each correction: a page that was corrected twice comes twice."""
    if scope.home is None:
        return Page.objects.none()
    return (
        Page.objects.descendant_of(scope.home)
        .filter(locale=scope.locale, corrections__isnull=False)
        .live()
        .public()
        .annotate(correction_id=F("corrections__pk"), made_at=F("corrections__made_at"))
    )


def _entries(
    pages: PageQuerySet, scope: Scope, identity: SiteIdentity, newsroom: Person
) -> tuple[FeedEntry, ...]:
    keys = list(pages.values_list("correction_id", flat=True))
    found = (
        Correction.objects.select_related("page")
        .annotate(twins_before=older_twins(page="page", made_at="made_at", pk="pk"))
        .in_bulk(keys)
    )
    licence = Licence(*map(str, identity.licence))
    corrections = (found[key] for key in keys if key in found)
    entries = (_entry(correction, scope, licence=licence, newsroom=newsroom) for correction in corrections)
    return tuple(entry for entry in entries if entry is not None)


def _entry(correction: Correction, scope: Scope, *, licence: Licence, newsroom: Person) -> FeedEntry | None:
    """None for a correction of a page without an address."""
    url = correction.page.full_url
    if not url:
        return None
    title = _("%(kind)s: %(title)s") % {
        "kind": correction.get_kind_display(),
        "title": plain_line(correction.page.title) or url,
    }
    # Not by the record's key, which publishing an older revision changes (Correction.anchor).
    guid = permanent_id(uuid5(correction.page.translation_key, correction.anchor), scope.language)
    return FeedEntry(
        guid=guid,
        url=f"{url}#{correction.anchor}",
        title=title,
        summary=plain_line(correction.text) or title,
        content_html=clean_html(linebreaks(correction.text, autoescape=True), url),
        published=whole_seconds(correction.made_at),
        updated=whole_seconds(correction.made_at),
        language=scope.language,
        authors=(newsroom,),
        licence=licence,
    )


def _as_html(correction: Correction) -> SafeString:
    return format_html(
        "<p><strong>{}</strong></p>{}",
        _dated(correction),
        mark_safe(linebreaks(correction.text, autoescape=True)),
    )


def _headed(correction: Correction) -> str:
    return f"{_dated(correction)}: {plain_line(correction.text)}"


def _dated(correction: Correction) -> str:
    return _("%(kind)s, %(day)s") % {
        "kind": correction.get_kind_display(),
        "day": day_in_words(timezone.localtime(correction.made_at)),
    }
