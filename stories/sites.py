"""Which site and front page a request is for. They seldom change, and every page needs them."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from wagtail.models import Site

from stories.remembering import remembered


def site_of(request: HttpRequest) -> Site | None:
    """Site.find_for_request(), without a query where there is only one site."""
    if not hasattr(request, "_wagtail_site"):
        sites = remembered("sites", lambda: list(Site.objects.select_related("root_page")))
        # Where there are several, or none for every host name, Wagtail knows which it is.
        if len(sites) == 1 and sites[0].is_default_site:
            request._wagtail_site = sites[0]  # type: ignore[attr-defined]
    return Site.find_for_request(request)


def front_page_of(site: Site) -> Any:
    """In the active language, as what it is. As it was: only its address and its key may be relied on."""
    key = f"front page:{site.pk}:{get_language()}"
    return remembered(key, lambda: site.root_page.localized.specific)
