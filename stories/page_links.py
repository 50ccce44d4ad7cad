"""Links to pages in rich text: each leads to the page in its reader's language, and all of a text are looked up together."""

from html import escape
from typing import Any

from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler

from stories.readable import active_locale


class PageLinks(PageLinkHandler):
    """As Wagtail's, which asks twice for the pages, and once more for each that is in another language."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, Any]]) -> list[str]:
        here = active_locale()
        keys = [int(attrs["id"]) if attrs.get("id", "").isdecimal() else 0 for attrs in attrs_list]
        chosen = Page.objects.in_bulk(set(keys))
        foreign = [page.translation_key for page in chosen.values() if page.locale_id != here.pk]
        translated = Page.objects.live().filter(translation_key__in=foreign, locale=here) if foreign else []
        in_language = {page.translation_key: page for page in translated}
        pages = {key: in_language.get(page.translation_key, page) for key, page in chosen.items()}
        return [f'<a href="{escape(pages[key].url or "")}">' if key in pages else "<a>" for key in keys]


def register_page_links(features: FeatureRegistry) -> None:
    features.register_link_type(PageLinks)
