import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from newsletter.audience.models.newsletters import Newsletter


class SubscriberImport(models.Model):
    """One file of subscribers on its way onto the list: what it is, what it would do, and how far it is."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("waits for its columns")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked; nothing is on the list yet")
        IMPORTING = "importing", _("being imported")
        STOPPED = "stopped", _("stopped")
        IMPORTED = "imported", _("imported")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("could not be read")

    class JoinsAs(models.TextChoices):
        CONFIRMED = "confirmed", _("They have agreed: they get the next edition.")
        PENDING = "pending", _("Ask each of them first, by a mail with a link to confirm.")

    class Assumed(models.TextChoices):
        SUBSCRIBED = "subscribed", pgettext_lazy("people", "subscribed")
        UNSUBSCRIBED = "unsubscribed", pgettext_lazy("people", "unsubscribed")
        DO_NOT_MAIL = "staff", pgettext_lazy("people", "on the do-not-mail list")

    WORKING = (State.CHECKING, State.IMPORTING, State.UNDOING)

    # Names the file in the private folder: nothing that came with the upload is ever part of a path.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField(_("file"), max_length=200)
    file_kind = models.CharField(_("format"), max_length=12, blank=True)
    newsletter = models.ForeignKey(
        Newsletter,
        verbose_name=_("newsletter"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The one these people join."),
    )
    # {heading of a column: what it holds}; newsletter.audience.transfer.mapping says what there is.
    mapping = models.JSONField(default=dict)
    assumed = models.CharField(
        _("rows without a status are"), max_length=12, choices=Assumed.choices, blank=True
    )
    joins_as = models.CharField(
        _("subscribed people"), max_length=9, choices=JoinsAs.choices, default=JoinsAs.CONFIRMED
    )
    consent = models.TextField(_("how these people gave their consent"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.UPLOADED)
    # Rows done in the present state, and rows there are, once they have been counted.
    position = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(null=True)
    # What the check found, and what the import did: newsletter.audience.transfer.report.
    report = models.JSONField(default=dict)
    fault = models.TextField(_("why it stopped"), blank=True)
    # Who works on it, and until when that is believed.
    owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("uploaded on"), auto_now_add=True)
    started_at = models.DateTimeField(_("import began"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        # Who may add subscribers may import them; there are no rights of its own.
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "uploaded",
                        "checking",
                        "checked",
                        "importing",
                        "stopped",
                        "imported",
                        "undoing",
                        "undone",
                        "failed",
                    ]
                ),
                name="import_state_known",
            ),
            models.CheckConstraint(
                condition=Q(joins_as__in=["confirmed", "pending"]), name="import_joins_as_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["importing", "stopped", "imported"]) | ~Q(consent=""),
                name="import_says_how_people_consented",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.created_at:%Y-%m-%d})"

    @property
    def is_partly_undone(self) -> bool:
        """Some of its rows are off the list again: what is left can be undone, and no more be imported."""
        return self.state == self.State.STOPPED and "stayed" in self.report

    @property
    def origin(self) -> str:
        """What stands in the evidence as "from where"."""
        return f"import {self.pk}"


class ImportedChunk(models.Model):
    """What a run of rows did to the list, written with it in one transaction: so that it is done once, and can be undone."""

    subscriber_import = models.ForeignKey(SubscriberImport, on_delete=models.CASCADE, related_name="chunks")
    # The position after its last row.
    position = models.PositiveIntegerField()
    written_at = models.DateTimeField()
    # newsletter.audience.transfer.journal says what stands here.
    journal = models.JSONField(default=dict)
    # Subscriptions whose people are still to be asked to confirm.
    to_ask = models.JSONField(default=list)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subscriber_import", "position"], name="imported_chunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_import_id}: {self.position}"
