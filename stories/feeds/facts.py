"""What an article's type says beside its text: when and where an event is, the file of a resource."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from urllib.parse import urljoin

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from stories.events.words import when_in_words, where_in_words
from stories.models import ArticlePage, EventPage, Place, ResourcePage

from .entries import Attachment, plain_line
from .references import References

EMPTY = mark_safe("")


def summary_facts(article: ArticlePage) -> str:
    """An event's summary begins with when and where: many readers show nothing else."""
    if not isinstance(article, EventPage):
        return ""
    return plain_line(". ".join(part for part in (when_in_words(article), where_in_words(article)) if part))


def facts_html(article: ArticlePage, references: References, root_url: str) -> SafeString | str:
    """Stands before the text. What came of an event stands there too: nothing here depends on today's date."""
    if isinstance(article, EventPage):
        return _event(article, references)
    if isinstance(article, ResourcePage):
        return _resource(article, root_url)
    return EMPTY


def file_of(article: ArticlePage, root_url: str) -> Attachment | None:
    """A resource's file; None where there is none, or its file is gone."""
    document = article.document if isinstance(article, ResourcePage) else None
    size = document.get_file_size() if document else None
    if document is None or size is None:
        return None
    return Attachment(
        url=urljoin(root_url, document.url),
        length=size,
        media_type=mimetypes.guess_type(document.filename)[0] or "application/octet-stream",
        title=plain_line(document.title),
    )


def set_places(articles: list[ArticlePage], places: Mapping[int, Place]) -> None:
    """Gives each event its place in the feed's language, so that it does not ask for it."""
    for article in articles:
        if isinstance(article, EventPage):
            article.event_place = places[article.place.pk] if article.place else None


def _event(event: EventPage, references: References) -> SafeString:
    lines = [
        (_("When"), when_in_words(event), ""),
        (_("Where"), where_in_words(event), ""),
        (_("Online"), event.online_link, event.online_link),
        (_("Registration"), event.registration_link, event.registration_link),
        (_("Recording"), event.recording_link, event.recording_link),
    ]
    facts = [_fact(label, words, address) for label, words, address in lines if words]
    if event.recap:
        facts.append(format_html("<h2>{}</h2>", _("What came of it")))
        facts.append(mark_safe(references.expand_links(event.recap)))
    return mark_safe("".join(facts))


def _resource(resource: ResourcePage, root_url: str) -> SafeString:
    facts = [_fact(_("Kind"), resource.get_kind_display())]
    if resource.audience:
        facts.append(_fact(_("For whom"), resource.audience))
    if resource.document:
        words = f"{resource.document.title} ({resource.file_in_words})"
        facts.append(_fact(_("File"), words, urljoin(root_url, resource.document.url)))
    if resource.link:
        facts.append(_fact(_("Link"), resource.link_host, resource.link))
    return mark_safe("".join(facts))


def _fact(label: str, words: str, address: str = "") -> SafeString:
    value = format_html('<a href="{}">{}</a>', address, words) if address else words
    return format_html("<p><b>{}:</b> {}</p>", label, value)
