"""Public pages of the list. No session, no cookie: what a signed link may do, its token says.

None of them asks for a CSRF token; docs/decisions/sign-up-without-csrf.md says why.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _g
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from newsletter.audience import subscriptions, tokens
from newsletter.audience.evidence import network_of
from newsletter.audience.forms import PreferencesForm, SignUpForm, consent_words, sign_up_form
from newsletter.audience.models import Newsletter, Subscriber, Subscription

logger = logging.getLogger(__name__)

# A refused form is answered 422: for people the page is the same, for monitors and scripts it is no success.
REFUSED = 422
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058 §3.2

View = Callable[..., HttpResponse]


def by_signed_link(view: View) -> View:
    """For pages whose address is a secret: no cache keeps them, no other site and no search engine learns of them."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except tokens.TokenExpired:
            response = _link_expired(request)
        except tokens.TokenInvalid:
            response = _link_forged(request)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        # Django would write the path of a refused request into the log, and the token with it.
        setattr(response, "_has_been_logged", True)  # noqa: B010
        return response

    return guarded


# --- Sign-up ----------------------------------------------------------------------------------------
@require_safe
def newsletters(request: HttpRequest) -> HttpResponse:
    entries = [_entry(newsletter) for newsletter in Newsletter.objects.all()]
    return render(request, "audience/newsletters.html", {"entries": entries})


def _entry(newsletter: Newsletter) -> dict[str, Any]:
    words = newsletter.in_language()
    form = sign_up_form(newsletter)
    return {"newsletter": newsletter, "words": words, "form": form, "consent": consent_words(words)}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest, slug: str) -> HttpResponse:
    newsletter = get_object_or_404(Newsletter, slug=slug)
    words = newsletter.in_language()
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if form.is_from_a_program:
            logger.info("A program filled in the hidden field of the sign-up for %s; nothing was kept.", slug)
            return HttpResponseRedirect(reverse("audience:sent"), status=303)
        if form.is_valid():
            subscriptions.request_subscription(
                address=form.cleaned_data["address"],
                newsletter=newsletter,
                language=form.cleaned_data["language"],
                name=form.cleaned_data["name"],
                topics=form.cleaned_data["topics"],
                text=consent_words(words),
                origin=request.path,
                network=_network(request),
            )
            return HttpResponseRedirect(reverse("audience:sent"), status=303)
    context = {"newsletter": newsletter, "words": words, "form": form, "consent": consent_words(words)}
    return render(request, "audience/sign_up.html", context, status=REFUSED if form.errors else 200)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The one answer to every sign-up; it names neither the address nor the newsletter."""
    return render(request, "audience/sent.html")


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
        return _link_outdated(request)
    words = subscription.newsletter.in_language()
    button = _g("Yes, send me %(newsletter)s") % {"newsletter": words.name}
    if request.method == "POST":
        try:
            subscription = subscriptions.confirm(
                subscription_id=claim.subscription_id,
                requested_at=claim.requested_at,
                text=button,
                origin="/confirm/",
                network=_network(request),
                language=get_language() or "",
            )
        except subscriptions.ConfirmationOutdated:
            return _link_outdated(request)
        except subscriptions.AddressSuppressed:
            return render(request, "audience/suppressed.html", {"words": words}, status=403)
    context = {
        "words": words,
        "button": button,
        "preferences_url": _preferences_path(subscription.subscriber),
    }
    confirmed = subscription.status == Subscription.Status.CONFIRMED
    return render(request, "audience/confirmed.html" if confirmed else "audience/confirm.html", context)


# --- Readers ----------------------------------------------------------------------------------------
@by_signed_link
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    subscriber = Subscriber.objects.filter(pk=tokens.read_preferences_token(token)).first()
    if subscriber is None:
        return _nothing_held(request)
    reads = (
        Subscription.objects.filter(subscriber=subscriber, status=Subscription.Status.CONFIRMED)
        .select_related("newsletter")
        .order_by("newsletter__name")
    )
    origin: dict[str, Any] = {"origin": "/preferences/", "network": _network(request)}
    if request.method == "POST" and "leave_all" in request.POST:
        subscriptions.unsubscribe(
            subscriber_id=subscriber.pk, newsletter_id=None, language=get_language() or "", **origin
        )
        return render(request, "audience/unsubscribed.html", {"all": True})
    form = PreferencesForm(
        request.POST if request.method == "POST" else None, subscriber=subscriber, subscriptions=reads
    )
    if request.method == "POST" and form.is_valid():
        subscriptions.change_preferences(
            subscriber_id=subscriber.pk,
            name=form.cleaned_data["name"],
            language=form.cleaned_data["language"],
            topics=form.wanted_topics(),
            rhythms=form.rhythms(),
            leave=form.left(),
            **origin,
        )
        with override(form.cleaned_data["language"]):
            return HttpResponseRedirect(reverse("audience:preferences", args=[token]) + "?saved", status=303)
    context = {
        "form": form,
        "address": _masked(subscriber.email),
        "saved": "saved" in request.GET and not form.is_bound,
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
            network=_network(request),
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
            "preferences_url": reverse(
                "audience:preferences", args=[tokens.preferences_token(subscriber_id)]
            ),
        },
    )


# --- Links that lead nowhere ------------------------------------------------------------------------
def _link_expired(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        410,
        _g("This link has expired"),
        _g(
            "A confirmation link is good for %(days)s days, and this one is older. Sign up again to get a new one."
        )
        % {"days": tokens.CONFIRMATION_LASTS.days},
    )


def _link_outdated(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        410,
        _g("This link is no longer in use"),
        _g(
            "You have left the list since we sent it, or signed up once more. Use the newest mail, or sign up again."
        ),
    )


def _link_forged(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        404,
        _g("This link is not complete"),
        _g(
            "We did not make it in this form. Mail programs sometimes break long links: copy all of it from the mail, "
            "or sign up again to get a new one."
        ),
    )


def _nothing_held(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        410,
        _g("We hold nothing about you"),
        _g("There is no subscriber for this link any more. You are welcome to sign up again."),
    )


def _dead_link(request: HttpRequest, status: int, title: str, explanation: str) -> HttpResponse:
    return render(
        request, "audience/dead_link.html", {"title": title, "explanation": explanation}, status=status
    )


def _network(request: HttpRequest) -> str:
    """Of the connection itself. Behind a proxy that is the proxy's, unless it is told to the server (docs)."""
    return network_of(request.META.get("REMOTE_ADDR", ""))


def _preferences_path(subscriber: Subscriber) -> str:
    return reverse("audience:preferences", args=[tokens.preferences_token(subscriber.pk)])


def _masked(address: str) -> str:
    """m…@weft.example: a newsletter gets forwarded, and its reader may not want the address to go along."""
    local, _at, domain = address.partition("@")
    return f"{local[0]}…@{domain}"
