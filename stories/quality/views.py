from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from wagtail.models import Page

from stories.models import ArticlePage
from stories.quality.panels import panel_context


def findings(request: HttpRequest, page_id: int) -> HttpResponse:
    """The list of findings of the latest draft, as a piece of the form."""
    page = get_object_or_404(Page, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    draft = page.get_latest_revision_as_object()
    context = panel_context(draft) if isinstance(draft, ArticlePage) else {}
    return render(request, "stories/quality/findings.html", context)
