"""The gate in Wagtail's admin; stories/wagtail_hooks.py registers this."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.models import Page

from stories.quality import urls
from stories.quality.bulk import PublishReadyPages
from stories.quality.gate import refusal_of
from stories.quality.refusals import tell


@hooks.register("before_publish_page")
def refuse_publishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    """The editor's button. What was typed is saved as a draft by now."""
    if refusal := refusal_of(page):
        tell(request, refusal)
        return redirect("wagtailadmin_pages:edit", page.pk)
    return None


@hooks.register("after_copy_page")
def say_why_the_copy_is_a_draft(request: HttpRequest, page: Page, new_page: Page) -> None:
    if request.POST.get("publish_copies") and page.live and (refusal := refusal_of(new_page.specific)):
        tell(request, refusal)


# After Wagtail's own, in whose place it comes.
hooks.register("register_bulk_action", PublishReadyPages, order=1)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern | URLResolver]:
    return [path("quality/", include(urls))]


@hooks.register("insert_editor_js")
def editor_js() -> SafeString:
    return format_html('<script src="{}" defer></script>', static("stories/quality.js"))


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(
        "stories.held_back", _("Hold back"), _("Not published at its hour, because it has errors")
    )
