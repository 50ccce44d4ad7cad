"""The demo's menu and footer, chosen as editors would choose them under Settings."""

from typing import Any

from django.db import transaction
from wagtail.models import Page, Site

from newsroom.demo.content_files import ContentError, demo_key
from newsroom.demo.pages import Homes
from stories.models import FooterLink, MenuLink, Navigation


def load_navigation(network: dict[str, Any], homes: Homes) -> None:
    """One link per concept: readers see the page in their own language. Raises ContentError."""
    site = Site.objects.get(is_default_site=True)
    if Navigation.objects.filter(site=site).exists():
        return
    home = homes[network["default_language"]]
    with transaction.atomic():
        navigation = Navigation.objects.create(site=site)
        for model, place in ((MenuLink, "menu"), (FooterLink, "footer")):
            for number, link in enumerate(network["navigation"][place]):
                page = _page(link["kind"], link["key"], home)
                model.objects.create(navigation=navigation, page=page, sort_order=number)


def _page(kind: str, key: str, home: Page) -> Page:
    page = Page.objects.filter(translation_key=demo_key(kind, key), locale_id=home.locale_id).first()
    if page is None:
        raise ContentError(f"The navigation names the {kind} {key}, which the demo does not have.")
    return page
