from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import DismissibleMenuItem, MenuItem
from wagtail.log_actions import LogActionRegistry

from newsroom.admin_home.panels import construct_panels
from newsroom.admin_home.views import tick

hooks.register("construct_homepage_panels", construct_panels)


@hooks.register("construct_homepage_summary_items", order=1000)
def no_summary(request: HttpRequest, summary_items: list[Any]) -> None:
    """How many pages and pictures there are is no news to anybody."""
    summary_items.clear()


@hooks.register("construct_help_menu")
def no_news_of_the_tool(request: HttpRequest, menu_items: list[MenuItem]) -> None:
    """Links to Wagtail's own pages, with a badge that people learn to overlook."""
    menu_items[:] = [entry for entry in menu_items if not isinstance(entry, DismissibleMenuItem)]


@hooks.register("insert_editor_js")
def autosave_comes_first() -> str:
    return format_html('<script src="{}"></script>', static("newsroom/autosave-first.js"))


@hooks.register("register_admin_urls")
def register_home_urls() -> list[URLPattern]:
    return [path("checklist/", tick, name="newsroom_checklist")]


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action(
        "newsroom.test_mail", _("Send a test mail"), _("Sent a test mail from the machine")
    )
    actions.register_action("newsroom.keys_kept", _("Keep the keys"), _("Put a copy of the keys away"))
    actions.register_action(
        "newsroom.checklist_put_away", _("Put the checklist away"), _("Put the checklist away")
    )
