"""Two people on one edition: neither writes over the other without knowing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Revision

from newsletter.editions.models import EditionPage, NewsletterPage
from newsroom.models import User
from tests.editions.factories import EditionPageFactory, heading
from tests.editions.filled_form import form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(homes_of_newsletter: dict[str, NewsletterPage]) -> EditionPage:
    return EditionPageFactory(parent=homes_of_newsletter["en"], body=[heading("From the assemblies")])


def test_an_editor_who_saves_by_itself_never_writes_over_somebody_elses_newer_words(
    editor: Client, edition: EditionPage
) -> None:
    """Two people on one edition: what the second loaded is older than what the first saved since."""
    loaded = edition.latest_revision
    edition.subject = "What the first person wrote"
    edition.save_revision()
    answer = editor.post(
        reverse("wagtailadmin_pages:edit", args=[edition.pk]),
        {
            **form_of(edition),
            "subject": "What the second person wrote",
            "loaded_revision_id": loaded.pk,
            "loaded_revision_created_at": loaded.created_at.isoformat(),
        },
        HTTP_ACCEPT="application/json",
    )
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "invalid_revision"
    latest = EditionPage.objects.get(pk=edition.pk).get_latest_revision_as_object()
    assert latest.subject == "What the first person wrote"


def test_whoever_presses_save_second_is_told_loses_nothing_and_may_save_again(
    editor: Client, edition: EditionPage
) -> None:
    loaded = edition.latest_revision
    edition.subject = "What the first person wrote"
    newer = edition.save_revision()
    url = reverse("wagtailadmin_pages:edit", args=[edition.pk])

    def saved_from(revision: Revision) -> Any:
        form = {**form_of(edition), "subject": "What the second person wrote"}
        return editor.post(
            url,
            {
                **form,
                "loaded_revision_id": revision.pk,
                "loaded_revision_created_at": revision.created_at.isoformat(),
            },
        )

    def subject() -> str:
        return EditionPage.objects.get(pk=edition.pk).get_latest_revision_as_object().subject

    page = saved_from(loaded).content.decode()
    assert "Somebody else has saved this edition since you opened it." in page
    assert "What the second person wrote" in page
    assert f'name="loaded_revision_id" value="{newer.pk}"' in page
    assert subject() == "What the first person wrote"
    assert saved_from(newer).status_code == 302
    assert subject() == "What the second person wrote"


def test_what_ones_own_editor_saved_by_itself_meanwhile_does_not_stand_in_the_way(
    editor: Client, edition: EditionPage, administrator: User
) -> None:
    loaded = edition.latest_revision
    edition.subject = "Half a"
    edition.save_revision(user=administrator)
    answer = editor.post(
        reverse("wagtailadmin_pages:edit", args=[edition.pk]),
        {
            **form_of(edition),
            "subject": "Half a thought, ended",
            "loaded_revision_id": loaded.pk,
            "loaded_revision_created_at": loaded.created_at.isoformat(),
        },
    )
    assert answer.status_code == 302
    latest = EditionPage.objects.get(pk=edition.pk).get_latest_revision_as_object()
    assert latest.subject == "Half a thought, ended"
