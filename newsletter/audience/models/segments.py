import json
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from newsletter.audience.conditions import CONDITIONS, SegmentUnusable


class RulesField(StreamField):
    """A StreamField whose blocks are the registered conditions; migrations do not list them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__([], **kwargs)

    @cached_property
    def stream_block(self) -> blocks.StreamBlock:
        # Looked at only once every room has registered its conditions.
        for condition in CONDITIONS.values():
            condition.block.meta.label = condition.label
        block = blocks.StreamBlock(
            [(name, condition.block) for name, condition in CONDITIONS.items()], min_num=1
        )
        block.set_meta_options(self.block_opts)
        return block

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, kwargs = models.Field.deconstruct(self)
        return name, path, [], kwargs


class Segment(models.Model):
    """People who …: a saved question to the list, asked anew each time."""

    class Match(models.TextChoices):
        ALL = "all", _("all of these")
        ANY = "any", _("any of these")

    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = models.SlugField(_("short name"), unique=True)
    match = models.CharField(
        _("people for whom hold"), max_length=3, choices=Match.choices, default=Match.ALL
    )
    rules = RulesField(verbose_name=_("people who …"))

    senders = models.ManyToManyField(
        Group,
        verbose_name=_("who may send to it"),
        blank=True,
        related_name="+",
        help_text=_("Leave empty to let everybody who may send choose this segment."),
    )

    panels = [
        FieldPanel("name"),
        FieldPanel("slug"),
        FieldPanel("match"),
        FieldPanel("rules"),
        FieldPanel("senders"),
    ]

    class Meta:
        ordering = ["name"]
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.CheckConstraint(condition=models.Q(match__in=["all", "any"]), name="segment_match_known")
        ]

    def __str__(self) -> str:
        return self.name

    def stored_rules(self) -> list[dict[str, Any]]:
        """The rules as the database holds them, unknown types included: [{"type": …, "value": …}].

        Empty for a segment that was never saved. Raises SegmentUnusable where the column holds anything else.
        """
        raw = (
            type(self)
            .objects.filter(pk=self.pk)
            .annotate(stored=Cast("rules", models.TextField()))
            .values_list("stored", flat=True)
            .first()
        )
        try:
            rules = json.loads(raw) if raw else []
            return [{"type": str(rule["type"]), "value": rule["value"]} for rule in rules]
        except (ValueError, KeyError, TypeError) as error:
            raise SegmentUnusable(_g("its conditions cannot be read")) from error

    def clean(self) -> None:
        super().clean()
        try:
            unknown = {rule["type"] for rule in self.stored_rules()} - set(CONDITIONS) if self.pk else set()
        except SegmentUnusable:
            unknown = set()  # nothing that saving could lose
        if unknown:
            # The form no longer shows them; saving would erase them and make the audience wider.
            raise ValidationError(
                _g(
                    "This segment has conditions that this version does not know (%(types)s). "
                    "It cannot be changed here: make a new segment instead."
                )
                % {"types": ", ".join(sorted(unknown))}
            )
