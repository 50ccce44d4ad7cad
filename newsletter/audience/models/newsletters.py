from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.models import Locale

from newsletter.audience.addresses import validate_header_text

RESERVED_SLUGS = ("sent",)  # /subscribe/sent/ is the answer page


def validate_not_reserved(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(
            _("This short name is taken by a page of the site. Choose another."), code="reserved"
        )


def time_zones() -> list[tuple[str, str]]:
    """Those of the IANA database that name a place, such as Europe/Madrid, and UTC."""
    places = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "System"))
    )
    return [(name, name.replace("_", " ")) for name in ["UTC", *sorted(places)]]


def default_time_zone() -> str:
    return settings.TIME_ZONE


class NewsletterQuerySet(models.QuerySet["Newsletter"]):
    def open_to(self, user: Any) -> "NewsletterQuerySet":
        """Those that are not kept for other groups, whatever else the user may do with them."""
        if user.is_superuser:
            return self
        named = Newsletter.senders.through.objects.filter(newsletter=OuterRef("pk"))
        return self.filter(~Exists(named) | Exists(named.filter(group__in=user.groups.all())))


class Newsletter(ClusterableModel):
    """A periodical people subscribe to. Its sender and List-Id stay the same from edition to edition."""

    name = models.CharField(_("name"), max_length=120, validators=[validate_header_text])
    slug = models.SlugField(
        _("short name"),
        unique=True,
        validators=[validate_not_reserved],
        help_text=_("Part of addresses; do not change it later."),
    )
    from_name = models.CharField(_("sender's name"), max_length=120, validators=[validate_header_text])
    from_email = models.EmailField(_("sender's address"))
    reply_to = models.EmailField(_("replies go to"), blank=True)
    list_id = models.CharField(
        "List-Id",
        max_length=200,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", _("Letters, digits, hyphens and at least one dot.")
            )
        ],
        help_text=_("Names this list to mail programs for ever (RFC 2919), such as monthly.example.org."),
    )
    senders = ParentalManyToManyField(
        Group,
        verbose_name=_("who may send"),
        blank=True,
        related_name="+",
        help_text=_("Leave empty to let every newsletter manager send."),
    )

    needs_second_person = models.BooleanField(
        _("a second person confirms each sending"),
        default=False,
        help_text=_("Whoever presses Send asks; somebody else who may send has to agree."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        choices=time_zones,
        default=default_time_zone,
        help_text=_("Planned sendings are given in this zone's time."),
    )
    next_edition = models.DateField(
        _("next edition"),
        null=True,
        blank=True,
        help_text=_("Named beside the sign-up until that day. Empty: nothing is promised."),
    )

    objects = NewsletterQuerySet.as_manager()

    panels = [
        FieldPanel("name", help_text=_("What you call it among yourselves; readers see the words below.")),
        FieldPanel("slug"),
        FieldPanel("from_name", help_text=_("Who the mail is from, as mail programs show it.")),
        FieldPanel("from_email", help_text=_("An address of your own domain that somebody reads.")),
        FieldPanel("reply_to", help_text=_("Leave empty when answers go to the sender's address.")),
        FieldPanel("list_id"),
        FieldPanel("senders"),
        FieldPanel("needs_second_person"),
        FieldPanel("time_zone"),
        FieldPanel("next_edition"),
        InlinePanel("texts", label=_("In one language"), heading=_("Words in each language")),
    ]

    class Meta:
        ordering = ["name"]
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")

    def __str__(self) -> str:
        return self.name

    def in_language(self, language_code: str | None = None) -> "NewsletterText":
        """Name and description in that language (the active one when None), else in the first there is."""
        code = language_code or get_language() or settings.LANGUAGE_CODE
        texts = (
            {text.locale.language_code: text for text in self.texts.select_related("locale")}
            if self.pk
            else {}
        )
        return texts.get(code) or next(iter(texts.values()), None) or NewsletterText(name=self.name)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def coming_edition(self) -> date | None:
        """The day the next edition is promised for, today included."""
        if self.next_edition is None or self.next_edition < timezone.localdate(timezone=self.zone):
            return None
        return self.next_edition

    def first_language(self) -> str:
        """Readers whose language an edition does not have get it in this one. Empty where it has words in none."""
        first = self.texts.select_related("locale").order_by("pk").first() if self.pk else None
        return first.locale.language_code if first is not None else ""

    def may_be_sent_by(self, user: Any) -> bool:
        if not user.has_perm("sending.add_mailing"):
            return False
        return Newsletter.objects.open_to(user).filter(pk=self.pk).exists()


class NewsletterText(models.Model):
    newsletter = ParentalKey(Newsletter, on_delete=models.CASCADE, related_name="texts")
    locale = models.ForeignKey(Locale, verbose_name=_("language"), on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=120, validators=[validate_header_text])
    description = models.TextField(_("what people get"), blank=True)

    panels = [
        FieldPanel("locale"),
        FieldPanel("name"),
        FieldPanel("description", help_text=_("One or two sentences beside the sign-up form.")),
    ]

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "locale"], name="one_newsletter_text_per_language")
        ]

    def __str__(self) -> str:
        return self.name
