"""Translations in Wagtail's admin; stories/wagtail_hooks.py registers this."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from stories.translating.board import TranslationBoard
from stories.translating.translations import UP_TO_DATE, change_of_original, copied_revision, original_of
from stories.translating.views import up_to_date


@hooks.register("before_edit_page")
def tell_of_changed_original(request: HttpRequest, page: Page) -> None:
    """On opening the editor. Saving, and every autosave, passes here too, and is not told."""
    change = change_of_original(page.specific) if request.method == "GET" else None
    if change is None:
        return
    buttons = [
        messages.button(
            reverse("translation_up_to_date", args=[page.pk]), _("This translation is up to date")
        )
    ]
    if change.original.permissions_for_user(request.user).can_edit():
        compare = reverse(
            "wagtailadmin_pages:revisions_compare", args=[change.original.pk, change.seen, change.newest]
        )
        buttons.insert(0, messages.button(compare, _("Compare")))
    text = _("The original (%(language)s) changed since %(day)s, when this was translated from it.") % {
        "language": get_language_info(change.original.locale.language_code)["name_translated"],
        "day": date_format(timezone.localtime(change.since), "DATE_FORMAT"),
    }
    messages.warning(request, text, buttons=buttons)


@hooks.register("register_page_header_buttons")
def up_to_date_button(page: Page, user: Any, view_name: str, **_where: Any) -> Iterator[Button]:
    """Also for a translation of which nobody knows what it was made from."""
    if view_name != "edit" or not page.pk or not page.permissions_for_user(user).can_edit():
        return
    translation = page.specific
    original = original_of(translation)
    if original is None:
        return
    newest = copied_revision(original)
    if newest is not None and newest != translation.translated_from_id:
        yield Button(
            _("This translation is up to date"),
            reverse("translation_up_to_date", args=[page.pk]),
            icon_name="check",
            priority=66,
        )


class TranslationsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(
            page_permission_policy.user_has_any_permission(request.user, ["add", "change", "publish"])
        )


@hooks.register("register_reports_menu_item")
def translations_menu_item() -> MenuItem:
    return TranslationsMenuItem(
        gettext_lazy("Translations"),
        reverse("translation_board"),
        name="translations",
        icon_name="globe",
        order=150,
    )


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    results: Any = TranslationBoard.as_view(results_only=True)
    return [
        path("translations/", TranslationBoard.as_view(), name="translation_board"),
        path("translations/results/", results, name="translation_board_results"),
        path("translations/<int:page_id>/up-to-date/", up_to_date, name="translation_up_to_date"),
    ]


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(
        UP_TO_DATE,
        gettext_lazy("Bring a translation up to date"),
        gettext_lazy("Said that this translation is up to date with its original"),
    )
