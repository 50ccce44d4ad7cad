"""Filters of the MJML templates in templates/editions/mail/."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from newsletter.editions.characters import in_mjml_attribute
from newsletter.editions.rich_text import parsed
from stories.weave import PAPER_COLOURS

register = template.Library()

# Inline, because several mail programs ignore the stylesheet in the head; dark mode overrides them there.
STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding-left:24px",
    "ol": "margin:0 0 16px;padding-left:24px",
    "li": "margin:0 0 6px",
    "a": "color:#c4261d",
}


@register.filter
def attribute(value: str) -> SafeString:
    """For every attribute of an MJML template that holds anything but our own ASCII words."""
    return mark_safe(in_mjml_attribute(conditional_escape(value)))


@register.filter
def styled(html: str) -> SafeString:
    """A finished text (newsletter.editions.rich_text: its addresses are ASCII) with a style on each element."""
    root = parsed(html)
    for element in root.find_all(list(STYLES)):
        element["style"] = STYLES[element.name]
    return mark_safe(root.decode_contents())


@register.simple_tag
def paper_colour(paper: str) -> str:
    return PAPER_COLOURS[paper]


@register.filter
def finished(html: object) -> SafeString:
    """HTML that was sanitised when it was made: a finished text, or an archived edition's body."""
    return mark_safe(str(html))
