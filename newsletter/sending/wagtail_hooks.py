from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry

from newsletter.editions.models import EditionPage
from newsletter.sending import urls
from newsletter.sending.viewsets import SenderViewSet


@hooks.register("register_admin_urls")
def register_sending_urls() -> list[URLPattern | URLResolver]:
    return [path("sending/", include(urls))]


class PermittedMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sending.view_mailing")


@hooks.register("register_admin_menu_item")
def register_sendings_menu_item() -> MenuItem:
    return PermittedMenuItem(
        _("Sendings"), reverse("sending:mailings"), name="sendings", icon_name="mail", order=410
    )


@hooks.register("register_admin_viewset")
def register_sender_viewset() -> SenderViewSet:
    return SenderViewSet()


@hooks.register("register_admin_menu_item")
def register_deliverability_menu_item() -> MenuItem:
    return PermittedMenuItem(
        _("Deliverability"),
        reverse("sending:deliverability"),
        name="deliverability",
        icon_name="globe",
        order=414,
    )


@hooks.register("register_admin_menu_item")
def register_mailbox_menu_item() -> MenuItem:
    return MailboxMenuItem(
        _("Mailbox"), reverse("sending:mailbox"), name="mailbox", icon_name="download", order=420
    )


class MailboxMenuItem(PermittedMenuItem):
    """Shown only while mail stays on this machine."""

    def is_shown(self, request: HttpRequest) -> bool:
        return settings.MAIL == "mailbox" and super().is_shown(request)


class CheckAndSendMenuItem(ActionMenuItem):
    name = "action-check-and-send"
    label = _("Check and send")
    icon_name = "mail"

    def is_shown(self, context: dict[str, Any]) -> bool:
        return (
            context["view"] == "edit"
            and isinstance(context["page"], EditionPage)
            and context["request"].user.has_perm("sending.add_mailing")
        )

    def get_url(self, parent_context: dict[str, Any]) -> str:
        return reverse("sending:check_and_send", args=[parent_context["page"].pk])


@hooks.register("register_page_action_menu_item")
def register_check_and_send() -> ActionMenuItem:
    return CheckAndSendMenuItem(order=5)


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action("sending.launch", _("Send"), _("Sent to subscribers"))
    actions.register_action("sending.retry", _("Try again"), _("Sent again to those it had missed"))
    actions.register_action("sending.export", _("Download"), _("Downloaded the list of recipients"))
    actions.register_action("sending.pause", _("Pause sending"), _("Paused the sending"))
    actions.register_action("sending.resume", _("Resume sending"), _("Resumed the sending"))
    actions.register_action("sending.cancel", _("Cancel sending"), _("Cancelled the sending"))
    actions.register_action(
        "sending.count_as_sent", _("Count as sent"), _("Counted a batch in doubt as sent")
    )
    actions.register_action("sending.go_on", _("Go on now"), _("Ended the wait of a sending domain"))
    actions.register_action("sending.send_again", _("Send again"), _("Sent a batch in doubt again"))


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("sending/admin.css"))
