"""Sending domains in the admin: how fast each may send, how it warms up, and when a sending stops by itself."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import EditView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log

from newsletter.audience.models import Newsletter
from newsletter.sending.going_on import go_on
from newsletter.sending.models import Sender
from newsletter.sending.pace import domain_of, warm_up_limit


class SenderForm(WagtailAdminModelForm):
    """The domain is one newsletters send from, and stays what it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["domain"].disabled = True
            return
        known = set(Sender.objects.values_list("domain", flat=True))
        domains = sorted({domain_of(newsletter) for newsletter in Newsletter.objects.all()} - known)
        self.fields["domain"] = forms.ChoiceField(
            label=self.fields["domain"].label,
            choices=[(domain, domain) for domain in domains],
            help_text=""
            if domains
            else _("Every domain your newsletters send from is in the list already. Edit it there."),
        )


def limits_in_words(sender: Sender) -> str:
    words = (
        (sender.per_second, _("%(n)s per second")),
        (sender.per_minute, _("%(n)s per minute")),
        (sender.per_hour, _("%(n)s per hour")),
        (sender.per_day, _("%(n)s per day")),
    )
    return ", ".join(text % {"n": limit} for limit, text in words if limit is not None) or _("no limit")


def warm_up_in_words(sender: Sender) -> str:
    today = timezone.localdate()
    if sender.warm_up_from is not None and today < sender.warm_up_from:
        return _("begins on %(date)s") % {"date": date_format(sender.warm_up_from)}
    limit = warm_up_limit(sender, today)
    return _("at most %(n)s people today") % {"n": limit} if limit is not None else _("not warming up")


def waiting_in_words(sender: Sender) -> str:
    if not is_waiting(sender):
        return _("ready")
    time = date_format(timezone.localtime(sender.held_until), "DATETIME_FORMAT")
    because = Truncator(sender.held_because).chars(200)
    if not because:
        return _("waits until %(time)s") % {"time": time}
    return _("waits until %(time)s, because: %(because)s") % {"time": time, "because": because}


def is_waiting(sender: Sender) -> bool:
    return sender.held_until is not None and sender.held_until > timezone.now()


class SenderEditView(EditView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "is_waiting": is_waiting(self.object),
            "limits": limits_in_words(self.object),
            "warm_up": warm_up_in_words(self.object),
        }


@permission_required("sending.change_sender", raise_exception=True)
@require_POST
def go_on_now(request: HttpRequest, pk: int) -> HttpResponse:
    sender = get_object_or_404(Sender, pk=pk)
    because = sender.held_because
    if go_on(sender):
        log(instance=sender, action="sending.go_on", user=request.user, data={"because": because})
        messages.success(request, _("%(domain)s goes on sending now.") % {"domain": sender.domain})
    else:
        messages.warning(
            request, _("%(domain)s was not waiting; nothing was changed.") % {"domain": sender.domain}
        )
    return redirect("sending_domains:edit", sender.pk)


class SenderViewSet(ModelViewSet):
    model = Sender
    name = "sending_domains"
    url_prefix = "sending/domains"
    icon = "time"
    menu_label = gettext_lazy("Sending domains")
    menu_name = "sending-domains"
    menu_order = 412
    menu_hook = "register_newsletter_menu_item"
    add_to_reference_index = False
    copy_view_enabled = False
    edit_view_class = SenderEditView
    edit_template_name = "sending/sender_edit.html"
    list_display = (
        "domain",
        Column("limits", label=gettext_lazy("Limits"), accessor=limits_in_words, width="20%"),
        Column("warm_up", label=gettext_lazy("Warming up"), accessor=warm_up_in_words, width="15%"),
        Column("waiting", label=gettext_lazy("Now"), accessor=waiting_in_words, width="35%"),
    )
    edit_handler = ObjectList(
        [
            FieldPanel("domain"),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("per_second"), FieldPanel("per_minute")]),
                    FieldRowPanel([FieldPanel("per_hour"), FieldPanel("per_day")]),
                ],
                heading=gettext_lazy("How fast"),
                help_text=gettext_lazy(
                    "What your mail service lets you send; its page for your account says so. People are counted in "
                    "any stretch of that length, over all newsletters of this domain. Empty: no limit."
                ),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("warm_up_from"),
                    FieldRowPanel([FieldPanel("warm_up_first_day"), FieldPanel("warm_up_growth")]),
                ],
                heading=gettext_lazy("Warming up"),
                help_text=gettext_lazy(
                    "Receivers distrust a domain that suddenly writes to thousands. Each day a few more get the "
                    "newsletter; the others wait for the next day. After 45 days it is over."
                ),
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("halt_rejected"), FieldPanel("halt_complained")])],
                heading=gettext_lazy("When a sending stops by itself"),
                help_text=gettext_lazy(
                    "Many refused addresses or complaints mean that something is wrong with the list, and going on "
                    "would harm your name. The sending pauses, and its manager gets a mail."
                ),
            ),
        ],
        base_form_class=SenderForm,
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/go-on/", go_on_now, name="go_on")]
