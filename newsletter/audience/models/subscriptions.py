from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.audience.models.address_hashes import HashBeginning
from newsletter.audience.models.newsletters import Newsletter
from newsletter.audience.models.subscribers import Subscriber


class Subscription(models.Model):
    """One subscriber on one newsletter. Only `confirmed` is ever mailed an edition."""

    class Status(models.TextChoices):
        PENDING = "pending", _("not confirmed yet")
        CONFIRMED = "confirmed", _("confirmed")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")

    class Rhythm(models.TextChoices):
        EVERY_EDITION = "every", _("every edition")
        MONTHLY = "monthly", _("at most once a month")

    # Without an index of their own: those below begin with each of them, and every row of an import pays for each.
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, db_index=False, related_name="subscriptions"
    )
    newsletter = models.ForeignKey(
        Newsletter, on_delete=models.CASCADE, db_index=False, related_name="subscriptions"
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.PENDING)
    rhythm = models.CharField(
        _("how often"), max_length=8, choices=Rhythm.choices, default=Rhythm.EVERY_EDITION
    )
    # The confirmation link carries this moment: a link from before an unsubscribe is dead.
    requested_at = models.DateTimeField(_("asked on"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed on"), null=True, blank=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed on"), null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "newsletter"], name="one_subscription_per_newsletter"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "confirmed", "unsubscribed"]),
                name="subscription_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(rhythm__in=["every", "monthly"]), name="subscription_rhythm_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="confirmed") | models.Q(confirmed_at__isnull=False),
                name="confirmed_subscription_has_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["newsletter", "status", "subscriber"]),
            models.Index(fields=["subscriber", "status", "confirmed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} → {self.newsletter}: {self.status}"


class EvidenceQuerySet(models.QuerySet["SubscriptionEvent"]):
    """Rows are added and read. The one exception is forget_person(), for erasure."""

    def forget_person(self) -> int:
        """Leaves what happened, when, and the keyed hash; everything else is emptied. Returns how many rows."""
        return super().update(subscriber=None, newsletter=None, origin="", network="", language="", text="")

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Evidence is append-only: a SubscriptionEvent is never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Evidence is append-only: a SubscriptionEvent is never deleted.")


class SubscriptionEvent(models.Model):
    """Evidence of consent and of its end: what happened, when, from where, and which words were on the screen."""

    class Kind(models.TextChoices):
        REQUESTED = "requested", _("asked to subscribe")
        MAILED = "mailed", _("was answered by mail")
        CONFIRMED = "confirmed", _("confirmed")
        CHANGED = "changed", _("changed preferences")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        SUPPRESSED = "suppressed", _("put on the do-not-mail list")

    # No database constraint: an erased subscriber's evidence stays, known by the keyed hash alone.
    subscriber = models.ForeignKey(
        Subscriber,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="events",
    )
    # Asked for by of_addresses().
    address_hash = models.CharField(max_length=64)
    newsletter = models.ForeignKey(
        Newsletter,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    kind = models.CharField(_("what"), max_length=12, choices=Kind.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    origin = models.CharField(
        _("from where"),
        max_length=200,
        help_text=_("The page or the mechanism, such as /subscribe/ or one-click."),
    )
    network = models.CharField(
        _("network"),
        max_length=45,
        blank=True,
        help_text=_("The address of the connection, cut to its network."),
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    text = models.TextField(_("words on the screen"), blank=True)

    objects = EvidenceQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        # Nobody, superusers included, may be given the right to add, change or delete evidence.
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["subscriber", "at"]),
            # The list's growth, week by week.
            models.Index(fields=["kind", "at"]),
            # Segments ask how people came.
            models.Index(fields=["kind", "subscriber", "origin"]),
            models.Index(HashBeginning("address_hash"), name="evidence_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Evidence is append-only: a SubscriptionEvent is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Evidence is append-only: a SubscriptionEvent is never deleted.")
