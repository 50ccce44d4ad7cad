"""When and where an event is, in words of the active language and on the clocks of the place."""

from datetime import date, datetime, timedelta

from django.utils.formats import date_format, get_format
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from stories.models.events import EventPage

# With the day of the week. Other languages get Django's format without it.
DAY_FORMATS = {"en": "l j F Y", "es": r"l j \d\e F \d\e Y", "fr": "l j F Y"}
CLOCK = "H:i"


def day_in_words(moment: datetime) -> str:
    """“Saturday 13 March 2027”, the day being that of the moment's own zone; as it stands inside a sentence."""
    day_format = DAY_FORMATS.get(get_language() or "", get_format("DATE_FORMAT"))
    return date_format(moment, day_format, use_l10n=False)


def clock_in_words(moment: datetime) -> str:
    return date_format(moment, CLOCK, use_l10n=False)


def zone_in_words(event: EventPage) -> str:
    """“CET, Europe/Madrid”: the abbreviation of that day, where the zone has one, and the zone's name."""
    name = event.time_zone.replace("_", " ")
    short = (event.starts_there.tzname() if event.starts_there else "") or ""
    if not short or short == name:
        return name
    # Zones without an abbreviation call themselves -03.
    return f"{'UTC' if short[0] in '+-' else ''}{short}, {name}"


def when_in_words(event: EventPage) -> str:
    """“Saturday 13 March 2027, 10:00–18:00 (CET, Europe/Madrid)”; empty while it has no date."""
    starts, ends = event.starts_there, event.ends_there
    if starts is None:
        return ""
    begin = _("%(day)s, %(time)s") % {"day": capfirst(day_in_words(starts)), "time": clock_in_words(starts)}
    zone = zone_in_words(event)
    if ends is None or ends <= starts:
        return f"{begin} ({zone})"
    if ends_on(event) == starts.date():
        return f"{begin}–{clock_in_words(ends)} ({zone})"
    end = _("%(day)s, %(time)s") % {"day": day_in_words(ends), "time": clock_in_words(ends)}
    return f"{begin} – {end} ({zone})"


def ends_on(event: EventPage) -> date | None:
    """The last day of it. What ends at night belongs to the day it began on."""
    starts, ends = event.starts_there, event.ends_there
    if starts is None or ends is None or ends <= starts:
        return starts.date() if starts else None
    short = ends - starts < timedelta(hours=24)
    return starts.date() if short and ends.hour < 6 else ends.date()


def where_in_words(event: EventPage) -> str:
    """“Hemp store, Cerrolinde”, or that it is online; empty where nobody said."""
    place = event.event_place
    parts = [event.venue, place.name if place and place.name not in event.venue else ""]
    where = ", ".join(part for part in parts if part)
    if where:
        return where
    return _("Online") if event.online_link else ""
