"""What a person ticks on the checklist, because no machine can know it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from newsroom.checklist import NotYet, keep_keys, put_away


@require_POST
def tick(request: HttpRequest) -> HttpResponse:
    """A POST's `action` says which button was pressed; for administrators only."""
    if not request.user.is_superuser:
        raise PermissionDenied
    match request.POST.get("action"):
        case "keys_kept":
            keep_keys(user=request.user)
        case "put_away":
            try:
                put_away(user=request.user)
            except NotYet:
                messages.error(request, _("Something on the list is still to be done, so it stays."))
        case _unknown:
            messages.error(request, _("This page does not know the button that was pressed."))
    return redirect("wagtailadmin_home")
