from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.permissions import policy_registry

from newsletter.editions import urls
from newsletter.editions.field_button import register_name_button
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.note_viewset import EditionNoteViewSet
from newsletter.editions.written_over import note_newer_revision

PUBLISHING = {"action-publish", "action-unpublish", "action-submit", "action-restart-workflow"}

# Other rooms add theirs with the hook.
newsletter_menu = Menu(
    register_hook_name="register_newsletter_menu_item", construct_hook_name="construct_newsletter_menu"
)


@hooks.register("register_admin_urls")
def register_edition_urls() -> list[URLPattern | URLResolver]:
    return [path("editions/", include(urls))]


@hooks.register("register_admin_menu_item")
def register_newsletter_menu() -> MenuItem:
    return SubmenuMenuItem(_("Newsletter"), newsletter_menu, name="newsletter", icon_name="mail", order=150)


class WritersMenuItem(MenuItem):
    """For whoever may write an edition somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        return policy_registry.get_by_type(EditionPage).user_has_permission(request.user, "add")


@hooks.register("register_newsletter_menu_item")
def register_new_edition() -> MenuItem:
    return WritersMenuItem(
        _("New edition"), reverse("editions:new"), name="new-edition", icon_name="plus", order=20
    )


@hooks.register("register_newsletter_menu_item")
def register_duplicate_last() -> MenuItem:
    return WritersMenuItem(
        _("Duplicate last"),
        reverse("editions:duplicate_last"),
        name="duplicate-last",
        icon_name="copy",
        order=30,
    )


hooks.register("before_edit_page", note_newer_revision)


@hooks.register("construct_page_action_menu")
def hide_publish(menu_items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    """An edition goes public by being sent; the button would promise something that it does not do."""
    if _is_edition(context):
        menu_items[:] = [entry for entry in menu_items if entry.name not in PUBLISHING]


def _is_edition(context: dict[str, Any]) -> bool:
    if context["view"] == "create":
        # A newsletter's page holds editions and nothing else.
        return isinstance(context["parent_page"].specific, NewsletterPage)
    return isinstance(context["page"].specific, EditionPage)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action("editions.note", _("Correct a sent edition"), _("Corrected a sent edition"))
    actions.register_action("editions.test_send", _("Send a test"), _("Sent a test"))
    actions.register_action("editions.duplicate", _("Duplicate"), _("Made as a copy of another edition"))
    actions.register_action(
        "editions.preview_as",
        _("Preview as one person"),
        _("Looked at the edition as one person would get it"),
    )


hooks.register("register_rich_text_features", register_name_button)


@hooks.register("register_admin_viewset")
def register_notes() -> EditionNoteViewSet:
    return EditionNoteViewSet()
