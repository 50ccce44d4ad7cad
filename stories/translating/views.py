"""The admin's page where somebody says that a translation follows its original again."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.models import Page

from stories.models import Translated
from stories.translating.translations import (
    MovedOn,
    bring_up_to_date,
    change_of_original,
    copied_revision,
    original_of,
)


@require_http_methods(["GET", "HEAD", "POST"])
def up_to_date(request: HttpRequest, page_id: int) -> HttpResponse:
    """Asks on GET. Whoever may edit the translation may say so."""
    page = get_object_or_404(Page, pk=page_id).specific
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    original = original_of(page) if isinstance(page, Translated) else None
    newest = copied_revision(original) if original else None
    if original is None or newest is None:
        raise Http404("This page is no translation, or nothing of its original was ever saved.")
    if request.method == "POST":
        try:
            bring_up_to_date(page, seen=_seen(request), user=request.user)
        except MovedOn:
            messages.error(
                request, _("The original was published again meanwhile. Look at what changed first.")
            )
        else:
            messages.success(request, _("This translation is up to date with its original."))
            return redirect("wagtailadmin_pages:edit", page.pk)
    context = {
        "page": page,
        "original": original,
        "newest": newest,
        "change": change_of_original(page),
        "may_compare": original.permissions_for_user(request.user).can_edit(),
    }
    return render(request, "stories/admin/translation_up_to_date.html", context)


def _seen(request: HttpRequest) -> int:
    """The revision that was shown; 0, the key of none, for what is no key."""
    value = request.POST.get("seen", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
