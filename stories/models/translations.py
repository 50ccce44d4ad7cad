"""What a translation remembers of the page it was made from."""

from typing import Any, Self

from django.db import models
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from wagtail.models import Page, Revision


class Translated(models.Model):
    """`translated_from` is the original's revision the translation was made from, or last brought up to."""

    translated_from = models.ForeignKey(
        "wagtailcore.Revision",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    # A copy is a new page: its text was never published, so nothing in it was put right after publication. That holds
    # for a translation too, made from the text as it stands.
    exclude_fields_in_copy = ["translated_from", "corrections"]

    class Meta:
        abstract = True

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """What a page was translated from belongs to the page, not to one of its revisions: an older draft keeps it."""
        page: Self = super().with_content_json(content)  # type: ignore[misc]
        page.translated_from_id = self.translated_from_id
        return page

    @cached_property
    def original(self) -> Page | None:
        """The page this was translated from, published or not; None for what is no translation. Not specific."""
        if self.translated_from_id is None:
            return None
        source = Revision.objects.filter(pk=self.translated_from_id).annotate(
            page_key=Cast("object_id", models.BigIntegerField())
        )
        found: Page | None = (
            Page.objects.filter(pk__in=source.values("page_key")).select_related("locale").first()
        )
        return found
