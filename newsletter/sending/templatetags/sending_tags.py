from django import template
from django.conf import settings

from newsletter.audience.models import Segment
from newsletter.editions.merge_fields import TOKEN

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    return str(dict(settings.LANGUAGES).get(code, code))


@register.filter
def readable_tokens(text: str) -> str:
    """A version's subject with its tokens as an editor would write them."""
    return TOKEN.sub(lambda match: f"{{{{{match.group(1).rpartition('_')[0]}}}}}", text)


@register.filter
def segment_names(shown_segments: str) -> str:
    keys = [int(pk) for pk in shown_segments.split(",") if pk]
    return ", ".join(Segment.objects.filter(pk__in=keys).values_list("name", flat=True)) if keys else ""
