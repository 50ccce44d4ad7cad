"""Who belongs to the network, who it works with, and the page that lists them."""

from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.models import Page
from wagtail.search import index

from stories.models.articles import in_language_of
from stories.models.vocabulary import Place, Term
from stories.readable import ReadDirectly, everybodys


class Organisation(index.Indexed, Term):
    class Relation(models.TextChoices):
        MEMBER = "member", _("Member")
        PARTNER = "partner", _("Partner network")

    relation = models.CharField(
        _("relation"), max_length=8, choices=Relation.choices, default=Relation.MEMBER
    )
    description = models.TextField(
        _("description"), blank=True, help_text=_("Two or three sentences: what they do, and for whom.")
    )
    place = models.ForeignKey(
        Place, verbose_name=_("place"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    website = models.URLField(_("web address"), blank=True)
    logo = models.ForeignKey(
        "stories.CreditedImage",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    since = models.PositiveSmallIntegerField(
        _("with us since"), null=True, blank=True, help_text=_("A year.")
    )

    search_fields = [
        index.AutocompleteField("name"),
        index.SearchField("name"),
        index.FilterField("locale_id"),
    ]
    panels = [
        TitleFieldPanel("name", targets=["slug"]),
        FieldPanel("slug"),
        FieldPanel("relation"),
        FieldPanel("description"),
        FieldPanel("place"),
        FieldPanel("website"),
        FieldPanel("logo"),
        FieldPanel("since"),
    ]

    class Meta(Term.Meta):
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")


class OrganisationsPage(ReadDirectly, Page):
    introduction = models.TextField(_("introduction"), blank=True)

    page_description = _(
        "The directory of member organisations and partner networks. One per language is enough."
    )
    page_example = _("Everybody who belongs to the network, by place.")
    parent_page_types = ["newsroom.HomePage"]
    subpage_types: list[str] = []
    show_in_menus_default = True
    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    search_fields = [*Page.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("directory of organisations")
        verbose_name_plural = _("directories of organisations")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`members` and `partners` are [(place or None, organisations)]; `chosen` the place asked for, `places` all.

        The number of queries does not grow with the organisations.
        """
        context = super().get_context(request, *args, **kwargs)
        organisations = list(
            Organisation.objects.filter(locale_id=self.locale_id)
            .select_related("place", "logo")
            .order_by("name", "pk")
        )
        places = self._places(organisations)
        asked = request.GET.get("place", "")
        chosen = next((place for place in places.values() if place.slug == asked), None)
        if chosen:
            organisations = [one for one in organisations if places.get(one.place_id) == chosen]
        for name, relation in (
            ("members", Organisation.Relation.MEMBER),
            ("partners", Organisation.Relation.PARTNER),
        ):
            context[name] = _by_place([one for one in organisations if one.relation == relation], places)
        context["places"] = sorted(set(places.values()), key=lambda place: (place.name, place.pk))
        context["chosen"] = chosen
        context["collaborations"] = self._collaborations()
        return context

    def _collaborations(self) -> list[Page]:
        """What is done together with others, in this language."""
        model = apps.get_model("stories", "CollaborationPage")
        pages = everybodys(model.objects.filter(locale_id=self.locale_id)).select_related("locale")
        return list(pages.order_by("-first_published_at", "-pk"))

    def _places(self, organisations: list[Organisation]) -> dict[int | None, Place]:
        """By the organisation's own place's key: that place in the page's language, where it has a name there."""
        own = {one.place.pk: one.place for one in organisations if one.place}
        return dict(zip(own, in_language_of(self, list(own.values())), strict=True))


def _by_place(
    organisations: list[Organisation], places: dict[int | None, Place]
) -> list[tuple[Place | None, list[Organisation]]]:
    """Grouped by country and place; those without a place come last."""

    def order(one: Organisation) -> tuple[bool, str, str]:
        place = places.get(one.place_id)
        return (place is None, place.country if place else "", place.name if place else "")

    grouped = groupby(sorted(organisations, key=order), key=lambda one: places.get(one.place_id))
    return [(place, list(group)) for place, group in grouped]
