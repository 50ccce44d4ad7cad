"""What several networks do together, and the stories about it."""

from typing import Any

from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index

from stories.blocks import ArticleBody
from stories.models.articles import in_language_of
from stories.models.organisations import Organisation
from stories.models.translations import Translated
from stories.readable import ReadDirectly
from stories.rows import chosen_rows


class CollaborationPage(ReadDirectly, Translated, Page):
    standfirst = models.TextField(_("standfirst"), blank=True)
    lead_image = models.ForeignKey(
        "stories.CreditedImage",
        verbose_name=_("lead picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    body = StreamField(ArticleBody(), verbose_name=_("text"), blank=True)
    partners = ParentalManyToManyField(Organisation, verbose_name=_("partners"), blank=True, related_name="+")

    page_description = _(
        "Something done together with other networks: who takes part, and the stories about it."
    )
    page_example = _("Five networks count their empty houses on the same evening.")
    parent_page_types = ["newsroom.HomePage", "stories.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("standfirst"),
        FieldPanel("lead_image"),
        FieldPanel("body"),
        FieldPanel("partners", widget=CheckboxSelectMultiple),
        InlinePanel("links", heading=_("Links"), label=_("link")),
        InlinePanel("stories", heading=_("Stories about it"), label=_("story")),
    ]
    search_fields = [*Page.search_fields, index.SearchField("standfirst"), index.SearchField("body")]

    class Meta:
        verbose_name = _("collaboration")
        verbose_name_plural = _("collaborations")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        partners = in_language_of(self, list(self.partners.select_related("place")))
        context["partners"] = partners
        context["articles"] = chosen_rows(
            [entry.story_id for entry in self.stories.all()], locale=self.locale
        )
        return context


class CollaborationLink(Orderable):
    collaboration = ParentalKey(CollaborationPage, on_delete=models.CASCADE, related_name="links")
    title = models.CharField(_("text of the link"), max_length=160)
    url = models.URLField(_("address"))

    panels = [FieldPanel("title"), FieldPanel("url")]

    def __str__(self) -> str:
        return self.title


class CollaborationStory(Orderable):
    collaboration = ParentalKey(CollaborationPage, on_delete=models.CASCADE, related_name="stories")
    story = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("story"), on_delete=models.CASCADE, related_name="+"
    )

    panels = [
        PageChooserPanel(
            "story",
            ["stories.StoryPage", "stories.NewsPage", "stories.ResourcePage", "stories.EventPage"],
        )
    ]

    def __str__(self) -> str:
        return self.story.title
