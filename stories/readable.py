"""Pages as a reader of one language may open them."""

from collections.abc import Iterable

from wagtail.models import Locale, Page, PageViewRestriction
from wagtail.query import PageQuerySet

from stories.remembering import remembered


def everybodys(pages: PageQuerySet) -> PageQuerySet:
    """The live pages among them that anybody may read: live().public(), without asking each time what is restricted."""
    pages = pages.live()
    for path in remembered("restricted", _restricted_paths):
        pages = pages.exclude(path__startswith=path)
    return pages


def _restricted_paths() -> tuple[str, ...]:
    return tuple(PageViewRestriction.objects.order_by("pk").values_list("page__path", flat=True))


def readable_pages(page_ids: Iterable[int], *, locale: Locale) -> dict[int, Page]:
    """For each of the pages, what a reader of that language may open: the translation where it is public, else the page.

    Left out: what nobody may open.

    Four queries, however many pages there are. The pages are not specific.
    """
    keys = dict(Page.objects.filter(pk__in=set(page_ids)).values_list("pk", "translation_key"))
    if not keys:
        return {}
    related = everybodys(Page.objects.filter(translation_key__in=set(keys.values()))).select_related("locale")
    by_id = {page.pk: page for page in related}
    translated = {page.translation_key: page for page in by_id.values() if page.locale_id == locale.pk}
    found = {page_id: translated.get(key) or by_id.get(page_id) for page_id, key in keys.items()}
    return {page_id: page for page_id, page in found.items() if page is not None}
