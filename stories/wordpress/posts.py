"""A WordPress post becomes news in the first section."""

from typing import cast

from wagtail.models import Page

from stories.models import NewsPage, SectionPage
from stories.wordpress.document import WordPressDocument
from stories.wordpress.targets import Target


def _first_section() -> Page | None:
    return cast(Page | None, SectionPage.objects.live().order_by("depth", "path").first())


def _fill(page: Page, document: WordPressDocument) -> None:
    news = cast(NewsPage, page)
    news.standfirst = document.excerpt


NEWS = Target(model=NewsPage, default_parent=_first_section, fill=_fill)
