"""A gathering: when, where, how to come, and afterwards what came of it."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import Select
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from stories.blocks.text import RICH_TEXT_FEATURES
from stories.events.forms import EventForm
from stories.models.articles import ArticlePage, in_language_of
from stories.models.vocabulary import Place

# An event whose end nobody gave is taken to be over after this.
WITHOUT_END = timedelta(hours=6)


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone; they are written like Europe/Madrid."), params={"name": name}
        )


def default_time_zone() -> str:
    return settings.TIME_ZONE


class EventQuerySet(PageQuerySet):
    def coming(self, now: datetime | None = None) -> Self:
        """What is not over yet, the next first; an event without a date is neither coming nor over."""
        now = now or timezone.now()
        still_on = models.Q(ends_at__gt=now) | models.Q(ends_at=None, starts_at__gt=now - WITHOUT_END)
        # By itself and so first: of a language's thousands of pages a few are events that are not over.
        dated = self.model._default_manager.order_by().filter(still_on, starts_at__isnull=False)
        return self.filter(pk__in=dated.values("pk")).order_by("starts_at", "pk")


class EventPage(ArticlePage):
    """`starts_at` and `ends_at` are moments; people read them in the event's own `time_zone` (an IANA name)."""

    starts_at = models.DateTimeField(_("begins"), null=True, db_index=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True, db_index=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=default_time_zone, validators=[validate_time_zone]
    )
    place = models.ForeignKey(
        Place, verbose_name=_("place"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    venue = models.CharField(
        _("venue"),
        max_length=255,
        blank=True,
        help_text=_("The hall and the street, as somebody would ask for them."),
    )
    online_link = models.URLField(_("online"), blank=True, help_text=_("Where to join from afar."))
    registration_link = models.URLField(_("registration"), blank=True)
    recap = RichTextField(
        _("what came of it"),
        blank=True,
        features=RICH_TEXT_FEATURES,
        help_text=_("Shown once the event is over."),
    )
    recording_link = models.URLField(_("recording"), blank=True)

    objects: ClassVar[Any] = PageManager.from_queryset(EventQuerySet)()
    base_form_class = EventForm

    page_description = _(
        "A gathering with a date: assembly, fair, training. It leaves the front page when it is over."
    )
    page_example = _("The yearly assembly, Saturday 13 March, in the old hemp store.")
    parent_page_types = ["stories.SectionPage"]
    content_panels = [
        *ArticlePage.content_panels[:2],
        MultiFieldPanel(
            [
                FieldPanel("starts_at"),
                FieldPanel("ends_at"),
                FieldPanel("time_zone", widget=Select),
                FieldPanel("place"),
                FieldPanel("venue"),
                FieldPanel("online_link"),
                FieldPanel("registration_link"),
            ],
            heading=_("When and where"),
        ),
        *ArticlePage.content_panels[2:],
        MultiFieldPanel([FieldPanel("recap"), FieldPanel("recording_link")], heading=_("Afterwards")),
    ]
    search_fields = [
        *ArticlePage.search_fields,
        index.SearchField("venue"),
        index.SearchField("recap"),
        index.FilterField("starts_at"),
    ]

    read_with = (*ArticlePage.read_with, "place")

    class Meta:
        verbose_name = pgettext_lazy("gathering", "event")
        verbose_name_plural = pgettext_lazy("gathering", "events")

    def clean(self) -> None:
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise ValidationError({"ends_at": _("The end is before the beginning.")})

    @property
    def starts_there(self) -> datetime | None:
        """The beginning on the clocks of the place."""
        return self.starts_at.astimezone(ZoneInfo(self.time_zone)) if self.starts_at else None

    @property
    def ends_there(self) -> datetime | None:
        return self.ends_at.astimezone(ZoneInfo(self.time_zone)) if self.ends_at else None

    @property
    def is_over(self) -> bool:
        if self.starts_at is None:
            return False
        return (self.ends_at or self.starts_at + WITHOUT_END) <= timezone.now()

    @cached_property
    def event_place(self) -> Place | None:
        """The place in the page's language."""
        return in_language_of(self, [self.place])[0] if self.place else None
