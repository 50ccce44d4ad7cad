"""Links to the pages of topics, places and authors, and what stands at the foot of an article."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from stories.finding.published import Term
from stories.finding.reading_on import ReadingOn, reading_on
from stories.finding.terms import NAMES
from stories.models import ArticlePage

register = template.Library()


@register.simple_tag
def term_link(term: Term) -> SafeString | str:
    """The name of a topic, place or author as a link to its page in the language of this page."""
    try:
        url = reverse(f"stories:{NAMES[type(term)]}", args=[term.slug])
    except NoReverseMatch:
        # A name in a script of which no slug could be made has no address.
        return conditional_escape(term.name)
    return format_html('<a href="{}">{}</a>', url, term.name)


@register.simple_tag
def reading_on_after(article: ArticlePage) -> ReadingOn:
    """{% reading_on_after page as on %}: older, newer, related."""
    return reading_on(article)
