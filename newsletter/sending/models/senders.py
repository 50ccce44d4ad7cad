from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def a_limit(words: "StrOrPromise") -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        words,
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Leave empty for no limit."),
    )


class Sender(models.Model):
    """A domain mail comes from, and how fast it may. All workers share it (newsletter.sending.pace).

    Limits count recipients in any stretch of that length, not by the calendar. While a new domain warms up, a day's
    limit begins at `warm_up_first_day` and grows by `warm_up_growth` percent each day.
    """

    domain = models.CharField(_("domain"), max_length=253, unique=True)
    per_second = a_limit(_("people per second"))
    per_minute = a_limit(_("people per minute"))
    per_hour = a_limit(_("people per hour"))
    per_day = a_limit(_("people per day"))
    warm_up_from = models.DateField(
        _("warm up from"),
        null=True,
        blank=True,
        help_text=_(
            "A domain that is new to sending begins small and grows day by day. Empty: no warming up."
        ),
    )
    warm_up_first_day = models.PositiveIntegerField(
        _("people on the first day"), default=200, validators=[MinValueValidator(1)]
    )
    warm_up_growth = models.PositiveIntegerField(
        _("growth each day, in percent"),
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(900)],
    )
    halt_rejected = models.DecimalField(
        _("stop at so many percent rejected"),
        max_digits=4,
        decimal_places=1,
        default=Decimal("5.0"),
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(100))],
    )
    halt_complained = models.DecimalField(
        _("stop at so many percent marked as spam"),
        max_digits=4,
        decimal_places=1,
        default=Decimal("0.3"),
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(Decimal(100))],
    )
    # The mail service said: not before. It holds for every worker.
    held_until = models.DateTimeField(_("held until"), null=True, blank=True, editable=False)
    held_because = models.TextField(_("why"), blank=True, editable=False)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["domain"]
        verbose_name = _("sending domain")
        verbose_name_plural = _("sending domains")

    def __str__(self) -> str:
        return self.domain


class SenderSlot(models.Model):
    """How many were handed over for a domain in one second. Kept for a day, and only where a limit is set."""

    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="slots")
    second = models.DateTimeField()
    people = models.PositiveIntegerField()

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "second"], name="one_slot_per_second")]

    def __str__(self) -> str:
        return f"{self.sender_id} {self.second:%H:%M:%S} {self.people}"
