"""Something to use again: a guide, a template, a report, a film."""

from urllib.parse import urlsplit

from django.db import models
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.search import index

from stories.models.articles import ArticlePage


class ResourcePage(ArticlePage):
    class Kind(models.TextChoices):
        GUIDE = "guide", _("Guide")
        TEMPLATE = "template", _("Template")
        REPORT = "report", _("Report")
        DATA = "data", _("Data")
        TRAINING = "training", _("Training")
        MEDIA = "media", _("Film, sound or pictures")
        LAW = "law", _("Statutes and agreements")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.GUIDE)
    audience = models.CharField(
        _("for whom"),
        max_length=160,
        blank=True,
        help_text=_("In a few words, such as: groups that share tools."),
    )
    document = models.ForeignKey(
        "wagtaildocs.Document",
        verbose_name=_("file"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    link = models.URLField(
        pgettext_lazy("resource", "or a link"),
        blank=True,
        help_text=_("Where it can be had, when it is not a file."),
    )

    page_description = _("A guide, template, report or tool that others can use: a file or a link.")
    page_example = _("A spreadsheet with which a group keeps its accounts on one page.")
    parent_page_types = ["stories.SectionPage"]
    content_panels = [
        *ArticlePage.content_panels[:2],
        MultiFieldPanel(
            [FieldPanel("kind"), FieldPanel("audience"), FieldPanel("document"), FieldPanel("link")],
            heading=_("What it is"),
        ),
        *ArticlePage.content_panels[2:],
    ]

    search_fields = [
        *ArticlePage.search_fields,
        index.SearchField("audience"),
        index.FilterField("kind"),
    ]

    read_with = (*ArticlePage.read_with, "document")

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")

    @property
    def file_in_words(self) -> str:
        """“PDF, 12.3 KB”; the size is left out where the file is gone, and everything where there is none."""
        if self.document is None:
            return ""
        size = self.document.get_file_size()
        kind = self.document.file_extension.upper()
        return ", ".join(part for part in (kind, filesizeformat(size) if size else "") if part)

    @property
    def link_host(self) -> str:
        """Where the link leads, for people."""
        return (urlsplit(self.link).hostname or "").removeprefix("www.")
