"""What pages of the list have in common: who may keep a copy, and what a dead link says."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _g
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter.audience import tokens
from newsletter.audience.evidence import network_of

# A refused form is answered 422: for people the page is the same, for monitors and scripts it is no success.
REFUSED = 422
KEPT_FOR = 300  # seconds; a renamed newsletter or a new topic shows after five minutes at the latest

View = Callable[..., HttpResponse]


def same_for_everybody(view: View) -> View:
    """For pages that any cache may keep: they know no visitor, and a form on them is posted without a cookie."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Nobody is looked up, not even an editor: the session stays closed, and the page needs no Vary: Cookie.
        request.user = AnonymousUser()
        response = view(request, *args, **kwargs)
        if request.method in {"GET", "HEAD"} and response.status_code == 200:
            patch_cache_control(response, public=True, max_age=KEPT_FOR)
        else:
            response["Cache-Control"] = "no-store"
        return response

    return guarded


def by_signed_link(view: View) -> View:
    """For pages whose address is a secret: no cache keeps them, no other site and no search engine learns of them."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        request.user = AnonymousUser()
        try:
            response = view(request, token)
        except tokens.FreshLinkExpired:
            response = _fresh_link_expired(request)
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


def network_from(request: HttpRequest) -> str:
    """Of the visitor. Behind a proxy that TRUSTED_PROXIES does not name it is the proxy's (docs/deployment.md)."""
    return network_of(request.META.get("REMOTE_ADDR", ""))


def masked(address: str) -> str:
    """m…@weft.example: a newsletter gets forwarded, and its reader may not want the address to go along."""
    local, _at, domain = address.partition("@")
    return f"{local[0]}…@{domain}"


# --- Links that lead nowhere ------------------------------------------------------------------------
def link_outdated(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        410,
        _g("This link is no longer in use"),
        _g(
            "You have left the list since we sent it, or signed up once more. Use the newest mail, or sign up again."
        ),
    )


def nothing_held(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        410,
        _g("We hold nothing about you"),
        _g("There is no subscriber for this link any more. You are welcome to sign up again."),
    )


def address_has_changed(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        410,
        _g("This link is no longer in use"),
        _g(
            "It was mailed to an address we no longer write to. Ask for a new link with your present address."
        ),
    )


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


def _fresh_link_expired(request: HttpRequest) -> HttpResponse:
    return _dead_link(
        request,
        410,
        _g("This link has expired"),
        _g(
            "What opens your data is good for %(minutes)s minutes only, because mails get passed on. "
            "Ask for a new link on the page with your newsletters."
        )
        % {"minutes": tokens.FRESH_LASTS.seconds // 60},
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


def _dead_link(request: HttpRequest, status: int, title: str, explanation: str) -> HttpResponse:
    return render(
        request, "audience/dead_link.html", {"title": title, "explanation": explanation}, status=status
    )
