"""A WordPress page becomes a plain page below the front page."""

from typing import cast

from wagtail.models import Page, Site

from newsroom.models import InfoPage
from stories.wordpress.document import WordPressDocument
from stories.wordpress.targets import Target


def _front_page() -> Page | None:
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    return site.root_page.specific if site else None


def _fill(page: Page, document: WordPressDocument) -> None:
    cast(InfoPage, page).standfirst = document.excerpt


PLAIN_PAGE = Target(model=InfoPage, default_parent=_front_page, fill=_fill)
