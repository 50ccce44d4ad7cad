from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from newsletter.audience.models import Newsletter
from newsletter.editions.models.editions import EditionPage
from stories.readable import ReadDirectly


class NewsletterPage(ReadDirectly, Page):
    """A newsletter's public home in one language: sign-up, and the archive of its editions."""

    newsletter = models.ForeignKey(
        Newsletter, verbose_name=_("newsletter"), on_delete=models.PROTECT, related_name="pages"
    )
    introduction = models.TextField(_("introduction"), blank=True)

    page_description = _("A newsletter's own page: what it is, the sign-up, and every edition that was sent.")
    parent_page_types = ["newsroom.HomePage"]
    subpage_types = ["editions.EditionPage"]
    show_in_menus_default = True
    content_panels = [*Page.content_panels, FieldPanel("newsletter"), FieldPanel("introduction")]

    class Meta:
        verbose_name = _("newsletter page")
        verbose_name_plural = _("newsletter pages")

    def editions(self) -> models.QuerySet[EditionPage]:
        """Editions that were sent, newest first."""
        return (
            EditionPage.objects.child_of(self)
            .archived()
            .select_related("archive")
            .order_by("-archive__sent_at")
        )

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["editions"] = self.editions()[:60]
        return context
