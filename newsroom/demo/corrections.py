"""What the demo's translations were made from, what was corrected since, and the public lists of that."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from wagtail.models import Page

from newsroom.demo.articles import MODELS, PageIds
from newsroom.demo.content_files import Text, demo_key
from newsroom.demo.pages import Homes, publish_below
from newsroom.models import User
from stories.models import Correction, CorrectionsPage
from stories.quality.going_out import going_out_together
from stories.translating.translations import copied_revision


def load_corrections_pages(network: dict[str, Any], homes: Homes) -> None:
    key = demo_key("corrections page", "corrections")
    for language, home in homes.items():
        if not CorrectionsPage.objects.filter(translation_key=key, locale_id=home.locale_id).exists():
            words = network["corrections_page"][language]
            publish_below(home, CorrectionsPage(**words, locale_id=home.locale_id, translation_key=key))


def remember_originals(texts: Iterable[Text], pages: PageIds) -> None:
    """Every translation was made from the first text of its original. To be called before anything is corrected."""
    for text in texts:
        if text.language == text.front["original"]:
            continue
        original = Page.objects.get(pk=pages[text.key, text.front["original"]])
        MODELS[text.kind].objects.filter(pk=pages[text.key, text.language], translated_from=None).update(
            translated_from=copied_revision(original)
        )


def load_corrections(texts: list[Text], pages: PageIds, *, editor: User) -> None:
    """Originals first: a translation that has the correction too has followed its original, one without it has not."""
    corrected = [text for text in texts if "corrections" in text.front]
    for text in sorted(corrected, key=lambda text: text.language != text.front["original"]):
        _correct(text, pages, editor=editor)


def _correct(text: Text, pages: PageIds, *, editor: User) -> None:
    model = MODELS[text.kind]
    page = model.objects.get(pk=pages[text.key, text.language])
    if page.corrections.exists():
        return
    with transaction.atomic():
        page.corrections.add(*(Correction(**table) for table in text.front["corrections"]))
        revision = page.save_revision(user=editor, log_action=True)
        with going_out_together(pages.values()):
            revision.publish(user=editor)
        newest = max(table["made_at"] for table in text.front["corrections"])
        model.objects.filter(pk=page.pk).update(last_published_at=newest)
        if text.language != text.front["original"]:
            original = Page.objects.get(pk=pages[text.key, text.front["original"]])
            model.objects.filter(pk=page.pk).update(translated_from=original.live_revision_id)
