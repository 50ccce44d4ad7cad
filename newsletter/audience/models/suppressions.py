from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.audience.models.newsletters import Newsletter


class Suppression(models.Model):
    """An entry of the do-not-mail list. It knows the address only as a keyed hash, and beats everything else."""

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", _("the address does not exist")
        COMPLAINT = "complaint", _("marked our mail as spam")
        ERASED = "erased", _("asked to be erased")
        STAFF = "staff", _("entered by us")

    address_hash = models.CharField(max_length=64, db_index=True)
    newsletter = models.ForeignKey(
        Newsletter,
        verbose_name=_("only this newsletter"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: no newsletter at all."),
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=250, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("do-not-mail entry")
        verbose_name_plural = _("do-not-mail list")
        constraints = [
            # NULL newsletter is a scope of its own, so two constraints: SQL sees NULLs as distinct.
            models.UniqueConstraint(
                fields=["address_hash"],
                condition=models.Q(newsletter__isnull=True),
                name="suppressed_everywhere_once",
            ),
            models.UniqueConstraint(
                fields=["address_hash", "newsletter"],
                condition=models.Q(newsletter__isnull=False),
                name="suppressed_per_newsletter_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.created_at:%Y-%m-%d})"
