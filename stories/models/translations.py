"""What a translation remembers of the page it was made from."""

from django.db import models


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

    class Meta:
        abstract = True
