from typing import Any

from django.core.paginator import Page as PaginatorPage
from django.core.paginator import Paginator
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

ARTICLES_PER_PAGE = 20
# Everything with a byline and a date, as lists, feeds and the search show it.
ARTICLE_TYPES: tuple[type[ArticlePage], ...] = (StoryPage, NewsPage, ResourcePage, EventPage)


def newest_first(pages: PageQuerySet) -> PageQuerySet:
    """Dated pages, newest first, ties broken so that pagination and feeds never repeat one."""
    return pages.order_by("-first_published_at", "-pk")


class SectionPage(Page):
    introduction = models.TextField(_("introduction"), blank=True)

    page_description = _(
        "A shelf for stories and news, such as Stories or a campaign; lists them newest first."
    )
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
        return newest_first(Page.objects.descendant_of(self).type(*ARTICLE_TYPES).live().public())

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        paginator = Paginator(self.articles().specific(defer=False), ARTICLES_PER_PAGE)
        page: PaginatorPage = paginator.get_page(request.GET.get("page"))
        context["articles"] = page
        return context
