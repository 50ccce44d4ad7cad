"""Who belongs to the network, who it works with, and the page that lists them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.models import Page
from wagtail.search import index

from stories.models.vocabulary import Place, Term


class Organisation(index.Indexed, Term):
    class Relation(models.TextChoices):
        MEMBER = "member", _("Member")
        PARTNER = "partner", _("Partner network")

    relation = models.CharField(
        _("relation"), max_length=8, choices=Relation.choices, default=Relation.MEMBER
    )
    description = models.TextField(
        _("description"), blank=True, help_text=_("Two or three sentences: what they do, and for whom.")
    )
    place = models.ForeignKey(
        Place, verbose_name=_("place"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    website = models.URLField(_("website"), blank=True)
    logo = models.ForeignKey(
        "stories.CreditedImage",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    since = models.PositiveSmallIntegerField(
        _("with us since"), null=True, blank=True, help_text=_("A year.")
    )

    search_fields = [
        index.AutocompleteField("name"),
        index.SearchField("name"),
        index.FilterField("locale_id"),
    ]
    panels = [
        TitleFieldPanel("name", targets=["slug"]),
        FieldPanel("slug"),
        FieldPanel("relation"),
        FieldPanel("description"),
        FieldPanel("place"),
        FieldPanel("website"),
        FieldPanel("logo"),
        FieldPanel("since"),
    ]

    class Meta(Term.Meta):
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")


class OrganisationsPage(Page):
    introduction = models.TextField(_("introduction"), blank=True)

    page_description = _(
        "The directory of member organisations and partner networks. One per language is enough."
    )
    parent_page_types = ["newsroom.HomePage"]
    subpage_types: list[str] = []
    show_in_menus_default = True
    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    search_fields = [*Page.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("directory of organisations")
        verbose_name_plural = _("directories of organisations")
