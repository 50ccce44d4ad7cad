"""Pages as a reader of one language may open them: the translation where it is public, else the page itself."""

from collections.abc import Iterable

from wagtail.models import Locale, Page


def readable_pages(page_ids: Iterable[int], *, locale: Locale) -> dict[int, Page]:
    """For each of the pages, what a reader of that language may open. Left out: what nobody may open.

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
