"""Pages behind the links that stand in every mail: confirmation, preferences, unsubscribe."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _g

from newsletter.audience import by_mail, limits, subscriptions, tokens
from newsletter.audience.forms import PreferencesForm, joining_words
from newsletter.audience.models import Newsletter, Subscriber, Subscription
from newsletter.audience.views.responses import (
    REFUSED,
    by_signed_link,
    link_outdated,
    masked,
    network_from,
    nothing_held,
)

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 §3.2


@by_signed_link
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A GET only shows the button: mail scanners follow links, and a scanner cannot consent."""
    claim = tokens.read_confirmation_token(token)
    subscription = (
        Subscription.objects.select_related("newsletter", "subscriber")
        .filter(pk=claim.subscription_id, requested_at=claim.requested_at)
        .exclude(status=Subscription.Status.UNSUBSCRIBED)
        .first()
    )
    if subscription is None:
        return link_outdated(request)
    words = subscription.newsletter.in_language()
    button = _g("Yes, send me %(newsletter)s") % {"newsletter": words.name}
    if request.method == "POST":
        try:
            subscription = subscriptions.confirm(
                subscription_id=claim.subscription_id,
                requested_at=claim.requested_at,
                text=button,
                origin="/confirm/",
                network=network_from(request),
                language=get_language() or "",
            )
        except subscriptions.ConfirmationOutdated:
            return link_outdated(request)
        except subscriptions.AddressSuppressed:
            return render(request, "audience/suppressed.html", {"words": words}, status=403)
    context = {
        "words": words,
        "button": button,
        "preferences_url": _preferences_path(subscription.subscriber_id),
    }
    confirmed = subscription.status == Subscription.Status.CONFIRMED
    return render(request, "audience/confirmed.html" if confirmed else "audience/confirm.html", context)


@by_signed_link
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    subscriber = Subscriber.objects.filter(pk=tokens.read_preferences_token(token)).first()
    if subscriber is None:
        return nothing_held(request)
    origin: dict[str, Any] = {"origin": "/preferences/", "network": network_from(request)}
    if request.method == "POST" and "leave_all" in request.POST:
        subscriptions.unsubscribe(
            subscriber_id=subscriber.pk, newsletter_id=None, language=get_language() or "", **origin
        )
        return render(request, "audience/unsubscribed.html", {"all": True})
    if request.method == "POST" and "fresh_link" in request.POST:
        if limits.admits(address=subscriber.email, network=origin["network"]):
            by_mail.request_fresh_link(subscriber_id=subscriber.pk)
        return _see_again(token, "?mailed")
    reads, others = _newsletters_of(subscriber)
    form = PreferencesForm(
        request.POST if request.method == "POST" else None,
        subscriber=subscriber,
        subscriptions=reads,
        others=others,
    )
    if request.method == "POST" and form.is_valid():
        subscriptions.change_preferences(
            subscriber_id=subscriber.pk,
            name=form.cleaned_data["name"],
            language=form.cleaned_data["language"],
            place=form.cleaned_data["place"],
            paused_until=form.cleaned_data["paused_until"],
            topics=form.wanted_topics(),
            rhythms=form.rhythms(),
            leave=form.left(),
            **origin,
        )
        joined = form.joined()
        # The link may have been passed on, so a further newsletter is confirmed by mail like any other.
        if joined and limits.admits(address=subscriber.email, network=origin["network"]):
            for newsletter in joined:
                subscriptions.request_subscription(
                    address=subscriber.email,
                    newsletter=newsletter,
                    language=get_language() or "",
                    text=joining_words(),
                    **origin,
                )
        with override(form.cleaned_data["language"]):
            return _see_again(token, "?saved&asked" if joined else "?saved")
    told = request.GET if not form.is_bound else {}
    context = {
        "form": form,
        "address": masked(subscriber.email),
        "saved": "saved" in told,
        "asked": "asked" in told,
        "mailed": "mailed" in told,
        "minutes": tokens.FRESH_LASTS.seconds // 60,
        "newsletters": form.newsletter_fields(),
    }
    return render(request, "audience/preferences.html", context, status=REFUSED if form.errors else 200)


@by_signed_link
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST acts. A mail program posts List-Unsubscribe=One-Click and gets no redirect (RFC 8058 §3.2)."""
    subscriber_id, newsletter_id = tokens.read_unsubscribe_token(token)
    newsletter = Newsletter.objects.filter(pk=newsletter_id).first()
    if request.method == "POST":
        key, value = ONE_CLICK
        one_click = request.POST.get(key) == value
        leave_all = "all" in request.POST and not one_click
        subscriptions.unsubscribe(
            subscriber_id=subscriber_id,
            newsletter_id=None if leave_all else newsletter_id,
            origin="one-click" if one_click else "/unsubscribe/",
            network=network_from(request),
            language=get_language() or "",
        )
        if one_click:
            return HttpResponse(_g("You are off the list."), content_type="text/plain; charset=utf-8")
        return render(request, "audience/unsubscribed.html", {"all": leave_all, "newsletter": newsletter})
    return render(
        request,
        "audience/unsubscribe.html",
        {
            "words": newsletter.in_language() if newsletter else None,
            "preferences_url": _preferences_path(subscriber_id),
        },
    )


def _newsletters_of(subscriber: Subscriber) -> tuple[list[Subscription], list[Newsletter]]:
    """What they read, and the newsletters they could add."""
    confirmed = Subscription.objects.filter(subscriber=subscriber, status=Subscription.Status.CONFIRMED)
    reads = confirmed.select_related("newsletter").order_by("newsletter__name")
    others = Newsletter.objects.exclude(Exists(confirmed.filter(newsletter=OuterRef("pk"))))
    return list(reads), list(others)


def _see_again(token: str, said: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("audience:preferences", args=[token]) + said, status=303)


def _preferences_path(subscriber_id: int) -> str:
    return reverse("audience:preferences", args=[tokens.preferences_token(subscriber_id)])
