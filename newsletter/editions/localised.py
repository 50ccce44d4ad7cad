"""Languages in words, and pages as a reader of one language may open them."""

from collections.abc import Iterable

from django.utils.translation import get_language, get_language_info
from wagtail.models import Locale, Page


def language_name(code: str) -> str:
    """“Spanish”, in the active language, as it stands inside a sentence."""
    name = str(get_language_info(code)["name_translated"])
    # Only English writes the names of languages with a capital letter.
    return name if (get_language() or "").startswith("en") else name.lower()


def readable_pages(page_ids: Iterable[int], *, locale: Locale) -> dict[int, Page]:
    """For each of the pages, what a reader of that language may open: the translation where it is public, else the page.

    Left out: what nobody may open.

    Four queries, however many pages there are. The pages are not specific.
    """
    keys = dict(Page.objects.filter(pk__in=set(page_ids)).values_list("pk", "translation_key"))
    if not keys:
        return {}
    related = (
        Page.objects.filter(translation_key__in=set(keys.values())).live().public().select_related("locale")
    )
    by_id = {page.pk: page for page in related}
    translated = {page.translation_key: page for page in by_id.values() if page.locale_id == locale.pk}
    found = {page_id: translated.get(key) or by_id.get(page_id) for page_id, key in keys.items()}
    return {page_id: page for page_id, page in found.items() if page is not None}
