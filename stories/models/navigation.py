"""The menu and the footer, as editors want them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Locale, Orderable


@register_setting(icon="list-ul", order=110)
class Navigation(ClusterableModel, BaseSiteSetting):
    """Empty: the menu is made of the home page's children that are shown in menus."""

    panels = [
        InlinePanel("menu_links", heading=_("Menu"), label=_("link")),
        InlinePanel("footer_links", heading=_("Footer"), label=_("link")),
    ]

    class Meta:
        verbose_name = _("menus and footer")
        verbose_name_plural = _("menus and footers")

    def __str__(self) -> str:
        return str(self.site)


class NavigationLink(Orderable):
    """A page, shown in the reader's language under its own title; or an address, with its words in one language."""

    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    url = models.CharField(pgettext_lazy("link", "or an address"), max_length=500, blank=True)
    label = models.CharField(
        _("text of the link"), max_length=60, blank=True, help_text=_("Empty: the page's own title.")
    )
    locale = models.ForeignKey(
        Locale,
        verbose_name=_("only in this language"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )

    panels = [PageChooserPanel("page"), FieldPanel("url"), FieldPanel("label"), FieldPanel("locale")]

    class Meta(Orderable.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.label or (self.page.title if self.page else self.url)

    def clean(self) -> None:
        super().clean()
        if bool(self.page_id) == bool(self.url):
            raise ValidationError({"url": _("Choose a page or give an address, one of the two.")})
        known = self.url.startswith(("https://", "http://", "/", "mailto:"))
        if self.url and (not known or self.url.startswith("//")):
            raise ValidationError(
                {"url": _("An address begins with https:// or with / for a page of this site.")}
            )
        if self.url and not self.label:
            raise ValidationError({"label": _("An address needs a text that says where it leads.")})


class MenuLink(NavigationLink):
    navigation = ParentalKey(Navigation, on_delete=models.CASCADE, related_name="menu_links")


class FooterLink(NavigationLink):
    navigation = ParentalKey(Navigation, on_delete=models.CASCADE, related_name="footer_links")
