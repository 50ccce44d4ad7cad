"""Pages as a reader of one language may open them."""

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Length, Substr
from django.http import HttpRequest
from django.utils.translation import get_language
from wagtail.models import Locale, Page, PageViewRestriction
from wagtail.query import PageQuerySet

from stories.remembering import remembered


def everybodys(pages: PageQuerySet) -> PageQuerySet:
    """The live pages among them that anybody may read: live().public(), without asking each time what is restricted."""
    pages = pages.live()
    restricted = remembered("restricted pages", _restricted_pages)
    if not restricted:
        return pages
    # Which pages are restricted is remembered, but never where they are: moving one page shifts the paths of others, by SQL.
    above = Page.objects.filter(
        pk__in=restricted, path=Substr(models.OuterRef("path"), 1, Length(models.F("path")))
    )
    return pages.exclude(models.Exists(above))


def _restricted_pages() -> tuple[int, ...]:
    return tuple(PageViewRestriction.objects.order_by("page_id").values_list("page_id", flat=True).distinct())


def readable_among(pages: Iterable[Page]) -> list[Page]:
    """Those of the pages at hand that anybody may read. No query where nothing is restricted."""
    live = [page for page in pages if page.live]
    if not live or not remembered("restricted pages", _restricted_pages):
        return live
    found = everybodys(Page.objects.filter(pk__in=[page.pk for page in live]))
    readable = set(found.values_list("pk", flat=True))
    return [page for page in live if page.pk in readable]


def active_locale() -> Locale:
    """The language of the page that is being made."""
    return remembered(f"active locale:{get_language()}", Locale.get_active)


class ReadDirectly:
    """Wagtail's way from an address to its page, in fewer queries: two for the page, none for restrictions where none is set.

    Wagtail asks twice for each part of the address, and for all ancestors of the page. For a type that routes by itself, or
    that has pages below it that do, this is none.
    """

    # What the page shows and points at with a key of its own: read in one query with it.
    read_with: tuple[str, ...] = ()
    _is_any_restricted: bool | None = None

    def route(self, request: HttpRequest, path_components: list[str]) -> Any:
        page = self.page_at(path_components) if path_components else None
        if page is None:
            return super().route(request, path_components)  # type: ignore[misc]
        return page.route(request, [])

    def page_at(self, path_components: list[str]) -> Any:
        """The page at that address below it, or itself, as what it is and read anew; None where there is none.

        It goes by addresses alone, so that a remembered page may be asked: its place in the tree may be another by now.
        """
        pages = Page.objects.filter(pk=self.pk)  # type: ignore[attr-defined]
        if path_components:
            pages = Page.objects.filter(
                slug=path_components[-1],
                depth=self.depth + len(path_components),  # type: ignore[attr-defined]
                url_path=f"{self.url_path}{'/'.join(path_components)}/",  # type: ignore[attr-defined]
            )
        restricted = models.Exists(PageViewRestriction.objects.all())
        found = pages.order_by().annotate(is_any_restricted=restricted)
        found = found.values_list("pk", "content_type_id", "is_any_restricted")[:1]
        key, content_type_id, is_any_restricted = next(iter(found), (None, None, None))
        model = ContentType.objects.get_for_id(content_type_id).model_class() if content_type_id else None
        if model is None:
            return None
        page: Any = model._default_manager.select_related(*getattr(model, "read_with", ())).get(pk=key)
        page._is_any_restricted = is_any_restricted
        return page

    def get_view_restrictions(self) -> models.QuerySet[PageViewRestriction]:
        # Asked with the page and not remembered: what was is good enough to leave a page out of a list, not to let somebody in.
        if self._is_any_restricted is None:
            self._is_any_restricted = PageViewRestriction.objects.exists()
        if not self._is_any_restricted:
            return PageViewRestriction.objects.none()
        restrictions: models.QuerySet[PageViewRestriction] = super().get_view_restrictions()  # type: ignore[misc]
        return restrictions


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
