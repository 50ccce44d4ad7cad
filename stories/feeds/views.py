from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.models import Locale, Site

from stories.models import SiteIdentity

from .channels import Channel, Scope, UnknownChannel, find_channel
from .documents import NoSuchArchive, build_document
from .formats import FORMATS, Format
from .freshness import freshness_of
from .listing import list_feeds, list_languages
from .responses import feed_response
from .stored_bytes import StoredFeed, stored_feeds


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The page for people: every feed in every language, how to take it, and on which terms."""
    scope = scope_of(request)
    identity = SiteIdentity.for_site(scope.site)
    context = {"languages": list_languages(scope), "identity": identity, "licence": identity.licence}
    return render(request, "feeds/index.html", context)


@require_safe
def feed(request: HttpRequest, channel: str, extension: str, number: int | None = None) -> HttpResponse:
    """The feed of a channel, or the archive of that number."""
    scope = scope_of(request)
    feed_format = FORMATS.get(extension)
    try:
        found = find_channel(channel, scope)
    except UnknownChannel:
        return unknown(request, channel)
    if feed_format is None:
        return unknown(request, f"{channel}.{extension}")
    try:
        return feed_response(request, stored_feed(found, feed_format, number), feed_format)
    except NoSuchArchive:
        return unknown(request, f"{channel}/archive/{number}.{extension}")


@require_safe
def archive(request: HttpRequest, channel: str, number: str, extension: str) -> HttpResponse:
    return feed(request, channel, extension, int(number))


@require_safe
def unknown(request: HttpRequest, name: str) -> HttpResponse:
    """404 that repeats what was asked for and lists what there is."""
    context = {"name": name, "feeds": list_feeds(scope_of(request))}
    return render(request, "feeds/unknown_channel.html", context, status=404)


def scope_of(request: HttpRequest) -> Scope:
    """The site and language of the address. Raises Http404 where nothing is published."""
    site = Site.find_for_request(request)
    if site is None:
        raise Http404("No site answers to this host name.")
    language = get_language() or settings.LANGUAGE_CODE
    locale = Locale.objects.filter(language_code=language).first()
    if locale is None:
        raise Http404(f"Nothing is published in the language {language!r}.")
    return Scope(site, locale)


def stored_feed(channel: Channel, feed_format: Format, number: int | None) -> StoredFeed:
    """The freshness is read before the articles: a story published in between makes the stored bytes stale, never wrong."""
    scope = channel.scope
    freshness = freshness_of(channel)
    key = (scope.site.pk, scope.site.root_url, scope.language, channel.slug, feed_format.extension, number)
    stored = stored_feeds.get(key, freshness)
    if stored is None:
        document = build_document(channel, feed_format, article_count=freshness.article_count, archive=number)
        links = [("self", document.self_url)]
        if document.hub_url:
            links.append(("hub", document.hub_url))
        if document.licence and document.licence.url:
            links.append(("license", document.licence.url))
        stored = StoredFeed.of(feed_format.write(document), freshness, tuple(links))
        stored_feeds.put(key, stored)
    return stored
