"""An edition in its languages."""

import pytest

from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.versions import language_versions
from tests.editions.factories import EditionPageFactory, NewsletterPageFactory, translation_of
from tests.newsroom.factories import home_in

pytestmark = pytest.mark.django_db


def test_the_newsletters_first_language_comes_first(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = EditionPageFactory(parent=homes_of_newsletter["fr"], subject="Bonjour")
    for code, subject in {"es": "Hola", "en": "Hello"}.items():
        translation_of(edition, parent=homes_of_newsletter[code], subject=subject, slug=subject.lower())
    assert [version.subject for version in language_versions(edition).values()] == [
        "Hello",
        "Bonjour",
        "Hola",
    ]


def test_without_the_newsletters_first_language_the_editions_own_comes_first(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    edition = EditionPageFactory(parent=homes_of_newsletter["fr"], subject="Bonjour")
    translation_of(edition, parent=homes_of_newsletter["es"], subject="Hola", slug="hola")
    assert list(language_versions(edition)) == ["fr", "es"]


def test_versions_are_the_latest_revisions(homes_of_newsletter: dict[str, NewsletterPage]) -> None:
    edition = EditionPageFactory(parent=homes_of_newsletter["en"], subject="Old")
    edition.subject = "New"
    edition.save_revision()
    assert EditionPage.objects.get(pk=edition.pk).subject == "Old"
    version = language_versions(EditionPage.objects.get(pk=edition.pk))["en"]
    assert version.subject == "New"
    assert version.latest_revision_id


def test_an_alias_or_a_page_of_another_newsletter_is_no_translation(
    homes_of_newsletter: dict[str, NewsletterPage],
) -> None:
    edition = EditionPageFactory(parent=homes_of_newsletter["en"])
    edition.copy_for_translation(home_in("es").locale, alias=True)
    other = NewsletterPageFactory(parent=home_in("fr"), slug="other")
    translation_of(edition, parent=other)
    assert list(language_versions(edition)) == ["en"]
