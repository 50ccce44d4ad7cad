"""Extensions that write with feedgen 1.0.0 what it loses, misspells or leaves out. Each names the defect it mends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from .entries import FeedDocument, FeedEntry, Licence, Picture

ATOM = "http://www.w3.org/2005/Atom"
CREATIVE_COMMONS = "http://backend.userland.com/creativeCommonsRssModule"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
XML = "http://www.w3.org/XML/1998/namespace"

NAMESPACES = {
    "creativeCommons": CREATIVE_COMMONS,
    "dc": DUBLIN_CORE,
    "fh": HISTORY,
    "media": MEDIA,
    "sy": SYNDICATION,
}


def add(parent: Any, name: str, text: str | None = None, /, **attributes: str) -> Any:
    """Append an element; attributes whose value is empty are left out."""
    element = etree.SubElement(parent, name, {key: value for key, value in attributes.items() if value})
    element.text = text
    return element


def rfc822(moment: datetime) -> str:
    """feedgen calls locale.setlocale for this, which changes the locale of every thread."""
    return format_datetime(moment)


def history_links(document: FeedDocument) -> Iterable[tuple[str, str]]:
    """(rel, URL) of the neighbours of a feed document (RFC 5005 §4)."""
    links = (
        ("current", document.current_url if document.is_archive else ""),
        ("prev-archive", document.previous_archive_url),
        ("next-archive", document.next_archive_url),
    )
    return ((rel, url) for rel, url in links if url)


class NewsroomFeedExtension(BaseExtension):
    """What belongs to the feed as a whole. Set `document` before writing."""

    document: FeedDocument

    def extend_ns(self) -> dict[str, str]:
        return NAMESPACES

    def extend_atom(self, feed: Any) -> Any:
        if self.document.is_archive:
            add(feed, f"{{{HISTORY}}}archive")
        return feed

    def extend_rss(self, feed: Any) -> Any:
        """feedgen writes only the first self link, and a lastBuildDate that is now()."""
        channel, document = feed[0], self.document
        add(channel, "lastBuildDate", rfc822(document.updated))
        for media_type, url in document.other_formats:
            add(channel, f"{{{ATOM}}}link", rel="alternate", href=url, type=media_type)
        if document.hub_url:
            add(channel, f"{{{ATOM}}}link", rel="hub", href=document.hub_url)
        for rel, url in history_links(document):
            add(channel, f"{{{ATOM}}}link", rel=rel, href=url, type="application/rss+xml")
        if document.is_archive:
            add(channel, f"{{{HISTORY}}}archive")
        add_licence(channel, document.licence)
        # feedgen's own syndication extension writes sy:UpdatePeriod, which no reader knows.
        add(channel, f"{{{SYNDICATION}}}updatePeriod", "hourly")
        add(channel, f"{{{SYNDICATION}}}updateFrequency", "1")
        return feed


class NewsroomEntryExtension(BaseEntryExtension):
    """What belongs to one entry. Set `entry` before writing."""

    entry: FeedEntry

    def extend_atom(self, element: Any) -> Any:
        """feedgen drops rel, type and length of an entry's links."""
        entry = self.entry
        element.set(f"{{{XML}}}lang", entry.language)
        add(element, "link", rel="alternate", href=entry.url, type="text/html", hreflang=entry.language)
        if entry.picture:
            add(
                element,
                "link",
                rel="enclosure",
                href=entry.picture.url,
                type=entry.picture.media_type,
                length=str(entry.picture.length),
            )
        if entry.file:
            add(
                element,
                "link",
                rel="enclosure",
                href=entry.file.url,
                type=entry.file.media_type,
                length=str(entry.file.length),
            )
        if entry.licence and entry.licence.url:
            add(element, "link", rel="license", href=entry.licence.url)
        if entry.first_published_elsewhere:
            add(element, "link", rel="via", href=entry.first_published_elsewhere)
        add_picture(element, entry.picture)
        return element

    def extend_rss(self, item: Any) -> Any:
        """feedgen leaves out authors who give no e-mail address, and sets the locale to write pubDate."""
        entry = self.entry
        add(item, "pubDate", rfc822(entry.published))
        add(item, f"{{{ATOM}}}updated", entry.updated.isoformat())
        for author in entry.authors:
            add(item, f"{{{DUBLIN_CORE}}}creator", author.name)
        for translator in entry.translators:
            add(item, f"{{{DUBLIN_CORE}}}contributor", translator.name)
        add_licence(item, entry.licence)
        if entry.licence:
            add(item, f"{{{DUBLIN_CORE}}}rights", entry.licence.name)
        add_picture(item, entry.picture)
        return item


def add_licence(parent: Any, licence: Licence | None) -> None:
    """creativeCommons:license takes only the address of a Creative Commons licence."""
    if licence and licence.is_creative_commons:
        add(parent, f"{{{CREATIVE_COMMONS}}}license", licence.url)


def add_picture(parent: Any, picture: Picture | None) -> None:
    """Media RSS 1.5.1; feedgen knows neither media:description nor media:credit."""
    if picture is None:
        return
    content = add(
        parent,
        f"{{{MEDIA}}}content",
        url=picture.url,
        type=picture.media_type,
        medium="image",
        fileSize=str(picture.length),
        width=str(picture.width),
        height=str(picture.height),
    )
    if picture.alt:
        add(content, f"{{{MEDIA}}}description", picture.alt, type="plain")
    if picture.credit:
        add(content, f"{{{MEDIA}}}credit", picture.credit, role="author", scheme="urn:ebu")
    if picture.licence:
        add(content, f"{{{MEDIA}}}copyright", picture.licence)
    thumbnail = picture.thumbnail
    if thumbnail:
        add(
            content,
            f"{{{MEDIA}}}thumbnail",
            url=thumbnail.url,
            width=str(thumbnail.width),
            height=str(thumbnail.height),
        )
