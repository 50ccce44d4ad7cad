from typing import Any, Self

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import CommentPanel, FieldPanel, MultiFieldPanel, ObjectList
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from newsletter.audience.addresses import validate_header_text
from newsletter.audience.models import Newsletter
from newsletter.editions.blocks import EditionBody
from newsletter.editions.characters import sendable_line
from newsletter.editions.forms import EditionForm
from newsletter.editions.merge_fields import without_reader
from newsletter.editions.name_line import LineWithName
from newsletter.editions.panels import TabsUnderSteps
from stories.readable import ReadDirectly


class EditionQuerySet(PageQuerySet):
    def archived(self) -> Self:
        """Editions that were sent: only those have anything to show to the public."""
        return self.live().filter(archive__isnull=False)

    def next_number(self, home: Page) -> int:
        """The number after the highest on this newsletter's page."""
        numbered = self.child_of(home).exclude(number=None)
        return (numbered.aggregate(last=models.Max("number"))["last"] or 0) + 1


class EditionPage(ReadDirectly, Page):
    """One edition in one language; its translations are the same edition in the other languages.

    It is never published by hand: launching a mailing publishes and pins the revision that is sent.
    """

    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True, validators=[validate_header_text])
    preheader = models.CharField(
        _("preview text"),
        max_length=200,
        blank=True,
        validators=[validate_header_text],
        help_text=_("The line mail programs show after the subject."),
    )
    body = StreamField(EditionBody(), verbose_name=_("text"), blank=True)

    objects = PageManager.from_queryset(EditionQuerySet)()

    page_description = _("One edition of the newsletter: pick stories, write a few lines, check, send.")
    parent_page_types = ["editions.NewsletterPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("number"),
                FieldPanel("subject", widget=LineWithName),
                FieldPanel("preheader", widget=LineWithName),
            ],
            heading=_("In the mailbox"),
        ),
        FieldPanel("body"),
        MultiFieldPanel(
            [FieldPanel("preview_as", permission="audience.view_subscriber")],
            heading=_("Preview as one person"),
        ),
    ]
    # Without Wagtail's schedule: an edition is planned with its sending, and is public once it was sent.
    settings_panels = [CommentPanel()]
    edit_handler = TabsUnderSteps(
        [
            ObjectList(content_panels, heading=_("Content")),
            ObjectList(Page.promote_panels, heading=_("Promote")),
            ObjectList(settings_panels, heading=_("Settings")),
        ],
        base_form_class=EditionForm,
    )

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")

    @property
    def newsletter(self) -> Newsletter:
        return self.get_parent().specific.newsletter

    @property
    def public_title(self) -> str:
        """The subject as it was sent, with nobody's name in it. Empty before."""
        archive = getattr(self, "archive", None)
        return archive.subject if archive else ""

    @property
    def introduction(self) -> str:
        """The preview text as the public reads it, with nobody's name in it."""
        return without_reader(sendable_line(self.preheader))

    # Whose version the preview shows: filled by the form, never stored.
    preview_as = ""
    # Whether somebody saved it after the form was loaded: see newsletter.editions.written_over.
    has_newer_revision = False

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        from newsletter.editions.previews import preview_modes

        return preview_modes(self)

    @property
    def preview_sizes(self) -> list[dict[str, Any]]:
        return [
            {"name": "wide", "icon": "desktop", "device_width": 800, "label": _("Wide")},
            {"name": "phone", "icon": "mobile-alt", "device_width": 390, "label": _("As on a phone")},
        ]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        from newsletter.editions.previews import preview_response

        if not request.user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied
        return preview_response(self, request=request, mode=mode_name)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["home"] = self.get_parent()
        context["archive"] = getattr(self, "archive", None)
        return context

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not hasattr(self, "archive"):
            raise Http404("This edition has not been sent.")
        return super().serve(request, *args, **kwargs)

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict[str, Any]]:
        return super().get_sitemap_urls(request) if hasattr(self, "archive") else []
