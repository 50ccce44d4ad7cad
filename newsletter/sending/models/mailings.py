import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Revision

from newsletter.audience.models import Newsletter, Segment
from newsletter.editions.models import EditionPage
from newsletter.editions.versions import in_order


class Mailing(models.Model):
    """One sending of pinned revisions of one edition to one audience."""

    class State(models.TextChoices):
        ASKED = "asked", _("waiting for a second person")
        SCHEDULED = "scheduled", _("scheduled")
        PREPARING = "preparing", _("preparing")
        SENDING = "sending", pgettext_lazy("state", "sending")
        PAUSED = "paused", _("paused")
        SENT = "sent", _("sent")
        CANCELLED = "cancelled", _("cancelled")

    OPEN_STATES = (State.ASKED, State.SCHEDULED, State.PREPARING, State.SENDING, State.PAUSED)

    # Named to the ESP (Feedback-ID, metadata) instead of a running number.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    edition = models.ForeignKey(
        EditionPage, verbose_name=_("edition"), on_delete=models.PROTECT, related_name="mailings"
    )
    newsletter = models.ForeignKey(
        Newsletter, verbose_name=_("newsletter"), on_delete=models.PROTECT, related_name="+"
    )
    # {language code: primary key of the revision that is sent in that language}
    revisions = models.JSONField(default=dict)
    to_everyone = models.BooleanField(_("to everybody on this newsletter"), default=False)
    segments = models.ManyToManyField(Segment, verbose_name=_("to"), blank=True, related_name="+")
    excluded_segments = models.ManyToManyField(
        Segment, verbose_name=_("but not to"), blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREPARING)
    # {primary key of a segment: digest of its rules} as they stood when this was launched.
    segments_seen = models.JSONField(default=dict, editable=False)
    # Everybody the snapshot found, left out or not; unknown before it.
    audience = models.PositiveIntegerField(_("people"), null=True, editable=False)
    left_out = models.PositiveIntegerField(_("left out at the start"), default=0, editable=False)
    fault = models.TextField(_("why it stopped"), blank=True)
    # Those of an earlier sending whom it missed for a passing reason get the same revisions again.
    retry_of = models.ForeignKey(
        "self",
        verbose_name=_("second try of"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="retries",
    )
    # A manager who resumes after a halt has seen so many; only those that come on top halt it again.
    tolerated_rejections = models.PositiveIntegerField(default=0, editable=False)
    tolerated_complaints = models.PositiveIntegerField(default=0, editable=False)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Where the newsletter asks for a second person: who agreed.
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("confirmed by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("launched"), auto_now_add=True)
    scheduled_for = models.DateTimeField(_("planned for"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("sending")
        verbose_name_plural = _("sendings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["asked", "scheduled", "preparing", "sending", "paused", "sent", "cancelled"]
                ),
                name="mailing_state_known",
            ),
            # Two launches of one edition at the same moment: the database lets one through.
            models.UniqueConstraint(
                fields=["edition"],
                condition=models.Q(state__in=["asked", "scheduled", "preparing", "sending", "paused"]),
                name="one_open_mailing_per_edition",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["sending", "sent"]) | models.Q(audience__isnull=False),
                name="mailing_has_its_audience_before_it_sends",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="scheduled") | models.Q(scheduled_for__isnull=False),
                name="scheduled_mailing_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition.title} ({self.get_state_display()})"

    @property
    def waited(self) -> bool:
        """It did not begin when it was launched: it had a time, or a second person was asked."""
        return self.scheduled_for is not None or self.confirmed_by_id is not None

    @property
    def languages(self) -> list[str]:
        """It is sent in these, in the order of newsletter.editions.versions: the first is for readers of all others.

        PostgreSQL does not keep the order of `revisions`.
        """
        return in_order(self.revisions, edition=self.edition)


# In place of topics: lists that readers get on the topics they chose are whole.
EVERY_TOPIC = "*"


class Variant(models.Model):
    """Content rendered once for all recipients who get the same. On the screen: a version.

    `html`, `text` and `subject` carry neutral tokens (newsletter.editions.merge_fields); `fields` says what each
    token of an editor's field means: {"name_1": {"field": "name", "fallback": "friend"}}.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="variants")
    language = models.CharField(_("language"), max_length=10)
    # Sorted primary keys, comma-separated, of the aimed-at segments whose blocks this version shows.
    shown_segments = models.CharField(max_length=250, blank=True)
    # Sorted translation keys, comma-separated, of the topics to which lists of each reader's own topics keep. Empty is for
    # who chose topics on which nothing is new.
    shown_topics = models.CharField(max_length=250, blank=True, default=EVERY_TOPIC)
    # For readers of a language the edition does not have: it says so at its head.
    for_others = models.BooleanField(_("for readers of other languages"), default=False)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(_("subject"), max_length=250)
    html = models.TextField("HTML")
    text = models.TextField(_("plain text"))
    fields = models.JSONField(default=dict)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "language", "shown_segments", "shown_topics", "for_others"],
                name="one_variant_per_recipe",
            )
        ]

    def __str__(self) -> str:
        return f"{self.language} [{self.shown_segments}]"
