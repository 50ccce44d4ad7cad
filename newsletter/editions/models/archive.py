from django.db import models
from django.utils.translation import gettext_lazy as _
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
