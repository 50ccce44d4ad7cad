"""The ledger of what was imported, so that a second run changes nothing and an editor sees what was checked."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportedDocument(models.Model):
    """`report` is {"rows": [[what, in the source, here]], "notes": [[key, detail]], "missing": {address: reason}}.

    `checksum` is of the document (WordPressDocument.checksum); `revision_id` names the revision this import wrote last,
    so that a newer one on the page means an editor has been there.
    """

    guid = models.CharField(_("WordPress guid"), max_length=500, unique=True)
    source_url = models.CharField(_("old address"), max_length=2000)
    wordpress_type = models.CharField(_("WordPress type"), max_length=20)
    wordpress_id = models.PositiveBigIntegerField(_("WordPress number"))
    checksum = models.CharField(_("checksum"), max_length=64)
    title = models.CharField(_("title"), max_length=255)
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="imported_documents",
    )
    revision_id = models.BigIntegerField(_("revision"), null=True, blank=True)
    report = models.JSONField(_("import check"), default=dict)
    source_modified_at = models.DateTimeField(_("changed there"), null=True, blank=True)
    imported_at = models.DateTimeField(_("imported"), auto_now=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("imported page")
        verbose_name_plural = _("imported pages")
        ordering = ["-imported_at", "-pk"]

    def __str__(self) -> str:
        return self.title
