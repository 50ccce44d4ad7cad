"""A draft as a reviewer gets it, and the admin's page that makes the link."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages
from wagtail.models import Page

from stories.reviewing.links import (
    LinkDead,
    LinkUnknown,
    Reviewed,
    make_link,
    may_be_reviewed,
    reviewed,
    revoke_links,
)


@require_safe
def review(request: HttpRequest, token: str) -> HttpResponse:
    """The same for everybody who has the link: who is logged in here sees what the reviewer sees."""
    request.user = AnonymousUser()
    try:
        draft = reviewed(token)
    except LinkUnknown:
        return _private(_plain_page(request, status=404))
    except LinkDead:
        return _private(_plain_page(request, status=410))
    return _private(_published(draft) or _shown(request, draft))


def _published(draft: Reviewed) -> HttpResponse | None:
    """To the page itself, once everybody can read what would be shown here."""
    page = draft.page
    if (
        page.live
        and not page.has_unpublished_changes
        and not page.get_view_restrictions().exists()
        and page.full_url
    ):
        return HttpResponseRedirect(page.full_url)
    return None


def _shown(request: HttpRequest, draft: Reviewed) -> HttpResponse:
    page = draft.page
    with translation.override(page.locale.language_code):
        context = page.get_context(request)
        # No message that waits for an editor in this browser is shown, and so spent, here.
        context |= {"review": draft, "messages": []}
        return render(request, page.get_template(request), context)


def _plain_page(request: HttpRequest, *, status: int) -> HttpResponse:
    return render(request, "stories/review/dead_link.html", {"messages": []}, status=status)


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Cache-Control"] = "no-store, private"
    # Links of the draft lead elsewhere, and the address of this page is its key.
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def links_of(request: HttpRequest, page_id: int) -> HttpResponse:
    """Where an editor makes a link, and calls all links of the page back."""
    page = get_object_or_404(Page, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    if not may_be_reviewed(page):
        raise Http404
    link = None
    if "make" in request.POST:
        link = make_link(page, user=request.user)
    elif "revoke" in request.POST:
        revoke_links(page, user=request.user)
        messages.success(request, _("All links to this draft are dead now."))
    context = {"page": page, "draft": page.get_latest_revision_as_object(), "link": link}
    return render(request, "stories/review/links.html", context)
