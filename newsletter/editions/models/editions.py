from typing import Any, Self

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import CommentPanel, FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from newsletter.audience.addresses import validate_header_text
from newsletter.audience.models import Newsletter
from newsletter.editions.blocks import EditionBody
from newsletter.editions.forms import EditionForm


class EditionQuerySet(PageQuerySet):
    def archived(self) -> Self:
        """Editions that were sent: only those have anything to show to the public."""
        return self.live().filter(archive__isnull=False)


class EditionPage(Page):
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
            [FieldPanel("number"), FieldPanel("subject"), FieldPanel("preheader")],
            heading=_("In the mailbox"),
        ),
        FieldPanel("body"),
    ]
    # Without Wagtail's schedule: an edition is planned with its sending, and is public once it was sent.
    settings_panels = [CommentPanel()]
    base_form_class = EditionForm

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")

    @property
    def newsletter(self) -> Newsletter:
        return self.get_parent().specific.newsletter

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        return [("html", _("As HTML")), ("text", _("As plain text")), ("web", _("In the archive"))]

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
