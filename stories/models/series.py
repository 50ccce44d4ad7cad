"""Stories that belong together and are read in an order."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.models import Orderable, Page
from wagtail.search import index

from stories.models.translations import Translated


class SeriesPage(Translated, Page):
    introduction = models.TextField(_("introduction"), blank=True)
    lead_image = models.ForeignKey(
        "stories.CreditedImage",
        verbose_name=_("lead picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    page_description = _("Several stories told as one, in an order you choose.")
    parent_page_types = ["stories.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("lead_image"),
        InlinePanel("parts", heading=_("Parts"), label=_("part")),
    ]
    search_fields = [*Page.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")


class SeriesPart(Orderable):
    series = ParentalKey(SeriesPage, on_delete=models.CASCADE, related_name="parts")
    story = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("story"), on_delete=models.CASCADE, related_name="series_parts"
    )

    panels = [PageChooserPanel("story", ["stories.StoryPage", "stories.NewsPage", "stories.EventPage"])]

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["series", "story"], name="one_part_per_story_and_series")
        ]

    def __str__(self) -> str:
        return self.story.title
