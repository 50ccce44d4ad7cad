from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.audience.models import Subscriber
from newsletter.sending.models.mailings import Mailing, Variant


class Delivery(models.Model):
    """One recipient of one mailing. Written a million at a time, hence no foreign-key checks.

    An empty outcome means: as its batch (newsletter.sending.models.Batch). Otherwise the word is Anymail's
    event type (https://anymail.dev/en/stable/sending/tracking/), or one of three of ours, each with a reason:
    `skipped` was never handed to the mail service, `refused` was turned down by it there and then, `not_taken` was
    told "later" until we gave up.
    """

    class Outcome(models.TextChoices):
        AS_BATCH = "", _("as its batch")
        SKIPPED = "skipped", _("left out")
        REFUSED = "refused", _("turned down when it was handed over")
        NOT_TAKEN = "not_taken", _("not taken, however often we tried")
        REJECTED = "rejected", _("rejected")
        FAILED = "failed", _("failed")
        DEFERRED = "deferred", _("delayed")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("marked as spam")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed at the mail service")

    class Reason(models.TextChoices):
        SUPPRESSED = "suppressed", _("on the do-not-mail list")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed since")
        RHYTHM = "rhythm", _("has had this month's edition")
        PAUSED = "paused", _("asked for a pause")
        ALREADY_SENT = "already_sent", _("has had this edition")
        ERASED = "erased", _("erased since")

    # Those the mail service did not take, though it took others of their batch.
    TURNED_DOWN = (Outcome.REFUSED, Outcome.NOT_TAKEN)

    mailing = models.ForeignKey(
        Mailing, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="deliveries"
    )
    subscriber = models.ForeignKey(
        Subscriber,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="deliveries",
    )
    variant = models.ForeignKey(
        Variant, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    address = models.CharField(_("address"), max_length=254, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True, default="")
    reason = models.CharField(_("why"), max_length=250, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["pk"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["mailing", "subscriber"], name="one_delivery_per_subscriber"),
            models.CheckConstraint(
                condition=~Q(outcome="skipped") | ~Q(reason=""), name="skipped_delivery_says_why"
            ),
        ]
        # Partial: the million rows of a snapshot without an outcome of their own cost it nothing.
        indexes = [
            models.Index(
                fields=["mailing", "outcome"], condition=~Q(outcome=""), name="delivery_own_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id}: {self.address} {self.outcome}"


class DeliveryEvent(models.Model):
    """What an ESP told us about a delivery, as it came. Append-only; repeated reports are one row."""

    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="events"
    )
    address_hash = models.CharField(max_length=64, blank=True)
    esp = models.CharField(max_length=40)
    # The ESP's own id of the report; where it gives none, a hash of what makes the report that report.
    event_id = models.CharField(max_length=128)
    event_type = models.CharField(_("event"), max_length=20)
    reject_reason = models.CharField(max_length=20, blank=True)
    description = models.CharField(_("words of the mail service"), max_length=500, blank=True)
    occurred_at = models.DateTimeField(_("when"), null=True)
    received_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["pk"]
        verbose_name = _("delivery event")
        verbose_name_plural = _("delivery events")
        constraints = [
            models.UniqueConstraint(fields=["esp", "event_id"], name="delivery_event_recorded_once")
        ]
        # An address's history, for the bounce policy.
        indexes = [models.Index(fields=["address_hash", "received_at"], name="event_history_of_address")]

    def __str__(self) -> str:
        return f"{self.esp} {self.event_type}"
