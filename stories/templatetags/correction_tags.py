"""Tags for what was corrected, and for what was translated."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import get_language_info

from stories.context import Frame
from stories.models import ArticlePage, Translated

register = template.Library()


@register.simple_tag(takes_context=True)
def corrections_address(context: template.Context) -> str:
    """Where all corrections in this page's language are listed; empty when there is no such page."""
    page = context.get("page")
    found = page.corrections_page if isinstance(page, ArticlePage) else None
    return (found.get_url(context.get("request")) if found else None) or ""


@dataclass(frozen=True)
class Source:
    """What a page was translated from. `name` is the language in the reader's words; `url` empty when it is not public."""

    code: str
    name: str
    url: str


@register.simple_tag
def translated_from(page: Any, frame: Frame) -> Source | None:
    original = page.original if isinstance(page, Translated) else None
    if original is None:
        return None
    code = original.locale.language_code
    urls = {link.code: link.url for link in frame.translations}
    return Source(code, get_language_info(code)["name_translated"], urls.get(code, ""))
