"""Words that tag stories and that subscribers choose: topics, places, and who wrote."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.models import TranslatableMixin
from wagtail.search import index

from stories.papers import Paper


class Term(TranslatableMixin, models.Model):
    """A word of a vocabulary. The same concept in another language has the same translation_key."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("slug"), max_length=120, help_text=_("Part of the address; letters, digits and hyphens.")
    )

    panels = [TitleFieldPanel("name", targets=["slug"]), FieldPanel("slug")]

    class Meta(TranslatableMixin.Meta):
        abstract = True
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["translation_key", "locale"], name="%(app_label)s_%(class)s_one_per_locale"
            ),
            models.UniqueConstraint(
                fields=["slug", "locale"], name="%(app_label)s_%(class)s_slug_per_locale"
            ),
        ]
        unique_together = ()

    def __str__(self) -> str:
        return self.name


class Topic(index.Indexed, Term):
    paper = models.CharField(
        _("paper"),
        max_length=8,
        choices=Paper.choices,
        default=Paper.BUFF,
        help_text=_("The paper this topic's stories are printed on."),
    )
    description = models.TextField(_("description"), blank=True)

    search_fields = [
        index.AutocompleteField("name"),
        index.SearchField("name"),
        index.FilterField("locale_id"),
    ]
    panels = [
        TitleFieldPanel("name", targets=["slug"]),
        FieldPanel("slug"),
        FieldPanel("paper"),
        FieldPanel("description"),
    ]

    class Meta(Term.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")


class Place(index.Indexed, Term):
    region = models.CharField(_("region"), max_length=120, blank=True)
    country = models.CharField(
        _("country"),
        max_length=2,
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Two capital letters, as in ISO 3166-1: ES, FR, MX."))],
        help_text=_("Two capital letters, as in ISO 3166-1: ES, FR, MX."),
    )

    search_fields = [
        index.AutocompleteField("name"),
        index.SearchField("name"),
        index.FilterField("locale_id"),
    ]
    panels = [
        TitleFieldPanel("name", targets=["slug"]),
        FieldPanel("slug"),
        FieldPanel("region"),
        FieldPanel("country"),
    ]

    class Meta(Term.Meta):
        verbose_name = _("place")
        verbose_name_plural = _("places")


class Author(index.Indexed, Term):
    role = models.CharField(_("role"), max_length=120, blank=True)
    bio = models.TextField(_("about"), blank=True)
    portrait = models.ForeignKey(
        "stories.CreditedImage",
        verbose_name=_("portrait"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    search_fields = [
        index.AutocompleteField("name"),
        index.SearchField("name"),
        index.FilterField("locale_id"),
    ]
    panels = [
        TitleFieldPanel("name", targets=["slug"]),
        FieldPanel("slug"),
        FieldPanel("role"),
        FieldPanel("bio"),
        FieldPanel("portrait"),
    ]

    class Meta(Term.Meta):
        verbose_name = _("author")
        verbose_name_plural = _("authors")
