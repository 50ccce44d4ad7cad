"""The way from an address to its page in fewer queries than Wagtail's own, which asks for the site, the language and the front page
each time."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from wagtail.views import serve

from stories.readable import ReadDirectly
from stories.sites import front_page_of, site_of


class RoutingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Leaves the page where Wagtail's view looks for it first. What is not found here is left to Wagtail."""
        if view is not serve:
            return
        site = site_of(request)
        front_page = front_page_of(site) if site else None
        if not isinstance(front_page, ReadDirectly):
            return
        (path,) = args
        page = front_page.page_at([part for part in path.split("/") if part])
        if page is None:
            return
        try:
            request._wagtail_route_for_request = page.route(request, [])  # type: ignore[attr-defined]
        except Http404:
            request._wagtail_route_for_request = None  # type: ignore[attr-defined]
