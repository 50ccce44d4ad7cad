from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.audience.addresses import (
    MAX_ADDRESS_LENGTH,
    MAX_NAME_LENGTH,
    address_hash,
    validate_header_text,
)
from newsletter.audience.models.address_hashes import HashBeginning


class Subscriber(models.Model):
    """A person or an organisation with an address. Only the address is needed; the rest is theirs to give."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ORGANISATION = "organisation", _("organisation")

    class Relation(models.TextChoices):
        SUPPORTER = "supporter", _("supporter")
        MEMBER = "member", _("member")
        ALLY = "ally", _("ally")
        PRESS = "press", _("press")
        BOARD = "board", _("board")

    email = models.CharField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    # As unique as the address it is made of; asked for by of_addresses().
    address_hash = models.CharField(max_length=64, editable=False)
    name = models.CharField(
        _("name"), max_length=MAX_NAME_LENGTH, blank=True, validators=[validate_header_text]
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    # The translation_key of a Place: the same place in every language.
    place_key = models.UUIDField(_("place"), null=True, blank=True, db_index=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.PERSON)
    relation = models.CharField(
        _("connection to us"), max_length=12, choices=Relation.choices, default=Relation.SUPPORTER
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    # The reader's own wish: nothing is sent before this day, and they stay on the list.
    paused_until = models.DateField(_("pause until"), null=True, blank=True)
    created_at = models.DateTimeField(_("on the list since"), auto_now_add=True)

    # Wagtail would index the references of every row on every save, one task each.
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        indexes = [
            models.Index(fields=["language", "id"]),
            models.Index(fields=["kind", "id"]),
            models.Index(fields=["relation", "id"]),
            models.Index(fields=["created_at"]),
            models.Index(HashBeginning("address_hash"), name="subscriber_by_address_hash"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["person", "organisation"]), name="subscriber_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(relation__in=["supporter", "member", "ally", "press", "board"]),
                name="subscriber_relation_known",
            ),
            models.CheckConstraint(
                condition=models.Q(email__contains="@"), name="subscriber_email_is_an_address"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.address_hash = address_hash(self.email)
        super().save(*args, **kwargs)


class TopicChoice(models.Model):
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="topic_choices")
    # The translation_key of a Topic: a choice holds in every language.
    topic_key = models.UUIDField(_("topic"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("chosen topic")
        verbose_name_plural = _("chosen topics")
        constraints = [models.UniqueConstraint(fields=["subscriber", "topic_key"], name="topic_chosen_once")]
        indexes = [models.Index(fields=["topic_key", "subscriber"])]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.topic_key}"
