"""A search: words and facets in, one page of results and the counts of every facet out."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page as PaginatorPage
from django.core.paginator import Paginator
from django.utils.safestring import SafeString
from modelsearch.conf import get_app_config
from wagtail.models import Locale, Page, Site

from stories.finding.facets import Facet, count_kinds, count_terms, count_years
from stories.finding.kinds import all_kinds, kind_by_content_type, kind_named
from stories.finding.matching import Match, matches
from stories.finding.published import public_pages, with_term
from stories.finding.snippets import highlighted, snippet
from stories.finding.words import words_of
from stories.models import Place, Topic
from stories.models.corrections import headline_of, mark_retracted

RESULTS_PER_PAGE = 15
# To count a facet's topics and places of more results than this would cost more than the search itself.
MOST_COUNTED = 1500
# The index joins a text's blocks by commas, after a full stop as well.
_JOINT = re.compile(r"(?<=[.!?…:]), ")


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for; `topic` and `place` are slugs of the language, `kind` a kind's name, all empty for any.

    `newest`: the newest first, instead of the most relevant.
    """

    query: str = ""
    topic: str = ""
    place: str = ""
    kind: str = ""
    year: int | None = None
    newest: bool = False


@dataclass(frozen=True)
class Result:
    page: Page
    kind: str
    title: SafeString
    text: SafeString


@dataclass(frozen=True)
class Found:
    """`words` is empty where there was nothing to look for. `facets` hold only what would leave a result."""

    words: tuple[str, ...]
    page: PaginatorPage
    facets: list[Facet]

    @property
    def total(self) -> int:
        return self.page.paginator.count


def search(wanted: Wanted, *, site: Site, locale: Locale, page_number: str | int | None = 1) -> Found:
    """The same few queries, however much is published. A facet nobody knows finds nothing."""
    words = words_of(wanted.query)
    found: list[Match] = []
    if words:
        found = _matching(wanted, words, site, locale)
    paginator: Paginator[Any] = Paginator(found, RESULTS_PER_PAGE)
    page = paginator.get_page(page_number)
    page.object_list = _results(list(page.object_list), words)
    return Found(words=words, page=page, facets=_facets(wanted, found, locale) if words else [])


def _matching(wanted: Wanted, words: tuple[str, ...], site: Site, locale: Locale) -> list[Match]:
    kinds = all_kinds()
    if wanted.kind:
        kind = kind_named(wanted.kind)
        if kind is None:
            return []
        kinds = [kind]
    # Rows of content types instead of joins: `type()` would list every type on every search.
    types = [key for key, kind in kind_by_content_type().items() if kind in kinds]
    pages = public_pages(site, locale).filter(content_type__in=types)
    for model, slug in ((Topic, wanted.topic), (Place, wanted.place)):
        if slug:
            term = model.objects.filter(locale=locale, slug=slug).first()
            if term is None:
                return []
            pages = with_term(pages, term)
    if wanted.year is not None:
        pages = pages.filter(first_published_at__year=wanted.year)
    return matches(words, pages, language=locale.language_code, newest=wanted.newest)


def _results(found: list[Match], words: tuple[str, ...]) -> list[Result]:
    if not found:
        return []
    # What a line of the list needs of a page, which is a quarter of it.
    pages = Page.objects.only("title", "url_path", "first_published_at").in_bulk(
        [one.page_id for one in found]
    )
    mark_retracted(pages.values())
    texts = _texts(found)
    kinds = kind_by_content_type()
    return [
        Result(
            page=pages[one.page_id],
            kind=str(kinds[one.content_type_id].label),
            title=highlighted(headline_of(pages[one.page_id]), words),
            text=snippet(texts.get(one.page_id, ""), words),
        )
        for one in found
        if one.page_id in pages
    ]


def _texts(found: list[Match]) -> dict[int, str]:
    """The indexed text of each: standfirst and body as plain words."""
    entry = get_app_config().get_model("IndexEntry")
    column = "body_text" if any(field.name == "body_text" for field in entry._meta.fields) else "body"
    rows = entry.objects.filter(
        content_type_id__in={one.content_type_id for one in found},
        object_id__in=[str(one.page_id) for one in found],
    )
    return {int(key): _JOINT.sub(" ", text or "") for key, text in rows.values_list("object_id", column)}


def _facets(wanted: Wanted, found: list[Match], locale: Locale) -> list[Facet]:
    counted = [one.page_id for one in found] if len(found) <= MOST_COUNTED else None
    return [
        count_kinds(found, chosen=wanted.kind),
        count_terms(Topic, counted, locale=locale, chosen=wanted.topic),
        count_terms(Place, counted, locale=locale, chosen=wanted.place),
        count_years(found, chosen=wanted.year),
    ]
