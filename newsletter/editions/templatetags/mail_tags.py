"""Filters of the MJML templates in templates/editions/mail/."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from newsletter.editions.characters import in_mjml_attribute
from newsletter.editions.mail_html import mail_markup
from newsletter.editions.rich_text import parsed
from stories.weaving.weave import PAPER_COLOURS

register = template.Library()

HEADLINE = (
    "'Avenir Next Condensed','Roboto Condensed','Arial Narrow','Liberation Sans Narrow',Arial,sans-serif"
)
# Inline, because several mail programs ignore the stylesheet in the head; dark mode overrides them there.
STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding:0;padding-{start}:24px",
    "ol": "margin:0 0 16px;padding:0;padding-{start}:24px",
    "li": "margin:0 0 6px",
    "a": "color:#c4261d",
    "h2": f"margin:0 0 12px;font:700 36px/38px {HEADLINE}",
    "h3": f"margin:0 0 8px;font:700 29px/31px {HEADLINE}",
    "h4": f"margin:0 0 8px;font:700 24px/27px {HEADLINE}",
    "table": "border-collapse:collapse;margin:0 0 16px",
    "th": "padding:6px 8px;text-align:{start};vertical-align:top;border-bottom:2px solid #15233b",
    "td": "padding:6px 8px;text-align:{start};vertical-align:top",
    "blockquote": "margin:0 0 16px;padding:0;padding-{start}:16px;border-{start}:6px solid #c4261d",
    "hr": "margin:0 0 16px;border:0;border-top:2px solid #15233b",
}


@register.filter
def attribute(value: str) -> SafeString:
    """For every attribute of an MJML template that holds anything but our own ASCII words."""
    return mark_safe(in_mjml_attribute(conditional_escape(value)))


@register.filter
def styled(html: str, start: str) -> SafeString:
    """A finished text with a style on each element, before what the editor gave it; lines begin on the side `start`."""
    root = parsed(html)
    for element in root.find_all(list(STYLES)):
        own = element.get("style")
        style = STYLES[element.name].format(start=start)
        element["style"] = f"{style};{own}" if own else style
    return mark_safe(mail_markup(root.decode_contents()))


@register.simple_tag
def paper_colour(paper: str) -> str:
    return PAPER_COLOURS[paper]


@register.filter
def finished(html: object) -> SafeString:
    """HTML that was sanitised when it was made: a finished text, or an archived edition's body."""
    return mark_safe(str(html))
