"""The events that are coming, as the front page, sections, calendars and editions list them."""

from typing import cast

from wagtail.models import Page

from stories.models.events import EventPage
from stories.readable import everybodys
from stories.rows import article_rows


def gatherings(*, home: Page, many: int) -> list[EventPage]:
    """What anybody may read below this page in its language and is not over, the next first.

    The number of queries does not grow with theirs.
    """
    events = everybodys(EventPage.objects.descendant_of(home).filter(locale_id=home.locale_id))
    return cast(list[EventPage], article_rows(events.coming()[:many]))
