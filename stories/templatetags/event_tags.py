"""When and where an event is. Templates would turn its moments to the server's clocks; these keep the place's."""

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from stories.events import words
from stories.models import EventPage

register = template.Library()


@register.filter
def event_when(event: EventPage) -> SafeString | str:
    """The whole of it in words, inside <time>; nothing while it has no date."""
    if event.starts_there is None:
        return ""
    moment = event.starts_there.isoformat(timespec="minutes")
    return format_html('<time datetime="{}">{}</time>', moment, words.when_in_words(event))


@register.filter
def event_where(event: EventPage) -> str:
    return words.where_in_words(event)


@register.inclusion_tag("components/event_date.html")
def event_date(event: EventPage) -> dict[str, str]:
    """{% event_date event %}: the day as it hangs on a wall, a big numeral between weekday and month."""
    starts = event.starts_there
    if starts is None:
        return {}
    last = words.ends_on(event)
    days = f"{starts.day}"
    if last and last != starts.date() and (last.year, last.month) == (starts.year, starts.month):
        days = f"{starts.day}–{last.day}"
    # Only English writes the months with a capital letter and without a point.
    month = "M" if (get_language() or "en").startswith("en") else "b"
    return {
        "moment": starts.isoformat(timespec="minutes"),
        "weekday": date_format(starts, "D", use_l10n=False),
        "days": days,
        "month": date_format(starts, f"{month} Y", use_l10n=False),
        "in_words": words.when_in_words(event),
    }
