"""What was put right after publication: dated, typed, and never hidden."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page


class Correction(models.Model):
    """Belongs to a page and goes out with its revision: a draft's correction is nobody's business yet."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correction")
        CLARIFICATION = "clarification", _("Clarification")
        UPDATE = "update", _("Update")
        EDITORS_NOTE = "editors-note", _("Editor’s note")
        RETRACTION = "retraction", _("Retraction")

    page = ParentalKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="corrections")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.CORRECTION)
    made_at = models.DateTimeField(_("date"), default=timezone.now)
    text = models.TextField(
        _("what was wrong, and what is right"), max_length=2000, help_text=_("Plain text; name both.")
    )

    panels = [FieldPanel("kind"), FieldPanel("made_at"), FieldPanel("text")]

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["-made_at"], name="corrections_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"


class CorrectionsPage(Page):
    introduction = models.TextField(_("introduction"), blank=True)

    page_description = _("The public list of everything that was corrected. One per language is enough.")
    parent_page_types = ["newsroom.HomePage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("list of corrections")
        verbose_name_plural = _("lists of corrections")
