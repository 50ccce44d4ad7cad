from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry
from wagtail.permissions import policy_registry

from newsletter.audience.models import Segment
from newsletter.editions.models import EditionPage
from newsletter.sending import urls
from newsletter.sending.edition_list import EditionListView
from newsletter.sending.models import Mailing
from newsletter.sending.viewsets import SenderViewSet


@hooks.register("register_admin_urls")
def register_sending_urls() -> list[URLPattern | URLResolver]:
    return [path("sending/", include(urls))]


class PermittedMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("sending.view_mailing")


class EditionsMenuItem(MenuItem):
    """For whoever may write an edition somewhere."""

    def is_shown(self, request: HttpRequest) -> bool:
        policy = policy_registry.get_by_type(EditionPage)
        return policy.user_has_any_permission(request.user, EditionListView.any_permission_required)


@hooks.register("register_newsletter_menu_item")
def register_editions_menu_item() -> MenuItem:
    return EditionsMenuItem(
        _("Editions"), reverse("sending:editions"), name="editions", icon_name="list-ul", order=10
    )


@hooks.register("register_newsletter_menu_item")
def register_sendings_menu_item() -> MenuItem:
    return PermittedMenuItem(
        _("Sendings"), reverse("sending:mailings"), name="sendings", icon_name="mail", order=410
    )


@hooks.register("register_admin_viewset")
def register_sender_viewset() -> SenderViewSet:
    return SenderViewSet()


@hooks.register("register_newsletter_menu_item")
def register_deliverability_menu_item() -> MenuItem:
    return PermittedMenuItem(
        _("Deliverability"),
        reverse("sending:deliverability"),
        name="deliverability",
        icon_name="globe",
        order=414,
    )


@hooks.register("register_newsletter_menu_item")
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


@hooks.register("edition_form_head")
def steps_above_the_form(edition: EditionPage, request: HttpRequest) -> SafeString:
    """The steps of an edition's way out; those that lead nowhere yet, or not for this person, are not linked."""
    not_yet: str | Promise = ""
    if not edition.pk:
        not_yet = _("Save the draft first.")
    elif not request.user.has_perm("sending.add_mailing"):
        not_yet = _("A newsletter manager does the rest.")
    return render_to_string("sending/steps.html", {"edition": edition, "step": "write", "not_yet": not_yet})


@hooks.register("register_page_action_menu_item")
def register_check_and_send() -> ActionMenuItem:
    return CheckAndSendMenuItem(order=5)


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action("sending.launch", _("Send"), _("Sent to subscribers"))
    actions.register_action("sending.retry", _("Try again"), _("Sent again to those it had missed"))
    actions.register_action("sending.export", _("Download"), _("Downloaded the list of recipients"))
    actions.register_action("sending.agree", _("Agree to the sending"), _("Agreed to the sending"))
    actions.register_action("sending.pause", _("Pause sending"), _("Paused the sending"))
    actions.register_action("sending.resume", _("Resume sending"), _("Resumed the sending"))
    actions.register_action("sending.cancel", _("Cancel sending"), _("Cancelled the sending"))
    actions.register_action(
        "sending.count_as_sent", _("Count as sent"), _("Counted a batch in doubt as sent")
    )
    actions.register_action("sending.go_on", _("Go on now"), _("Ended the wait of a sending domain"))
    actions.register_action(
        "sending.looked_up", _("Look a domain up"), _("Looked at what the DNS says about a sending domain")
    )
    actions.register_action("sending.send_again", _("Send again"), _("Sent a batch in doubt again"))


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("sending/admin.css"))


@hooks.register("before_delete_snippet")
def keep_segments_of_open_mailings(request: HttpRequest, instances: Sequence[Any]) -> HttpResponse | None:
    """A sending that lost a segment it excludes would go to more people. Holds for one and for many at once."""
    segments = [instance.pk for instance in instances if isinstance(instance, Segment)]
    using = Mailing.objects.filter(
        Q(segments__in=segments) | Q(excluded_segments__in=segments), state__in=Mailing.OPEN_STATES
    ).select_related("edition")
    editions = sorted({mailing.edition.title for mailing in using})
    if not editions:
        return None
    messages.error(
        request,
        _("This segment stays for now: a sending that is not finished uses it (%(editions)s).")
        % {"editions": ", ".join(editions)},
    )
    return redirect(Segment.snippet_viewset.get_url_name("list"))
