"""Stories that belong together and are read in an order."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.models import Orderable, Page
from wagtail.search import index

from stories.models.articles import ArticlePage
from stories.models.translations import Translated
from stories.readable import ReadDirectly, everybodys, readable_pages
from stories.remembering import remembered
from stories.rows import chosen_rows


@dataclass(frozen=True)
class PlaceInSeries:
    """Where a story stands: part `number` of `total`, with the parts before and after it."""

    series: "SeriesPage"
    number: int
    total: int
    previous: Page | None
    following: Page | None


class SeriesPage(ReadDirectly, Translated, Page):
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
    page_example = _("What it costs: four stories about money, to be read one after the other.")
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
        verbose_name_plural = pgettext_lazy("several", "series")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["articles"] = chosen_rows(self._story_ids(), locale=self.locale)
        return context

    def readable_parts(self) -> list[Page]:
        """The parts anybody may read, in their order, in the series' language where they are translated."""
        chosen = self._story_ids()
        pages = readable_pages(chosen, locale=self.locale)
        return list({pages[key].pk: pages[key] for key in chosen if key in pages}.values())

    def place_of(self, story: Page) -> PlaceInSeries | None:
        """None for a story that is no part of it that anybody may read."""
        parts = remembered(f"parts of series {self.pk}", self.readable_parts)
        at = next(
            (at for at, part in enumerate(parts) if part.translation_key == story.translation_key), None
        )
        if at is None:
            return None
        return PlaceInSeries(
            series=self,
            number=at + 1,
            total=len(parts),
            previous=parts[at - 1] if at else None,
            following=parts[at + 1] if at + 1 < len(parts) else None,
        )

    def _story_ids(self) -> list[int]:
        return [part.story_id for part in self.parts.all()]


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


def told_together() -> dict[UUID, frozenset[UUID]]:
    """For each article of a series the articles it is told with, itself among them, by translation key."""

    def make() -> dict[UUID, frozenset[UUID]]:
        members: dict[int, set[UUID]] = {}
        for series, key in SeriesPart.objects.values_list("series", "story__translation_key"):
            members.setdefault(series, set()).add(key)
        together: dict[UUID, set[UUID]] = {}
        for keys in members.values():
            for key in keys:
                together.setdefault(key, set()).update(keys)
        return {key: frozenset(keys) for key, keys in together.items()}

    return remembered("told together", make)


def places_in_series(story: ArticlePage) -> list[PlaceInSeries]:
    """In every public series of its language that it is a part of. All parts of a series share the questions."""
    keys = _series_by_part().get(story.translation_key)
    if keys is None:
        return []
    found = (series.place_of(story) for series in _series_in(story.locale_id) if series.pk in keys)
    return [place for place in found if place]


def _series_by_part() -> dict[UUID, frozenset[int]]:
    """By the translation key of a part, the keys of its series in all languages: one newsroom has hundreds."""

    def make() -> dict[UUID, frozenset[int]]:
        series: dict[UUID, set[int]] = {}
        for pk, key in SeriesPart.objects.values_list("series", "story__translation_key"):
            series.setdefault(key, set()).add(pk)
        return {key: frozenset(pks) for key, pks in series.items()}

    return remembered("series by part", make)


def _series_in(locale_id: int) -> list[SeriesPage]:
    def make() -> list[SeriesPage]:
        series = everybodys(SeriesPage.objects.filter(locale_id=locale_id))
        return list(series.select_related("locale").order_by("pk"))

    return remembered(f"series in {locale_id}", make)
