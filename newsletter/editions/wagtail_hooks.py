from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem

from newsletter.editions.models import EditionPage, NewsletterPage

PUBLISHING = {"action-publish", "action-unpublish", "action-submit", "action-restart-workflow"}


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
    actions.register_action("editions.test_send", _("Send a test"), _("Sent a test"))
