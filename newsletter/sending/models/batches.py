from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsletter.sending.models.mailings import Mailing, Variant


class Batch(models.Model):
    """A range of one variant's deliveries: one call to a batch ESP, or single messages one after the other.

    The range is the deliveries of `mailing` and `variant` with first_delivery <= id <= last_delivery.
    `size` counts them once and for all; `left_out` those skipped after the snapshot, `refused` those the
    ESP turned down one by one (Delivery.TURNED_DOWN). The batch's state is the state of all the others.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        CLAIMED = "claimed", _("about to be sent")
        SUBMITTING = "submitting", _("being sent")
        ACCEPTED = "accepted", _("accepted")
        DEFERRED = "deferred", _("waiting for the mail service")
        REJECTED = "rejected", _("rejected")
        UNKNOWN = "unknown", _("unsure whether it arrived")
        PARKED = "parked", _("unsure whether it arrived: you decide")
        CANCELLED = "cancelled", _("left out, because the sending was cancelled")

    IN_DOUBT = (State.UNKNOWN, State.PARKED)
    UNFINISHED = (State.PENDING, State.CLAIMED, State.SUBMITTING, State.DEFERRED)

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="batches")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    first_delivery = models.BigIntegerField()
    last_delivery = models.BigIntegerField()
    size = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    # Committed before the socket write, so that a lost reply can be told from a call never made. It stays the same
    # while the same call is made again; with the number of attempts it names one attempt.
    attempt_key = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When the key was first used: the service knows a repeated call by its key for some time.
    begun_at = models.DateTimeField(null=True)
    # The call before may have been accepted; the same call, with the same key, may be made once more.
    is_repeat = models.BooleanField(default=False)
    # Single messages only: the delivery whose message may be on the wire, and the last one accepted.
    in_flight = models.BigIntegerField(null=True)
    done_up_to = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=250, blank=True)
    fault = models.TextField(_("what went wrong"), blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["pk"]
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = [models.Index(fields=["mailing", "state"]), models.Index(fields=["state", "lease_until"])]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "first_delivery"], name="batch_begins_once"),
            models.CheckConstraint(
                condition=Q(first_delivery__lte=models.F("last_delivery")) & Q(size__gt=0),
                name="batch_has_a_range",
            ),
            models.CheckConstraint(
                condition=Q(size__gte=models.F("left_out") + models.F("refused")), name="batch_counts_fit"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "pending",
                        "claimed",
                        "submitting",
                        "accepted",
                        "deferred",
                        "rejected",
                        "unknown",
                        "parked",
                        "cancelled",
                    ]
                ),
                name="batch_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "submitting"])
                | (~Q(owner="") & Q(lease_until__isnull=False)),
                name="claimed_batch_has_owner_and_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state="submitting") | Q(attempt_key__isnull=False),
                name="submitting_batch_has_an_attempt_key",
            ),
            models.CheckConstraint(
                condition=Q(is_repeat=False) | Q(attempt_key__isnull=False, begun_at__isnull=False),
                name="repeated_batch_has_a_key",
            ),
            models.CheckConstraint(
                condition=~Q(state="deferred") | Q(not_before__isnull=False), name="deferred_batch_has_a_time"
            ),
        ]

    @property
    def people(self) -> int:
        """Those who share the batch's state."""
        return self.size - self.left_out - self.refused

    def __str__(self) -> str:
        return f"{self.mailing_id}: {self.first_delivery}–{self.last_delivery} {self.state}"
