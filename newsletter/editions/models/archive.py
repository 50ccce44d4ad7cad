from django.db import models
from django.utils import timezone
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Revision

from newsletter.editions.models.editions import EditionPage


class ArchivedEdition(models.Model):
    """What the public may read of an edition that was sent: its unaimed blocks as HTML, frozen at the sending.

    `body` is a fragment for the site's own layout; it holds no token of any reader.
    """

    edition = models.OneToOneField(EditionPage, on_delete=models.CASCADE, related_name="archive")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    sent_at = models.DateTimeField(_("sent on"), db_index=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("archived edition")
        verbose_name_plural = _("archived editions")

    def __str__(self) -> str:
        return self.subject


class EditionNote(models.Model):
    """What turned out to be wrong in an edition after it was sent. The archive shows it above what was sent."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correction")
        CLARIFICATION = "clarification", _("Clarification")
        UPDATE = "update", _("Update")
        RETRACTION = "retraction", _("Retraction")

    archive = models.ForeignKey(
        ArchivedEdition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="notes"
    )
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices, default=Kind.CORRECTION)
    text = models.TextField(_("what was wrong, and what is right"), max_length=2000)
    at = models.DateTimeField(_("when"), default=timezone.now)

    panels = [FieldPanel("archive"), FieldPanel("kind"), FieldPanel("text"), FieldPanel("at")]

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("correction to an edition")
        verbose_name_plural = _("corrections to editions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["correction", "clarification", "update", "retraction"]),
                name="edition_note_kind_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.archive}"

    def as_html(self) -> SafeString:
        """For who reads it without our styles."""
        return format_html(
            "<p><strong>{}</strong> ({})</p>{}",
            self.get_kind_display(),
            timezone.localdate(self.at).isoformat(),
            mark_safe(linebreaks(self.text, autoescape=True)),
        )
