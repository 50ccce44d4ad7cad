"""The outermost middleware: answers from what is kept, or has the answer made, watches what it is made from, and keeps it."""

import logging
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from wagtail.models import Site

from newsroom.page_cache.addresses import is_everybodys, is_ours, key_of
from newsroom.page_cache.changes import OF_ALL, SITE_TAG
from newsroom.page_cache.kept import Answer, Kept, Store
from newsroom.page_cache.recording import recording
from newsroom.page_cache.stamps import StampsUnreachable, shared_stamps, slot_of

logger = logging.getLogger(__name__)

_SITE = slot_of(SITE_TAG)


@cache
def store() -> Store:
    """This process's own."""
    return Store(settings.PAGE_CACHE_MB * 1024 * 1024, shared_stamps())


class PageCacheMiddleware:
    """Answers are the same with and without it, but for their speed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._sites = -1

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = key_of(request.META)
        if key is None:
            return self._get_response(request)
        if not settings.PAGE_CACHE_MB:
            return self._made(request, self._get_response(request))
        try:
            kept = store().get(key)
            if kept is not None:
                return _as_response(request, kept)
            if not is_ours(request.META.get("HTTP_HOST") or request.META["SERVER_NAME"]):
                return self._get_response(request)
            latest = shared_stamps().latest()
            self._look_at_sites()
        except StampsUnreachable as error:
            logger.error("The page cache's stamps cannot be read (%s): every page is made anew.", error)
            return self._made(request, self._get_response(request))
        with recording() as made_from:
            response = self._get_response(request)
        kept = _keepable(request, response)
        if kept is None:
            return response
        if request.method == "GET" and not made_from.is_somebodys:
            slots = OF_ALL | made_from.slots | {slot_of(tag) for tag in made_from.tags}
            try:
                store().put(key, kept, slots, latest_before=latest)
            except StampsUnreachable as error:
                logger.error("The page cache's stamps cannot be read (%s): a page is not kept.", error)
        return _as_response(request, kept, response)

    def _made(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kept = _keepable(request, response)
        return response if kept is None else _as_response(request, kept, response)

    def _look_at_sites(self) -> None:
        """Wagtail keeps the beginnings of all addresses for an hour, in each process apart."""
        (stamp,) = shared_stamps().read([_SITE])
        if stamp != self._sites:
            Site.clear_site_root_paths_cache()
            self._sites = stamp


def _keepable(request: HttpRequest, response: HttpResponseBase) -> Kept | None:
    """Only a whole page that everybody may see and that leaves nothing behind in a browser."""
    if (
        response.status_code != 200
        or not isinstance(response, HttpResponse)
        or response.cookies
        or request.method not in {"GET", "HEAD"}
        or not is_everybodys(request)
        or response.has_header("Content-Encoding")
        or any(word in response.get("Cache-Control", "") for word in ("private", "no-store"))
        or (request.method == "HEAD" and not response.content)
    ):
        return None
    return Kept(response.content, list(response.items()))


def _as_response(request: HttpRequest, kept: Kept, made: HttpResponseBase | None = None) -> HttpResponse:
    """`made`: the answer it was kept from, whose resources are let go with this one."""
    answer = answer_to(request.META, kept)
    response = HttpResponse(b"" if request.method == "HEAD" else answer.body, status=answer.status)
    del response["Content-Type"]
    for name, value in answer.headers:
        response[name] = value
    if made is not None:
        response._resource_closers.extend(made._resource_closers)  # type: ignore[attr-defined]
    return response


def answer_to(environ: dict[str, str], kept: Kept) -> Answer:
    return kept.answer(
        accept_encoding=environ.get("HTTP_ACCEPT_ENCODING", ""),
        if_none_match=environ.get("HTTP_IF_NONE_MATCH"),
        if_modified_since=environ.get("HTTP_IF_MODIFIED_SINCE", ""),
    )
