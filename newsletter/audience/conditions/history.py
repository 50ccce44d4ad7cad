"""Conditions on how people came: when they joined, and through what they confirmed."""

from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from newsletter.audience.conditions.registry import (
    MAX_TEXT,
    Condition,
    SegmentUnusable,
    register_condition,
    stored,
    stored_text,
)
from newsletter.audience.conditions.related import stands_in
from newsletter.audience.models.subscriptions import Subscription, SubscriptionEvent

BEFORE, SINCE = "before", "since"


def chosen_day(value: Any) -> tuple[str, date]:
    """(BEFORE or SINCE, the day)."""
    when, day = stored(value, "when"), stored(value, "day")
    try:
        parsed = parse_date(day) if isinstance(day, str) else None
    except ValueError:
        parsed = None
    # PostgreSQL and time zones both end before Python's first and last year do.
    if when not in (BEFORE, SINCE) or parsed is None or not 1900 <= parsed.year <= 9000:
        raise SegmentUnusable(_g("it asks for a day that does not exist"))
    return when, parsed


def compile_joined(value: Any) -> Q:
    """Who joined is who confirmed: the first confirmation of the newsletters they still get.

    Not created_at: that is the day of an import for everybody who came from another system.
    """
    when, day = chosen_day(value)
    confirmed = Subscription.objects.filter(status=Subscription.Status.CONFIRMED)
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    joined_before = stands_in(confirmed.filter(confirmed_at__lt=midnight))
    # Only readers are ever asked. They have confirmed something, so who did not before the day did so since.
    return joined_before if when == BEFORE else ~joined_before


def describe_joined(value: Any) -> str:
    when, day = chosen_day(value)
    words = _g("joined before %(day)s") if when == BEFORE else _g("joined on %(day)s or later")
    return words % {"day": formats.date_format(day, "DATE_FORMAT")}


def compile_confirmed_through(value: Any) -> Q:
    """By the beginning of the origin, capitals and all."""
    beginning = stored_text(stored(value, "origin"))
    events = SubscriptionEvent.objects.filter(kind=SubscriptionEvent.Kind.CONFIRMED)
    if connection.vendor == "sqlite":
        # Its LIKE minds no capitals. It compares by code points, so that what begins so lies before the next beginning;
        # what can be printed has a next.
        following = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        events = events.filter(origin__gte=beginning, origin__lt=following)
    else:
        events = events.filter(origin__startswith=beginning)
    return stands_in(events)


register_condition(
    Condition(
        name="joined",
        label=_("joined before or after a day"),
        block=blocks.StructBlock(
            [
                (
                    "when",
                    blocks.ChoiceBlock(
                        choices=[(BEFORE, _("before this day")), (SINCE, _("on this day or later"))],
                        label=_("joined"),
                        help_text=_("Their first confirmation counts."),
                    ),
                ),
                ("day", blocks.DateBlock(label=_("day"))),
            ],
            icon="date",
        ),
        compile=compile_joined,
        describe=describe_joined,
    )
)
register_condition(
    Condition(
        name="confirmed_through",
        label=_("confirmed through"),
        block=blocks.StructBlock(
            [
                (
                    "origin",
                    blocks.CharBlock(
                        label=_("page or import"),
                        max_length=MAX_TEXT,
                        help_text=_(
                            "As a subscriber's page shows it beside “confirmed”, or how that begins: "
                            "/confirm/ for the link in the mail, import for every import."
                        ),
                    ),
                )
            ],
            icon="login",
        ),
        compile=compile_confirmed_through,
        describe=lambda value: (
            _g("confirmed through “%(origin)s”") % {"origin": stored_text(stored(value, "origin"))}
        ),
    )
)
