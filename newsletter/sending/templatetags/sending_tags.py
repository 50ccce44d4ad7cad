from typing import Any

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import number_format

from newsletter.editions.merge_fields import TOKEN

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    return str(dict(settings.LANGUAGES).get(code, code))


@register.filter
def readable_tokens(text: str) -> str:
    """A version's subject with its tokens as an editor would write them."""
    return TOKEN.sub(lambda match: f"{{{{{match.group(1).rpartition('_')[0]}}}}}", text)


BAR_HEIGHT = 44
CHART_WIDTH = 600


@register.inclusion_tag("sending/bars.svg")
def bars(rows: list[tuple[str, int]], whole: int) -> dict[str, Any]:
    """A bar for each (words, people), as long as its share of the whole."""
    return {
        "height": len(rows) * BAR_HEIGHT,
        "bars": [
            {
                "words": words,
                "value": intcomma(people),
                "top": number * BAR_HEIGHT,
                "width": round(CHART_WIDTH * people / whole, 1) if whole else 0,
            }
            for number, (words, people) in enumerate(rows)
        ],
    }


@register.simple_tag
def share(people: int, whole: int) -> str:
    """Per cent with one decimal, in the active language's own writing."""
    return f"{number_format(round(100 * people / whole, 1), decimal_pos=1)} %" if whole else ""
