from typing import Any

from django import template

from stories.models import ArticlePage
from stories.models.series import PlaceInSeries, places_in_series

register = template.Library()


@register.simple_tag
def series_of(page: Any) -> list[PlaceInSeries]:
    """{% series_of page as series %}: where the story stands in each series it is a part of."""
    return places_in_series(page) if isinstance(page, ArticlePage) and page.pk else []
