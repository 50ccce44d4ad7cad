"""Addresses of our own, as somebody typed them: whether anything answers there. Other sites are never asked."""

from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve
from django.utils import translation
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

# A text with more typed addresses of ours than these is not looked through to its end: each takes some queries.
MOST = 40


def addresses_nothing_answers(addresses: list[str]) -> set[str]:
    """Those of the addresses that are on one of our sites, where there is nothing to read."""
    sites = {site.hostname: site for site in Site.objects.select_related("root_page")}
    default = next((site for site in sites.values() if site.is_default_site), None)
    own_host = urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname
    dead: set[str] = set()
    for address in list(dict.fromkeys(addresses))[:MOST]:
        parts = urlsplit(address.strip())
        site = sites.get(parts.hostname or "") or (default if parts.hostname in {None, own_host} else None)
        is_web = parts.scheme in {"", "http", "https"} and bool(parts.netloc or parts.path)
        if is_web and site is not None and not _answers(parts, site):
            dead.add(address)
    return dead


def _answers(parts: SplitResult, site: Site) -> bool:
    path = unquote(parts.path) or "/"
    if path.startswith(settings.STATIC_URL) or _is_redirected(parts, site):
        return True
    with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
        # Without its last slash a browser is led to the address that has it.
        return any(_leads_to_a_view(one, site) for one in dict.fromkeys((path, f"{path.rstrip('/')}/")))


def _leads_to_a_view(path: str, site: Site) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return match.view_name != "wagtail_serve" or _is_page(match.args[0], site)


def _is_page(path: str, site: Site) -> bool:
    steps = [step for step in path.split("/") if step]
    home: Page = site.root_page.localized.specific
    try:
        home.route(HttpRequest(), steps)
    except Http404:
        return False
    return True


def _is_redirected(parts: SplitResult, site: Site) -> bool:
    old_path = Redirect.normalise_path(parts.path + (f"?{parts.query}" if parts.query else ""))
    return Redirect.get_for_site(site).filter(old_path=old_path).exists()
