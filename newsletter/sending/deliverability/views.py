"""Deliverability: what the world's mail servers see of our domains, in words."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from wagtail.log_actions import log

from newsletter.sending.deliverability.findings.message import message_findings
from newsletter.sending.deliverability.forms import LookUpForm, ReceivedMessageForm
from newsletter.sending.deliverability.lookups import Lookups
from newsletter.sending.deliverability.report import report_on, sending_domains
from newsletter.sending.deliverability.services import configured_route
from stories.models import SiteIdentity


@permission_required("sending.view_mailing", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def deliverability(request: HttpRequest) -> HttpResponse:
    """Opens at once; questions are asked when a button is pressed, and `action` says which."""
    action = request.POST.get("action", "")
    domains = sending_domains()
    real = {domain.name: domain for domain in domains if not domain.leads_nowhere}
    look_up = LookUpForm(request.POST if action == "look_up" else None, domains=list(real.values()))
    read = ReceivedMessageForm(request.POST if action == "read" else None)
    route = configured_route()
    context: dict[str, Any] = {
        "domains": domains,
        "look_up_form": look_up if real else None,
        "read_form": read,
        "service": route.service.label,
        "mail_stays_here": settings.MAIL == "mailbox",
    }
    if look_up.is_valid():
        context["looked_up"] = real[look_up.cleaned_data["domain"]]
        context["report"] = report_on(
            context["looked_up"], route=route, ask=Lookups(), selectors=look_up.cleaned_data["selectors"]
        )
        if (identity := SiteIdentity.current()).pk:
            log(
                instance=identity,
                action="sending.looked_up",
                user=request.user,
                data={"domain": context["looked_up"].name},
            )
    if read.is_valid():
        context["message_findings"] = message_findings(read.cleaned_data["source"])
    return render(request, "sending/deliverability.html", context)
