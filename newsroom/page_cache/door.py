"""Before Django: what is kept is answered without building a request. What is not goes on to the middleware."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from newsroom.page_cache.addresses import key_of
from newsroom.page_cache.middleware import answer_to, store
from newsroom.page_cache.stamps import StampsUnreachable

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def kept_first(application: Application) -> Application:
    if not settings.PAGE_CACHE_MB:
        return application

    def door(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            return application(environ, start_response)
        try:
            kept = store().get(key)
        except StampsUnreachable:
            kept = None
        if kept is None:
            return application(environ, start_response)
        answer = answer_to(environ, kept)
        start_response(answer.status_line, answer.headers)
        return [answer.body] if environ["REQUEST_METHOD"] == "GET" else []

    return door
