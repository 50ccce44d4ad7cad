from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.models import Locale, Site

from stories.models import SiteIdentity
from stories.remembering import remembered
from stories.sites import site_of

from .channels import Scope, UnknownChannel, find_channel
from .documents import NoSuchArchive, build_document
from .formats import FORMATS
from .freshness import freshness_of
from .listing import list_feeds, list_languages
from .responses import feed_response


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
        # Before the articles: one that is published in between makes the date too old, never too young.
        freshness = freshness_of(found)
        document = build_document(found, feed_format, article_count=freshness.article_count, archive=number)
    except NoSuchArchive:
        return unknown(request, f"{channel}/archive/{number}.{extension}")
    return feed_response(document, feed_format, freshness)


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
    return scope_in(site_of(request), get_language() or settings.LANGUAGE_CODE)


def scope_in(site: Site | None, language: str) -> Scope:
    """Raises Http404 where nothing is published."""
    if site is None:
        raise Http404("No site answers to this host name.")
    locale = remembered(f"locale:{language}", lambda: Locale.objects.filter(language_code=language).first())
    if locale is None:
        raise Http404(f"Nothing is published in the language {language!r}.")
    return Scope(site, locale)
