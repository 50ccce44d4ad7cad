"""Who publishes here: one record per site, with its words in each language."""

from typing import Self

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Locale

from stories.licences import LICENCE_CHOICES, LICENCES, Licence


@register_setting(icon="globe", order=100)
class SiteIdentity(ClusterableModel, BaseSiteSetting):
    organisation = models.CharField(_("organisation"), max_length=120)
    logo = models.ForeignKey(
        "stories.CreditedImage",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    postal_address = models.TextField(
        _("postal address"), blank=True, help_text=_("Stands in every newsletter; many countries require it.")
    )
    contact_email = models.EmailField(_("contact address"), blank=True)
    default_licence = models.CharField(
        _("licence of our stories"), max_length=32, choices=LICENCE_CHOICES, default="cc-by-sa-4.0"
    )

    panels = [
        FieldPanel(
            "organisation",
            help_text=_("Stands at the top of every page and as the publisher of every story."),
        ),
        FieldPanel("logo", help_text=_("For search engines and feed readers; pages show your name as text.")),
        FieldPanel("postal_address"),
        FieldPanel("contact_email", help_text=_("For readers and journalists; it stands in the footer.")),
        FieldPanel(
            "default_licence",
            help_text=_("What others may do with a story that names no licence of its own."),
        ),
        InlinePanel("texts", label=_("In one language"), heading=pgettext_lazy("texts", "Words")),
    ]

    class Meta:
        verbose_name = _("site identity")
        verbose_name_plural = _("site identities")

    def __str__(self) -> str:
        return self.organisation

    @classmethod
    def current(cls) -> Self:
        """The default site's identity, for mail and tasks, which know no request."""
        from wagtail.models import Site

        site = Site.objects.filter(is_default_site=True).first()
        return cls.for_site(site) if site else cls()

    @property
    def licence(self) -> Licence:
        return LICENCES[self.default_licence]

    def in_language(self, language_code: str | None = None) -> "SiteIdentityText":
        """The words in that language (the active one when None), else in any, else the bare organisation name."""
        code = language_code or get_language() or ""
        texts = (
            {text.locale.language_code: text for text in self.texts.select_related("locale")}
            if self.pk
            else {}
        )
        found = texts.get(code) or next(iter(texts.values()), None) or SiteIdentityText()
        found.name = found.name or self.organisation
        return found


class SiteIdentityText(models.Model):
    identity = ParentalKey(SiteIdentity, on_delete=models.CASCADE, related_name="texts")
    locale = models.ForeignKey(Locale, verbose_name=_("language"), on_delete=models.CASCADE, related_name="+")
    name = models.CharField(
        _("name"),
        max_length=120,
        blank=True,
        help_text=_("Only where it differs from the organisation's name."),
    )
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    boilerplate = models.TextField(
        _("boilerplate"), blank=True, help_text=_("Who we are, in 60 to 90 words, as the media may print it.")
    )
    corrections_policy = models.TextField(_("corrections policy"), blank=True)

    panels = [
        FieldPanel("locale"),
        FieldPanel("name"),
        FieldPanel("tagline", help_text=_("A few words under the name: what you are.")),
        FieldPanel("boilerplate"),
        FieldPanel(
            "corrections_policy", help_text=_("How you put mistakes right, and how readers tell you of one.")
        ),
    ]

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["identity", "locale"], name="one_identity_text_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.identity} ({self.locale})"
