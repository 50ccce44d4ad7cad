from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.models import Locale, Site

from stories.context import Listing
from stories.finding import searching, terms
from stories.finding.published import Term
from stories.finding.words import MAX_QUERY_CHARACTERS
from stories.models import Author, Place, Topic
from stories.paging import UncountedPaginator
from stories.remembering import remembered
from stories.rows import article_rows
from stories.sites import site_of

ARTICLES_PER_PAGE = 20


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    site, locale = _here(request)
    asked = {
        name: request.GET.get(name, "").replace("\0", "") for name in ("q", "kind", "topic", "place", "year")
    }
    # More years than a calendar has are no year.
    year = (
        int(asked["year"])
        if asked["year"].isdecimal() and 1 <= int(asked["year"][:4]) == int(asked["year"][:9])
        else None
    )
    wanted = searching.Wanted(
        query=asked["q"][:MAX_QUERY_CHARACTERS],
        topic=asked["topic"],
        place=asked["place"],
        kind=asked["kind"],
        year=year,
        newest=request.GET.get("order") == "newest",
    )
    found = searching.search(wanted, site=site, locale=locale, page_number=request.GET.get("page"))
    carried = {name: value for name, value in asked.items() if value} | (
        {"order": "newest"} if wanted.newest else {}
    )
    context = {
        "wanted": wanted,
        "found": found,
        "articles": found.page,
        "page_query": urlencode(carried),
        "is_narrowed": any(asked[name] for name in ("kind", "topic", "place", "year")),
        "max_characters": MAX_QUERY_CHARACTERS,
    }
    return render(request, "stories/finding/search.html", context)


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    return _term(request, Topic, slug)


@require_safe
def place(request: HttpRequest, slug: str) -> HttpResponse:
    return _term(request, Place, slug)


@require_safe
def author(request: HttpRequest, slug: str) -> HttpResponse:
    return _term(request, Author, slug)


def _term(request: HttpRequest, model: type[Term], slug: str) -> HttpResponse:
    site, locale = _here(request)
    term = terms.find(model, slug, locale=locale)
    if term is None:
        raise Http404("There is no topic, place or author of that name.")
    if term.slug != slug:
        return redirect(f"stories:{terms.NAMES[model]}", term.slug, permanent=True)
    found = terms.articles_of(term, site=site, locale=locale)
    page = UncountedPaginator(found, ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = article_rows(page.object_list)
    # A term without a translation here has its feed in its own language alone.
    feeds = (terms.feed_of(term),) if term.locale_id == locale.pk else ()
    description = getattr(term, "description", "") or getattr(term, "bio", "")
    context = {
        "term": term,
        "kind": terms.NAMES[model],
        "articles": page,
        "feed_url": reverse("feeds:feed", args=[feeds[0], "rss"]) if feeds else "",
        "listing": Listing(
            title=term.name,
            description=description,
            url=terms.address_of(term, locale.language_code),
            translations=terms.addresses_of(term, also=locale.language_code),
            number=page.number,
            feeds=feeds,
        ),
    }
    return render(request, "stories/finding/term.html", context)


def _here(request: HttpRequest) -> tuple[Site, Locale]:
    site = site_of(request)
    locale = remembered(
        f"locale:{get_language()}",
        lambda: Locale.objects.filter(language_code=get_language()).first(),
    )
    if site is None or locale is None:
        raise Http404("Nothing is published here in this language.")
    return site, locale
