"""What stands in a list of the admin's front page: what happened, to what, and the button that deals with it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.models import Page


@dataclass(frozen=True)
class Button:
    """A link; or, with an `action`, a form that posts it to `url`."""

    label: str
    url: str
    action: str = ""


@dataclass(frozen=True)
class Item:
    """`kind` says in a word or two what it is, `words` what happened. `is_fault`: something went wrong."""

    kind: str
    title: str
    words: str
    buttons: tuple[Button, ...] = ()
    details: tuple[str, ...] = ()
    is_fault: bool = False


@dataclass
class Today:
    """What somebody has to do, what goes its way without them, and what they began to write."""

    needs: list[Item] = field(default_factory=list)
    under_way: list[Item] = field(default_factory=list)
    drafts: list[Item] = field(default_factory=list)

    @classmethod
    def of(cls, parts: Iterable["Today"]) -> "Today":
        whole = cls()
        for part in parts:
            whole.needs += part.needs
            whole.under_way += part.under_way
            whole.drafts += part.drafts
        return whole


def kind_of_page(page: Page) -> str:
    """Such as "Story · Spanish"; no language where there is one only. Wants the locale selected."""
    model = page.specific_class
    kind = str(model._meta.verbose_name) if model else str(_("Page"))
    languages = dict(settings.LANGUAGES)
    if len(languages) < 2:
        return kind
    return f"{kind} · {languages.get(page.locale.language_code, page.locale.language_code)}"


def in_words(moment: datetime, *, now: datetime, zone: tzinfo | None = None) -> str:
    """Such as “today, 16:00”, in that zone or the active one; another zone than the newsroom's is named."""
    local, today = timezone.localtime(moment, zone), timezone.localdate(now, zone)
    days = {
        today: _("today"),
        today + timedelta(days=1): _("tomorrow"),
        today - timedelta(days=1): _("yesterday"),
    }
    words = _("%(day)s, %(time)s") % {
        "day": days.get(local.date()) or date_format(local, "DATE_FORMAT"),
        "time": date_format(local, "H:i"),
    }
    elsewhere = zone is not None and str(zone) != settings.TIME_ZONE
    return f"{words} ({zone})" if elsewhere else words
