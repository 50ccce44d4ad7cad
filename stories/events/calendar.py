"""Events as entries of a calendar."""

from collections.abc import Iterable
from uuid import uuid5

from wagtail.models import Locale

from stories.events.icalendar import CalendarEntry, calendar_document
from stories.events.words import where_in_words
from stories.models.events import EventPage


def events_as_calendar(events: Iterable[EventPage], *, name: str, locale: Locale) -> bytes:
    """Wants the language active. Events without a date or an address are left out."""
    entries = (calendar_entry(event) for event in events)
    return calendar_document((entry for entry in entries if entry), name=name, language=locale.language_code)


def calendar_entry(event: EventPage) -> CalendarEntry | None:
    """None without a date, or while it has no public address."""
    url = event.full_url
    if event.starts_at is None or not url:
        return None
    links = [address for address in (event.online_link, event.registration_link, url) if address]
    return CalendarEntry(
        # One event in two languages is two entries; each keeps its own when it is renamed or moved.
        uid=str(uuid5(event.translation_key, event.locale.language_code)),
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        changed_at=event.last_published_at or event.first_published_at or event.starts_at,
        description="\n\n".join(part for part in (event.standfirst, "\n".join(links)) if part),
        location=where_in_words(event),
        url=url,
        categories=tuple(topic.name for topic in event.topic_list),
    )
