"""The six papers a topic can be printed on; their colours are design tokens in site.css."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Paper(models.TextChoices):
    CANARY = "canary", _("Canary")
    SALMON = "salmon", _("Salmon")
    MINT = "mint", _("Mint")
    SKY = "sky", _("Sky")
    LILAC = "lilac", _("Lilac")
    BUFF = "buff", _("Buff")
