"""The next edition from the last one, and where a new one begins."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from wagtail.models import PageLogEntry

from newsletter.editions.duplicating import duplicate, newest_edition
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.versions import language_versions
from newsroom.models import User
from tests.audience.factories import NewsletterFactory
from tests.editions.factories import EditionPageFactory, NewsletterPageFactory, text, translation_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(homes_of_newsletter: dict[str, NewsletterPage]) -> EditionPage:
    """Number 14 in English and Spanish; the English text was changed after it was saved first."""
    edition = EditionPageFactory(
        parent=homes_of_newsletter["en"], number=14, title="November", slug="november"
    )
    translation_of(
        edition,
        parent=homes_of_newsletter["es"],
        subject="El molino",
        title="Noviembre",
        slug="noviembre",
        body=[text("<p>Hola</p>")],
    )
    edition.body = [text("<p>The last word</p>")]
    edition.save_revision()
    return edition


def test_the_copy_has_every_language_as_it_was_last_saved(
    edition: EditionPage, newsletter_manager_user: User
) -> None:
    copy = duplicate(edition, user=newsletter_manager_user)
    versions = language_versions(copy)
    assert list(versions) == ["en", "es"]
    assert copy.translation_key != edition.translation_key
    assert "The last word" in str(versions["en"].body)
    assert "Hola" in str(versions["es"].body)
    for version in versions.values():
        assert (version.number, version.subject, version.live) == (15, "", False)
        assert version.slug == "no-15"
        assert version.preheader == "Three towns, one ledger."
    assert "November" in versions["en"].title
    entries = PageLogEntry.objects.filter(action="editions.duplicate", user=newsletter_manager_user)
    assert {entry.page_id for entry in entries} == {version.pk for version in versions.values()}
    assert EditionPage.objects.get(pk=edition.pk).subject == "What the assemblies decided"


def test_a_copy_of_the_copy_finds_a_number_and_an_address_that_are_free(
    edition: EditionPage, newsletter_manager_user: User
) -> None:
    EditionPageFactory(parent=edition.get_parent(), number=3, slug="no-15")
    first = duplicate(edition, user=newsletter_manager_user)
    assert (first.number, first.slug) == (15, "no-15-1")
    assert newest_edition(edition.newsletter) == first
    assert duplicate(first, user=newsletter_manager_user).number == 16


def test_the_newest_is_the_highest_number_not_the_latest_translation(
    edition: EditionPage, homes_of_newsletter: dict[str, NewsletterPage]
) -> None:
    old = EditionPageFactory(parent=homes_of_newsletter["en"], number=13, slug="october")
    translation_of(old, parent=homes_of_newsletter["fr"], slug="octobre")
    assert newest_edition(edition.newsletter) == edition


def test_the_menu_leads_a_manager_to_a_copy(
    client: Client, edition: EditionPage, newsletter_manager_user: User
) -> None:
    client.force_login(newsletter_manager_user)
    address = reverse("editions:duplicate_last")
    assert "Duplicate “November”" in client.get(address).content.decode()
    assert newest_edition(edition.newsletter) == edition, "looking copies nothing"
    response = client.post(address, {"newsletter": edition.newsletter.pk})
    copy = newest_edition(edition.newsletter)
    assert copy is not None
    assert copy.number == 15
    assert response["Location"] == reverse("wagtailadmin_pages:edit", args=[copy.pk])


@pytest.mark.parametrize("key", ["", "x", "0", "9" * 30, "²"])
def test_a_newsletter_that_is_none_is_not_found(
    client: Client, edition: EditionPage, newsletter_manager_user: User, key: str
) -> None:
    client.force_login(newsletter_manager_user)
    assert client.post(reverse("editions:duplicate_last"), {"newsletter": key}).status_code == 404


def test_who_may_not_write_editions_can_neither_begin_nor_copy_one(
    client: Client, edition: EditionPage, press_officer_user: User
) -> None:
    press_officer_user.groups.clear()
    press_officer_user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(press_officer_user)
    assert "There is no newsletter" in client.get(reverse("editions:new")).content.decode()
    response = client.post(reverse("editions:duplicate_last"), {"newsletter": edition.newsletter.pk})
    assert response.status_code == 302
    assert response["Location"] == reverse("wagtailadmin_home")
    assert newest_edition(edition.newsletter) == edition


def test_one_newsletter_leads_straight_to_the_form_in_its_first_language(
    client: Client, homes_of_newsletter: dict[str, NewsletterPage], newsletter_manager_user: User
) -> None:
    client.force_login(newsletter_manager_user)
    response = client.get(reverse("editions:new"))
    home = homes_of_newsletter["en"]
    assert response["Location"] == reverse(
        "wagtailadmin_pages:add", args=["editions", "editionpage", home.pk]
    )


def test_several_newsletters_are_asked_for(
    client: Client, homes_of_newsletter: dict[str, NewsletterPage], newsletter_manager_user: User
) -> None:
    other = NewsletterPageFactory(slug="press-list", newsletter=NewsletterFactory(name="The Press List"))
    client.force_login(newsletter_manager_user)
    words = client.get(reverse("editions:new")).content.decode()
    for home in (homes_of_newsletter["en"], other):
        assert reverse("wagtailadmin_pages:add", args=["editions", "editionpage", home.pk]) in words
    assert words.count("/editions/editionpage/") == 2
