"""The home page and plain pages."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, PageChooserPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index

from newsletter.editions.models import EditionPage
from stories.blocks import ArticleBody
from stories.events.coming import coming_events
from stories.models import NewsPage, StoryPage, Translated, newest_first
from stories.readable import ReadDirectly, everybodys, readable_among
from stories.remembering import remembered
from stories.rows import article_lists

STORIES_ON_HOME = 7
WIRE_ON_HOME = 8
GATHERINGS_ON_HOME = 3


class HomePage(ReadDirectly, Page):
    lead = models.ForeignKey(
        "stories.StoryPage",
        verbose_name=_("lead story"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Leave empty to lead with the newest story."),
    )
    introduction = models.TextField(_("introduction"), blank=True)
    newsletter = models.ForeignKey(
        "audience.Newsletter",
        verbose_name=_("newsletter"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The sign-up on the home page is for this newsletter."),
    )

    page_description = _("The front page. There is one per language.")
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "stories.SectionPage",
        "stories.CollaborationPage",
        "stories.OrganisationsPage",
        "stories.CorrectionsPage",
        "newsroom.InfoPage",
        "editions.NewsletterPage",
    ]
    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        PageChooserPanel("lead", "stories.StoryPage"),
        FieldPanel("newsletter"),
    ]

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        here = {"locale_id": self.locale_id}
        stories, wire, gatherings = article_lists(
            newest_first(everybodys(Page.objects.type(StoryPage)).filter(**here))[: STORIES_ON_HOME + 1],
            newest_first(everybodys(Page.objects.type(NewsPage)).filter(**here))[:WIRE_ON_HOME],
            coming_events(self)[:GATHERINGS_ON_HOME],
        )
        chosen = readable_among([self.lead]) if self.lead else []
        lead = next(iter([*chosen, *stories]), None)
        context["lead"] = lead
        context["stories"] = [story for story in stories if story != lead][:STORIES_ON_HOME]
        context["wire"] = wire
        context["gatherings"] = gatherings
        context["last_edition"] = self._last_edition()
        return context

    def _last_edition(self) -> EditionPage | None:
        def make() -> EditionPage | None:
            editions = EditionPage.objects.archived().filter(locale_id=self.locale_id)
            newest = editions.select_related("archive").order_by("-archive__sent_at").first()
            if newest is not None:
                # Kept on the edition: what the page shows of it is read here, and not asked for again.
                _read = newest.newsletter, newest.get_parent().url
            return newest

        return remembered(f"last edition {self.locale_id}", make)


class InfoPage(ReadDirectly, Translated, Page):
    standfirst = models.TextField(_("standfirst"), blank=True)
    body = StreamField(ArticleBody(), verbose_name=_("text"), blank=True)

    page_description = _("A plain page that stays: about us, how we decide, contact. Not for dated pieces.")
    page_example = _("Who we are; how we decide; how to reach us.")
    parent_page_types = ["newsroom.HomePage", "newsroom.InfoPage"]
    subpage_types = ["newsroom.InfoPage"]
    show_in_menus_default = True
    content_panels = [*Page.content_panels, FieldPanel("standfirst"), FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("standfirst"), index.SearchField("body")]

    class Meta:
        verbose_name = _("plain page")
        verbose_name_plural = _("plain pages")
