"""The events that are coming, as the front page, sections, calendars and editions list them."""

from typing import cast

from wagtail.models import Page
from wagtail.query import PageQuerySet

from stories.models.events import EventPage
from stories.readable import everybodys
from stories.rows import article_rows


def coming_events(home: Page) -> PageQuerySet:
    """What anybody may read below this page in its language and is not over, the next first."""
    return everybodys(EventPage.objects.descendant_of(home).filter(locale_id=home.locale_id)).coming()


def gatherings(*, home: Page, many: int) -> list[EventPage]:
    """The first of them as lists show them. The number of queries does not grow with theirs."""
    return cast(list[EventPage], article_rows(coming_events(home)[:many]))
