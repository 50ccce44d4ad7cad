"""The condition on where people are: places, regions and countries of the newsroom's own list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.snippets.blocks import SnippetChooserBlock

from newsletter.audience.conditions.registry import (
    Condition,
    SegmentUnusable,
    any_of,
    empty_condition,
    entries_of,
    register_condition,
)
from stories.models import Place

FIELDS = ("places", "regions", "countries")


def country_choices() -> list[tuple[str, str]]:
    countries = Place.objects.order_by("country").values_list("country", flat=True).distinct()
    return [(country, country) for country in countries]


def region_choices() -> list[tuple[str, str]]:
    """A region is chosen with its country, because two countries may have one of the same name: "ES/Galicia"."""
    regions = (
        Place.objects.exclude(region="")
        .order_by("country", "region")
        .values_list("country", "region")
        .distinct()
    )
    return [(f"{country}/{region}", f"{region} ({country})") for country, region in regions]


@dataclass(frozen=True)
class Whereabouts:
    """Names for the screen, and the translation keys of every place they stand for."""

    names: list[str]
    keys: list[UUID]


def chosen_places(value: Any) -> Whereabouts:
    """Raises SegmentUnusable when a place was deleted, or a region or country has no place left."""
    places, regions, countries = (entries_of(value, field) for field in FIELDS)
    if not (places or regions or countries):
        raise empty_condition()
    names: list[str] = []
    query = Q()
    found = Place.objects.in_bulk([key for key in places if isinstance(key, int)])
    for key in places:
        if key not in found:
            raise SegmentUnusable(_g("a place it asks for was deleted"))
        names.append(found[key].name)
        query |= Q(translation_key=found[key].translation_key)
    for region in regions:
        country, _slash, name = str(region).partition("/")
        names.append(_known(str(region), dict(region_choices())))
        query |= Q(country=country, region=name)
    for country in countries:
        names.append(_known(str(country), dict(country_choices())))
        query |= Q(country=country)
    keys = Place.objects.filter(query).order_by("translation_key").values_list("translation_key", flat=True)
    return Whereabouts(names=names, keys=list(keys.distinct()))


def _known(wanted: str, choices: Mapping[str, str]) -> str:
    if wanted not in choices:
        raise SegmentUnusable(_g("no place is left in “%(name)s”, which it asks for") % {"name": wanted})
    return choices[wanted]


class PlaceBlock(blocks.StructBlock):
    places = blocks.ListBlock(
        SnippetChooserBlock("stories.Place"), label=_("any of these places"), default=[]
    )
    regions = blocks.ListBlock(
        blocks.ChoiceBlock(choices=region_choices, label=_("region")), label=_("or regions"), default=[]
    )
    countries = blocks.ListBlock(
        blocks.ChoiceBlock(choices=country_choices, label=_("country")), label=_("or countries"), default=[]
    )

    class Meta:
        icon = "site"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not any(cleaned[field] for field in FIELDS):
            raise StructBlockValidationError(
                non_block_errors=[ValidationError(_("Choose a place, a region or a country."))]
            )
        return cleaned


register_condition(
    Condition(
        name="place",
        label=_("is in a place"),
        block=PlaceBlock(),
        # Whoever gave no place is not in it: without the first question that would be NULL.
        compile=lambda value: Q(place_key__isnull=False, place_key__in=chosen_places(value).keys),
        describe=lambda value: _g("are in %(places)s") % {"places": any_of(chosen_places(value).names)},
    )
)
