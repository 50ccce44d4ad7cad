"""Events as an edition lists them: what is coming at the moment of the sending, in the edition's language.

Like new stories, the list belongs to a version: it is looked up once for all who get the same.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone, translation
from django.utils.formats import date_format
from wagtail.models import Locale

from newsletter.editions.addresses import on_this_site
from newsletter.editions.characters import sendable_line
from stories.events.words import ends_on, when_in_words, where_in_words
from stories.models import EventPage
from stories.rows import article_rows


@dataclass(frozen=True)
class EventCard:
    """`day` is the date in a few letters (“13–14 Mar”), `when` and `where` the whole of it in words."""

    title: str
    standfirst: str
    url: str
    day: str
    when: str
    where: str
    paper: str


def coming_event_cards(
    *,
    locale: Locale,
    many: int,
    days: int | None = None,
    topics: Collection[UUID] | None = None,
    at: datetime | None = None,
) -> list[EventCard]:
    """Public events of this language that are not over at that moment (now when None), the next first.

    They begin within so many `days` of it, on any of the topics (translation keys; None: on all or none). As many
    queries for one event as for many.
    """
    at = at or timezone.now()
    events = EventPage.objects.live().public().filter(locale=locale).coming(at)
    if days is not None:
        events = events.filter(starts_at__lt=at + timedelta(days=days))
    if topics is not None:
        tagged = EventPage.topics.through.objects.filter(topic__translation_key__in=topics)
        events = events.filter(pk__in=tagged.values("eventpage_id"))
    with translation.override(locale.language_code):
        return [_card(event) for event in article_rows(events[:many]) if isinstance(event, EventPage)]


def _card(event: EventPage) -> EventCard:
    return EventCard(
        title=sendable_line(event.title),
        standfirst=sendable_line(event.standfirst),
        url=on_this_site(event.full_url or ""),
        day=_day(event),
        when=sendable_line(when_in_words(event)),
        where=sendable_line(where_in_words(event)),
        paper=event.paper,
    )


def _day(event: EventPage) -> str:
    starts, last = event.starts_there, ends_on(event)
    if starts is None or last is None:
        return ""
    end = date_format(last, "j b", use_l10n=False)
    if last == starts.date():
        return end
    same_month = (last.year, last.month) == (starts.year, starts.month)
    return f"{date_format(starts, 'j' if same_month else 'j b', use_l10n=False)}–{end}"
