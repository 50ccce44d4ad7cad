"""What an editor sees while writing, and the buttons around it."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from newsletter.editions.models import EditionPage, NewsletterPage
from newsroom.models import User
from tests.audience.factories import SegmentFactory
from tests.editions.factories import EditionPageFactory, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(homes_of_newsletter: dict[str, NewsletterPage]) -> EditionPage:
    return EditionPageFactory(
        parent=homes_of_newsletter["en"],
        number=14,
        body=[
            text("<p>Dear {{name|friend}}</p>"),
            text("<p>Only for them</p>", show_only_to=SegmentFactory(name="The board")),
        ],
    )


@pytest.fixture
def editor(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def preview(client: Client, edition: EditionPage, mode: str) -> str:
    response = client.get(reverse("wagtailadmin_pages:view_draft", args=[edition.pk]), {"mode": mode})
    assert response.status_code == 200
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["Content-Type"].startswith("text/html")
    return response.content.decode()


@pytest.mark.parametrize("mode", ["html", "text"])
def test_a_preview_greets_a_sample_reader_and_labels_aimed_blocks(
    editor: Client, edition: EditionPage, mode: str
) -> None:
    words = preview(editor, edition, mode)
    assert "Dear Alex" in words
    assert "Only for them" in words
    assert "Show only to" in words
    assert "The board" in words
    assert "\ue000" not in words


def test_the_web_preview_shows_what_everybody_will_read(editor: Client, edition: EditionPage) -> None:
    words = preview(editor, edition, "web")
    assert "Dear friend" in words
    assert "Only for them" not in words


def test_a_page_that_is_not_saved_yet_can_be_previewed(editor: Client, edition: EditionPage) -> None:
    home = edition.get_parent()
    address = reverse("wagtailadmin_pages:preview_on_add", args=["editions", "editionpage", home.pk])
    form = {
        "title": "December",
        "slug": "december",
        "number": "15",
        "subject": "A cold month",
        "preheader": "",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "heading",
        "body-0-id": "",
        "body-0-value-text": "Ice on the weir",
        "body-0-value-show_only_to": "",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "",
    }
    answer = json.loads(editor.post(address, form).content)
    assert answer["is_valid"], answer
    for mode in ("html", "text", "web"):
        response = editor.get(address, {"mode": mode})
        assert response.status_code == 200
        assert "Ice on the weir" in response.content.decode()


def test_nobody_previews_without_being_logged_in(edition: EditionPage) -> None:
    assert edition.make_preview_request(None, "html").status_code == 403


def test_there_is_no_publish_button_and_no_schedule(editor: Client, edition: EditionPage) -> None:
    for address in (
        reverse("wagtailadmin_pages:edit", args=[edition.pk]),
        reverse("wagtailadmin_pages:add", args=["editions", "editionpage", edition.get_parent().pk]),
    ):
        words = editor.get(address).content.decode()
        assert 'name="action-publish"' not in words
        assert 'name="go_live_at"' not in words
    home = editor.get(reverse("wagtailadmin_pages:edit", args=[edition.get_parent().pk])).content.decode()
    assert 'name="action-publish"' in home


def test_a_new_edition_gets_the_next_number(editor: Client, edition: EditionPage) -> None:
    address = reverse("wagtailadmin_pages:add", args=["editions", "editionpage", edition.get_parent().pk])
    assert 'name="number" value="15"' in editor.get(address).content.decode()


def test_the_form_names_a_deleted_segment_instead_of_forgetting_it(
    editor: Client, edition: EditionPage
) -> None:
    segment = edition.body[1].value["show_only_to"]
    key = segment.pk
    segment.delete()
    words = editor.get(reverse("wagtailadmin_pages:edit", args=[edition.pk])).content.decode()
    assert "a segment that was deleted" in words
    chooser = EditionPage.body.field.stream_block.child_blocks["text"].child_blocks["show_only_to"]
    kept = chooser.value_from_form(str(key))
    assert kept is not None
    assert kept.pk == key
    with pytest.raises(Exception, match="was deleted"):
        chooser.clean(kept)
