"""RSS 2.0 and Atom (RFC 4287) bytes from a FeedDocument, through feedgen."""

from __future__ import annotations

from typing import Any

from feedgen.feed import FeedGenerator

from .entries import FeedDocument, FeedEntry, Person
from .feedgen_extensions import NewsroomEntryExtension, NewsroomFeedExtension, history_links

GENERATOR = "Newsroom"
MINUTES_TO_LIVE = 60

RSS_TYPE = "application/rss+xml"
ATOM_TYPE = "application/atom+xml"


def write_rss(document: FeedDocument) -> bytes:
    feed = _feed(document)
    feed.link(href=document.self_url, rel="self", type=RSS_TYPE)
    # feedgen makes the link added last the channel's own.
    feed.link(href=document.home_url, rel="alternate")
    if document.logo:
        feed.image(
            url=document.logo.url,
            title=document.title,
            link=document.home_url,
            width=str(document.logo.width),
            height=str(document.logo.height),
        )
    feed.ttl(MINUTES_TO_LIVE)
    # feedgen would write now(), and call setlocale to do so; the extension writes the newest entry's date.
    feed._FeedGenerator__rss_lastBuildDate = None
    for entry in document.entries:
        item = _entry(feed, entry)
        item.link(href=entry.url, rel="alternate")
        # RSS has room for one, and readers want the picture there; the text links to the file.
        enclosed = entry.picture or entry.file
        if enclosed:
            item.enclosure(url=enclosed.url, length=enclosed.length, type=enclosed.media_type)
    return bytes(feed.rss_str())


def write_atom(document: FeedDocument) -> bytes:
    feed = _feed(document)
    feed.updated(document.updated)
    feed.author(_person(document.publisher))
    feed.link(href=document.self_url, rel="self", type=ATOM_TYPE)
    feed.link(href=document.home_url, rel="alternate", type="text/html")
    for media_type, url in document.other_formats:
        feed.link(href=url, rel="alternate", type=media_type)
    if document.hub_url:
        feed.link(href=document.hub_url, rel="hub")
    for rel, url in history_links(document):
        feed.link(href=url, rel=rel, type=ATOM_TYPE)
    if document.licence and document.licence.url:
        feed.link(href=document.licence.url, rel="license")
    if document.logo:
        feed.logo(document.logo.url)
    if document.icon_url:
        feed.icon(document.icon_url)
    for entry in document.entries:
        item = _entry(feed, entry)
        item.updated(entry.updated)
        item.published(entry.published)
        item.author([_person(author) for author in entry.authors])
        if entry.translators:
            item.contributor([_person(translator) for translator in entry.translators])
        if entry.licence:
            item.rights(entry.licence.name)
    return bytes(feed.atom_str())


def _feed(document: FeedDocument) -> Any:
    feed = FeedGenerator()
    feed.register_extension("newsroom", NewsroomFeedExtension, NewsroomEntryExtension)
    feed.newsroom.document = document
    feed.id(document.id)
    feed.title(document.title)
    feed.description(document.description)
    feed.language(document.language)
    feed.rights(document.rights)
    feed.generator(GENERATOR)
    return feed


def _entry(feed: Any, entry: FeedEntry) -> Any:
    """What an entry says alike in both formats. feedgen prepends unless told otherwise."""
    item = feed.add_entry(order="append")
    item.newsroom.entry = entry
    item.guid(entry.guid, permalink=False)
    item.title(entry.title)
    # Without a summary feedgen puts the content into RSS's description; type="CDATA" would be an invalid type in Atom.
    item.summary(entry.summary)
    item.content(entry.content_html, type="html")
    if entry.categories:
        item.category([vars(category).copy() for category in entry.categories])
    return item


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "uri": person.url}
