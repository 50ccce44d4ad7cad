"""Shelves: what is published below them, newest first, and what is coming before it."""

from typing import Any

from django.core.paginator import Page as PaginatorPage
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page
from wagtail.query import PageQuerySet
from wagtail.search import index

from stories.models.articles import ArticlePage, NewsPage, StoryPage
from stories.models.events import EventPage
from stories.models.resources import ResourcePage
from stories.models.series import SeriesPage
from stories.paging import UncountedPaginator
from stories.readable import ReadDirectly, everybodys
from stories.remembering import remembered
from stories.rows import article_lists

ARTICLES_PER_PAGE = 20
MOST_GATHERINGS = 30
# Everything with a byline and a date, as lists, feeds and the search show it.
ARTICLE_TYPES: tuple[type[ArticlePage], ...] = (StoryPage, NewsPage, ResourcePage, EventPage)


def newest_first(pages: PageQuerySet) -> PageQuerySet:
    """Dated pages, newest first, ties broken so that pagination and feeds never repeat one."""
    return pages.order_by("-first_published_at", "-pk")


class SectionPage(ReadDirectly, Page):
    introduction = models.TextField(_("introduction"), blank=True)

    page_description = _(
        "A shelf for what is published, such as Stories, Events or a campaign; lists it newest first."
    )
    page_example = _("Stories, Events, or all about one campaign.")
    parent_page_types = ["newsroom.HomePage", "stories.SectionPage"]
    subpage_types = [
        "stories.StoryPage",
        "stories.NewsPage",
        "stories.ResourcePage",
        "stories.EventPage",
        "stories.SeriesPage",
        "stories.CollaborationPage",
        "stories.SectionPage",
    ]
    show_in_menus_default = True
    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    search_fields = [*Page.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def articles(self) -> PageQuerySet:
        # The language lets the index of the newest pages be walked; see stories/finding/newest_index.py.
        pages = Page.objects.descendant_of(self).filter(locale_id=self.locale_id)
        return newest_first(everybodys(pages.type(*ARTICLE_TYPES)))

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`gatherings` are the events that are coming; they are not among the `articles`, one page of the others."""
        context = super().get_context(request, *args, **kwargs)
        events = everybodys(EventPage.objects.descendant_of(self)).coming()
        # Asked for inside of the other question, a database goes through all events for each page of the list.
        coming = list(events.values_list("pk", flat=True))
        others = self.articles().exclude(pk__in=coming)
        page: PaginatorPage = UncountedPaginator(others, ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
        shown = coming[:MOST_GATHERINGS] if page.number == 1 else []
        page.object_list, context["gatherings"] = article_lists(
            page.object_list, EventPage.objects.filter(pk__in=shown).order_by("starts_at", "pk")
        )
        context["articles"] = page
        context["series"] = self._series() if page.number == 1 else []
        return context

    def _series(self) -> list[SeriesPage]:
        def make() -> list[int]:
            # All of it in here: what is asked outside, such as which pages are private, is not watched.
            return list(everybodys(SeriesPage.objects.child_of(self)).values_list("pk", flat=True))

        keys = remembered(f"series below {self.pk}", make)
        if not keys:
            return []
        found = SeriesPage.objects.filter(pk__in=keys).select_related("locale")
        return list(found.order_by("-first_published_at", "-pk"))
