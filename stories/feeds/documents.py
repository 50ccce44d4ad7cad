"""A channel made into a FeedDocument: the feed itself, or one archive of it (RFC 5005 §4)."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import Site

from stories.models import SiteIdentity

from .articles import entries_of, publisher
from .channels import ARTICLES_PER_FEED, Channel
from .entries import NEVER, FeedDocument, Licence, Picture, plain_line
from .formats import FORMATS, Format
from .pictures import LOGO, rendition


class NoSuchArchive(LookupError):
    """The archive's number is higher than that of the last complete one."""


def feed_url(channel: Channel, feed_format: Format) -> str:
    return channel.scope.url("feeds:feed", channel.slug, feed_format.extension)


def archive_url(channel: Channel, feed_format: Format, number: int) -> str:
    return channel.scope.url("feeds:archive", channel.slug, number, feed_format.extension)


def complete_archives(article_count: int) -> int:
    """How many archives are full. None as long as the feed itself holds every article."""
    return article_count // ARTICLES_PER_FEED if article_count > ARTICLES_PER_FEED else 0


def build_document(
    channel: Channel, feed_format: Format, *, article_count: int, archive: int | None = None
) -> FeedDocument:
    """The newest articles, or those of one archive. Raises NoSuchArchive."""
    archives = complete_archives(article_count)
    if archive is not None and not 1 <= archive <= archives:
        raise NoSuchArchive(f"{channel.slug} has {archives} archives, not {archive}.")
    scope = channel.scope
    identity = SiteIdentity.for_site(scope.site)
    current_url = feed_url(channel, feed_format)
    previous = archives if archive is None else archive - 1
    following = archive + 1 if archive is not None and archive < archives else 0
    with translation.override(scope.language):
        newsroom = publisher(scope, identity)
        pages = channel.newest() if archive is None else channel.archive(archive)
        entries = (
            channel.entries(pages, scope, identity, newsroom)
            if channel.entries is not None
            else entries_of(pages, scope)
        )
        title = plain_line(str(channel.title))
        licence = Licence(*map(str, identity.licence))
        return FeedDocument(
            # The same in each format and archive, as RFC 5005 wants of one logical feed.
            id=feed_url(channel, FORMATS["atom"]),
            title=f"{newsroom.name}: {title}",
            description=plain_line(str(channel.description)) or title,
            home_url=channel.html_url,
            self_url=current_url if archive is None else archive_url(channel, feed_format, archive),
            language=scope.language,
            publisher=newsroom,
            rights=_("© %(organisation)s. Licence: %(licence)s.")
            % {"organisation": newsroom.name, "licence": licence.name},
            entries=entries,
            updated=max((entry.updated for entry in entries), default=NEVER),
            licence=licence,
            logo=_logo(identity, scope.site),
            icon_url=f"{scope.site.root_url}/favicon.svg",
            hub_url=settings.WEBSUB_HUB_URL if archive is None else "",
            other_formats=tuple(
                (
                    other.media_type,
                    feed_url(channel, other) if archive is None else archive_url(channel, other, archive),
                )
                for other in FORMATS.values()
                if other != feed_format
            ),
            current_url=current_url,
            previous_archive_url=archive_url(channel, feed_format, previous) if previous else "",
            next_archive_url=archive_url(channel, feed_format, following) if following else "",
            is_archive=archive is not None,
        )


def _logo(identity: SiteIdentity, site: Site) -> Picture | None:
    return rendition(identity.logo, LOGO, site.root_url) if identity.logo else None
