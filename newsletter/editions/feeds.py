"""The editions of each newsletter as a feed: what the archive shows, and no more."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from wagtail.query import PageQuerySet

from newsletter.editions.characters import sendable_line
from newsletter.editions.merge_fields import without_reader
from newsletter.editions.models import EditionPage, NewsletterPage
from stories.feeds.channels import Channel, Scope
from stories.feeds.clean_html import clean_html
from stories.feeds.entries import FeedEntry, Licence, Person, permanent_id, plain_line, whole_seconds
from stories.models import SiteIdentity

PREFIX = "newsletter-"


def edition_channels(scope: Scope) -> Iterable[Channel]:
    """A channel for each newsletter that has a public page in this language."""
    if scope.home is None:
        return
    pages = NewsletterPage.objects.child_of(scope.home).live().public().select_related("newsletter")
    for page in pages.order_by("path"):
        yield _channel(scope, page)


def _channel(scope: Scope, home: NewsletterPage) -> Channel:
    return Channel(
        slug=f"{PREFIX}{home.newsletter.slug}",
        scope=scope,
        title=home.title,
        description=home.introduction or _("Every edition, as it was sent."),
        articles=lambda: (
            EditionPage.objects.child_of(home).archived().public().filter(first_published_at__isnull=False)
        ),
        covers=lambda page: isinstance(page, EditionPage) and page.is_child_of(home),
        html_url=home.full_url or scope.home_url,
        entries=_entries,
    )


def _entries(
    pages: PageQuerySet, scope: Scope, identity: SiteIdentity, newsroom: Person
) -> tuple[FeedEntry, ...]:
    licence = Licence(*map(str, identity.licence))
    editions = pages.select_related("archive").prefetch_related("archive__notes")
    entries = (_entry(edition, scope, licence=licence, newsroom=newsroom) for edition in editions)
    return tuple(entry for entry in entries if entry is not None)


def _entry(edition: EditionPage, scope: Scope, *, licence: Licence, newsroom: Person) -> FeedEntry | None:
    url = edition.full_url
    if not url:
        return None
    archive = edition.archive
    notes = list(archive.notes.all())
    title = plain_line(archive.subject) or url
    return FeedEntry(
        guid=permanent_id(edition.translation_key, scope.language),
        url=url,
        title=title,
        summary=plain_line(without_reader(sendable_line(edition.preheader))) or title,
        content_html=clean_html("".join([*(note.as_html() for note in notes), archive.body]), url),
        published=whole_seconds(archive.sent_at),
        updated=whole_seconds(max([archive.sent_at, *(note.at for note in notes)])),
        language=scope.language,
        authors=(newsroom,),
        licence=licence,
    )
