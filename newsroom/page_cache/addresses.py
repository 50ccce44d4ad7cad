"""Which requests may be answered from what is kept, and which answers may be kept."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.urls import ResolverMatch

# The one question an address may ask: which page of a list. Others, such as a search's, are nobody else's.
_QUERY = re.compile(r"page=[1-9][0-9]?")
_LONGEST_PATH = 500
# Views whose answer is the same for everybody. What is not named here, such as an address with a token, is never kept.
# A search is not: no two people look for the same words.
_VIEWS = frozenset({"wagtail_serve", "favicon", "stories:topic", "stories:place", "stories:author"})
_ROOMS = frozenset({"feeds"})
_PUBLIC_ADDRESSES = ("robots.txt", "sitemap.xml")


def key_of(environ: Mapping[str, Any]) -> str | None:
    """The key of a request of which everybody gets the same answer; None for one that has to be made for the one who asks."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        return None
    cookie = environ.get("HTTP_COOKIE")
    if cookie and _is_known(cookie):
        return None
    query = environ.get("QUERY_STRING", "")
    if query and not _QUERY.fullmatch(query):
        return None
    path = environ.get("PATH_INFO", "")
    if len(path) > _LONGEST_PATH or "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return None
    scheme = environ.get("wsgi.url_scheme", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        header, value = settings.SECURE_PROXY_SSL_HEADER
        scheme = "https" if environ.get(header, "").split(",")[0].strip() == value else scheme
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    return f"{scheme}://{host}{path}?{query}"


def _is_known(cookie: str) -> bool:
    """Whether it could be somebody's who logged in, filled in a form or was just told something."""
    return any(
        name in cookie for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")
    )


def is_ours(host: str) -> bool:
    """Whether the newsroom answers to that name: others must not fill the store."""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_everybodys(request: HttpRequest) -> bool:
    """Whether the view that answered says the same to everybody."""
    match: ResolverMatch | None = request.resolver_match
    if match is None:
        return False
    return (
        match.view_name in _VIEWS
        or bool(_ROOMS.intersection(match.namespaces))
        or match.route in _PUBLIC_ADDRESSES
    )
