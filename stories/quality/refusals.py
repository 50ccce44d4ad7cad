"""A refusal as an editor sees it: what has to be mended, wherever in the admin the article was to be published from."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from wagtail.admin import messages

from stories.quality.gate import UnfitToPublish

# A message is one line of the screen; the form shows the rest.
NAMED = 5


def tell(request: HttpRequest, refusal: UnfitToPublish) -> None:
    """Puts the findings into a message, with a button to the form."""
    named, more = refusal.findings[:NAMED], len(refusal.findings) - NAMED
    lines = [(finding.message,) for finding in named]
    if more > 0:
        lines.append((_("And %(number)s more.") % {"number": more},))
    message = format_html(
        "{} <ul>{}</ul>",
        _("“%(title)s” cannot be published yet. Nothing is lost; this has to be mended first:")
        % {"title": refusal.page.get_admin_display_title()},
        format_html_join("", "<li>{}</li>", lines),
    )
    messages.error(request, message, buttons=[messages.button(_form_of(refusal), _("Mend it"))])


def _form_of(refusal: UnfitToPublish) -> str:
    return reverse("wagtailadmin_pages:edit", args=[refusal.page.pk])


class RefusalMiddleware:
    """Answers a refusal that an admin view did not expect, such as an approval, with the article's form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, UnfitToPublish) or not request.user.has_perm(
            "wagtailadmin.access_admin"
        ):
            return None
        tell(request, exception)
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            # What the script of Wagtail's approval dialog takes for its end.
            return JsonResponse({"step": "success", "redirect": _form_of(exception)})
        return redirect(_form_of(exception))
