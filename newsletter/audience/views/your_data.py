"""Pages behind the fresh link, which goes to the address itself and lasts 30 minutes: export, erasure, new address."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from newsletter.audience import limits, tokens
from newsletter.audience.address_change import AddressTaken, change_address, request_new_address
from newsletter.audience.erasure import erase
from newsletter.audience.forms import NewAddressForm
from newsletter.audience.models import Subscriber
from newsletter.audience.personal_data import personal_data
from newsletter.audience.subscriptions import AddressSuppressed, ConfirmationOutdated
from newsletter.audience.views.responses import (
    REFUSED,
    address_has_changed,
    by_signed_link,
    masked,
    network_from,
    nothing_held,
)


def by_fresh_link(
    view: Callable[[HttpRequest, str, Subscriber], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Hands the view the person whose present address the link was mailed to."""

    @by_signed_link
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        subscriber_id, number = tokens.read_fresh_token(token)
        subscriber = Subscriber.objects.filter(pk=subscriber_id).first()
        if subscriber is None:
            return nothing_held(request)
        if tokens.address_number(subscriber) != number:
            return address_has_changed(request)
        return view(request, token, subscriber)

    return opened


@by_fresh_link
def your_data(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    """Shows what can be done, and takes a new address."""
    form = NewAddressForm(request.POST if request.method == "POST" else None, subscriber=subscriber)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        if limits.admits(address=address, network=network_from(request)):
            request_new_address(subscriber_id=subscriber.pk, address=address)
        return HttpResponseRedirect(reverse("audience:your_data", args=[token]) + "?mailed", status=303)
    context = {
        "form": form,
        "token": token,
        "address": subscriber.email,
        "mailed": "mailed" in request.GET and not form.is_bound,
        "minutes": tokens.FRESH_LASTS.seconds // 60,
    }
    return render(request, "audience/your_data.html", context, status=REFUSED if form.errors else 200)


@by_fresh_link
def download(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    response = JsonResponse(personal_data(subscriber), json_dumps_params={"indent": 2, "ensure_ascii": False})
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="newsletters-{day}.json"'
    return response


@by_fresh_link
def erasure(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    """A GET only asks."""
    if request.method == "POST":
        erase(subscriber_id=subscriber.pk)
        return render(request, "audience/erased.html")
    return render(request, "audience/erase.html", {"token": token, "address": subscriber.email})


@by_signed_link
def new_address(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link mailed to the new address. A GET only shows the button."""
    claim = tokens.read_new_address_token(token)
    subscriber = Subscriber.objects.filter(pk=claim.subscriber_id).first()
    if subscriber is None:
        return nothing_held(request)
    context: dict[str, Any] = {"address": claim.address}
    if request.method == "POST":
        try:
            change_address(
                claim=claim,
                origin="/new-address/",
                network=network_from(request),
                language=get_language() or "",
            )
        except ConfirmationOutdated:
            return address_has_changed(request)
        except AddressSuppressed:
            return render(request, "audience/suppressed.html", context, status=403)
        except AddressTaken:
            return render(request, "audience/address_taken.html", context, status=409)
        context["preferences_url"] = reverse(
            "audience:preferences", args=[tokens.preferences_token(subscriber.pk)]
        )
        return render(request, "audience/new_address_confirmed.html", context)
    return render(request, "audience/new_address.html", {**context, "old_address": masked(subscriber.email)})
