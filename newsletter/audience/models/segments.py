import hashlib
import json
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.models import PreviewableMixin

from newsletter.audience.conditions.hidden import hidden_choices, hidden_types
from newsletter.audience.conditions.registry import CONDITIONS, GROUP, SegmentUnusable
from newsletter.audience.conditions.rules import Rule, Rules, read_rules


class Match(models.TextChoices):
    ALL = "all", _("all of these")
    ANY = "any", _("any of these")


class RulesField(StreamField):
    """A StreamField whose blocks are the registered conditions, and groups of them; migrations do not list them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__([], **kwargs)

    @cached_property
    def stream_block(self) -> blocks.StreamBlock:
        # Looked at only once every room has registered its conditions.
        for condition in CONDITIONS.values():
            # The block took its label over from there when it was made.
            condition.block.meta.label = condition.block.label = condition.label
        conditions = [(name, condition.block) for name, condition in CONDITIONS.items()]
        group = blocks.StructBlock(
            [
                ("match", blocks.ChoiceBlock(choices=Match.choices, default=Match.ANY, label=_("meets"))),
                ("conditions", blocks.StreamBlock(conditions, min_num=1, label=_("conditions"))),
            ],
            icon="list-ul",
            label=_("meets all or any of a group"),
        )
        block = blocks.StreamBlock([*conditions, (GROUP, group)])
        block.set_meta_options(self.block_opts)
        return block

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, kwargs = models.Field.deconstruct(self)
        return name, path, [], kwargs


# Past the StreamField, which drops what it does not know.
STORED = {f"{field}_text": Cast(field, models.TextField(null=True)) for field in ("rules", "exceptions")}


class SegmentQuerySet(models.QuerySet["Segment"]):
    def for_sender(self, user: Any) -> "SegmentQuerySet":
        """Those the user may send to; see Segment.may_be_sent_to_by()."""
        return self.open_to(user) if user.has_perm("sending.add_mailing") else self.none()

    def with_stored_rules(self) -> "SegmentQuerySet":
        """Each with what as_stored() reads, so that a list of them asks once."""
        return self.annotate(**STORED)

    def open_to(self, user: Any) -> "SegmentQuerySet":
        """Those that are not kept for other groups, whatever else the user may do with them."""
        if user.is_superuser:
            return self
        named = Segment.senders.through.objects.filter(segment=OuterRef("pk"))
        return self.filter(~Exists(named) | Exists(named.filter(group__in=user.groups.all())))

    def naming(self, user: Any) -> "SegmentQuerySet":
        """Those kept for a group the user is in."""
        named = Segment.senders.through.objects.filter(segment=OuterRef("pk"), group__in=user.groups.all())
        return self.filter(Exists(named))


class Segment(PreviewableMixin, models.Model):
    """People who …: a saved question to the list, asked anew each time."""

    Match = Match

    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = models.SlugField(_("short name"), unique=True)
    match = models.CharField(
        _("people for whom hold"), max_length=3, choices=Match.choices, default=Match.ALL
    )
    rules = RulesField(verbose_name=_("people who …"), blank=True)
    exceptions = RulesField(
        verbose_name=_("but not people who …"),
        blank=True,
        help_text=_("Whoever meets any of these is left out."),
    )

    senders = models.ManyToManyField(
        Group,
        verbose_name=_("who may send to it"),
        blank=True,
        related_name="+",
        help_text=_("Leave empty to let everybody who may send choose this segment."),
    )

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.CheckConstraint(condition=models.Q(match__in=["all", "any"]), name="segment_match_known")
        ]

    def __str__(self) -> str:
        return self.name

    def may_be_sent_to_by(self, user: Any) -> bool:
        """Whoever may send at all, and is in one of the groups named here, if any is."""
        return Segment.objects.for_sender(user).filter(pk=self.pk).exists()

    # --- What it asks ---------------------------------------------------------------------------------
    def stored_rules(self) -> list[Rule]:
        """The conditions as the database holds them, unknown types included: [{"type": …, "value": …}].

        Empty for a segment that was never saved. Raises SegmentUnusable where the column holds anything else.
        """
        return self.as_stored().conditions

    def as_stored(self) -> Rules:
        """Conditions and exceptions as the database holds them. Raises SegmentUnusable when they cannot be read."""
        row: Any = [vars(self)[name] for name in STORED if name in vars(self)]
        if not row:
            row = Segment.objects.with_stored_rules().filter(pk=self.pk).values_list(*STORED).first()
        try:
            conditions, exceptions = (json.loads(text) if text else [] for text in row or ("", ""))
        except ValueError as error:
            raise SegmentUnusable(_g("its conditions cannot be read")) from error
        return Rules(match=self.match, conditions=read_rules(conditions), exceptions=read_rules(exceptions))

    def as_typed(self) -> Rules:
        """The same from this object's fields: what a form holds that is not saved yet."""
        conditions, exceptions = (
            json.loads(json.dumps(value.get_prep_value(), cls=DjangoJSONEncoder))
            for value in (self.rules, self.exceptions)
        )
        return Rules(match=self.match, conditions=read_rules(conditions), exceptions=read_rules(exceptions))

    def digest(self) -> str:
        """The same as long as it asks the same, whatever it is called. Raises SegmentUnusable."""
        rules = self.as_stored()
        asked = json.dumps([rules.match, rules.conditions, rules.exceptions], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()

    def clean(self) -> None:
        super().clean()
        if not self.pk:
            return
        try:
            stored = self.as_stored()
        except SegmentUnusable:
            return  # nothing that saving could lose
        if unknown := hidden_types(stored):
            # The form no longer shows them; saving would erase them and make the audience wider.
            raise ValidationError(
                _g(
                    "This segment has conditions that this version does not know (%(types)s). "
                    "It cannot be changed here: make a new segment instead."
                )
                % {"types": ", ".join(sorted(unknown))}
            )
        if gone := hidden_choices(stored, typed=self.as_typed()):
            raise ValidationError(
                _g(
                    "A condition asks for “%(choices)s”, which is not there to choose any more. "
                    "Remove that condition, and add it anew if you still need it."
                )
                % {"choices": ", ".join(sorted(gone))}
            )

    # --- Preview --------------------------------------------------------------------------------------
    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        from newsletter.audience.segment_previews import preview_response

        if not any(request.user.has_perm(f"audience.{verb}_segment") for verb in ("add", "change")):
            raise PermissionDenied
        return preview_response(self, request=request)
