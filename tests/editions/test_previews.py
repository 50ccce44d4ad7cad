"""What an editor sees while writing, and the buttons around it."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import PageLogEntry

from newsletter.audience.models import Segment, Subscriber, Subscription
from newsletter.editions.models import EditionPage, NewsletterPage
from newsroom.models import User
from tests.audience.factories import SegmentFactory, SubscriberFactory, SubscriptionFactory, kind_rule
from tests.editions.factories import EditionPageFactory, heading, text, translation_of
from tests.editions.filled_form import form_of

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


def as_one_person(client: Client, edition: EditionPage, *, address: str, mode: str = "person") -> str:
    """The preview of the saved edition with somebody's address in the form."""
    url = reverse("wagtailadmin_pages:preview_on_edit", args=[edition.pk])
    answer = client.post(url, {**form_of(edition), "preview_as": address}).json()
    assert answer["is_valid"], answer
    response = client.get(url, {"mode": mode})
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def aimed(homes_of_newsletter: dict[str, NewsletterPage]) -> EditionPage:
    """Headings only: one for everybody, one for organisations, one for people."""
    kinds = {
        kind: SegmentFactory(name=kind.title(), slug=kind, rules=[kind_rule(kind)])
        for kind in ("organisation", "person")
    }
    return EditionPageFactory(
        parent=homes_of_newsletter["en"],
        body=[
            heading("Dear {{name|friend}}"),
            heading("For organisations", show_only_to=kinds["organisation"]),
            heading("For people", show_only_to=kinds["person"]),
        ],
    )


def subscribed(edition: EditionPage, address: str, **fields: str) -> Subscriber:
    reader = SubscriberFactory(email=address, **fields)
    SubscriptionFactory(subscriber=reader, newsletter=edition.newsletter)
    return reader


def test_a_segment_sees_its_blocks_and_no_others(editor: Client, aimed: EditionPage) -> None:
    segment = Segment.objects.get(slug="organisation")
    modes = dict(aimed.preview_modes)
    assert f"segment:{segment.pk}" in modes
    assert "Organisation" in str(modes[f"segment:{segment.pk}"])
    words = preview(editor, aimed, f"segment:{segment.pk}")
    assert "For organisations" in words
    assert "For people" not in words
    assert "Show only to" not in words
    words = preview(editor, aimed, "others")
    assert "Dear Alex" in words
    assert "For organisations" not in words
    assert "For people" not in words


@pytest.mark.parametrize(
    "mode", ["segment:", "segment:x", "segment:1 or 1", "segment:" + "9" * 40, "nothing"]
)
def test_a_made_up_preview_is_not_found(editor: Client, aimed: EditionPage, mode: str) -> None:
    address = reverse("wagtailadmin_pages:view_draft", args=[aimed.pk])
    assert editor.get(address, {"mode": mode}).status_code == 404


@pytest.mark.parametrize("mode", ["person", "person_text"])
def test_one_person_sees_their_own_version_with_harmless_links(
    editor: Client, aimed: EditionPage, mode: str
) -> None:
    subscribed(aimed, "mill@readers.example", name="The Mill", language="en", kind="organisation")
    words = as_one_person(editor, aimed, address="Mill@readers.example", mode=mode)
    assert "Dear The Mill" in words
    assert "For organisations" in words
    assert "For people" not in words
    assert "/unsubscribe/" not in words
    assert "/preferences/" not in words
    assert "\ue000" not in words


def test_one_person_sees_the_translation_in_their_language(
    editor: Client, aimed: EditionPage, homes_of_newsletter: dict[str, NewsletterPage]
) -> None:
    translation_of(aimed, parent=homes_of_newsletter["es"], slug="es", body=[heading("Hola {{name|gente}}")])
    subscribed(aimed, "berta@readers.example", name="", language="es", kind="person")
    words = as_one_person(editor, aimed, address="berta@readers.example")
    assert "Hola gente" in words
    assert "Dear" not in words


def test_who_reads_another_language_is_told_so_as_the_sending_would(
    editor: Client, aimed: EditionPage
) -> None:
    subscribed(aimed, "chloe@readers.example", name="Chloé", language="fr", kind="person")
    words = as_one_person(editor, aimed, address="chloe@readers.example")
    assert "Dear Chloé" in words
    assert "This edition is not available in every language" in words


def test_a_persons_preview_shows_what_is_in_the_form_not_what_was_saved(
    editor: Client, aimed: EditionPage
) -> None:
    subscribed(aimed, "ana@readers.example", name="Ana", language="en", kind="person")
    url = reverse("wagtailadmin_pages:preview_on_edit", args=[aimed.pk])
    form = {**form_of(aimed), "preview_as": "ana@readers.example", "body-0-value-text": "Not saved, {{name}}"}
    assert editor.post(url, form).json()["is_valid"]
    assert "Not saved, Ana" in editor.get(url, {"mode": "person"}).content.decode()
    assert EditionPage.objects.get(pk=aimed.pk).get_latest_revision_as_object().preview_as == ""


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Enter somebody&#x27;s address"),
        ("nobody@readers.example", "Nobody with this address is subscribed"),
        ("not an address", "address"),
    ],
)
def test_nobody_in_particular_is_explained(
    editor: Client, aimed: EditionPage, address: str, words: str
) -> None:
    assert words in as_one_person(editor, aimed, address=address)
    assert not PageLogEntry.objects.filter(action="editions.preview_as").exists()


def test_somebody_who_has_not_confirmed_is_nobody(editor: Client, aimed: EditionPage) -> None:
    reader = SubscriberFactory(email="new@readers.example")
    SubscriptionFactory(
        subscriber=reader, newsletter=aimed.newsletter, status=Subscription.Status.PENDING, confirmed_at=None
    )
    assert "Nobody with this address" in as_one_person(editor, aimed, address="new@readers.example")


def test_looking_as_somebody_is_logged_once_and_without_the_address(
    editor: Client, aimed: EditionPage, administrator: User
) -> None:
    reader = subscribed(aimed, "ana@readers.example", name="Ana", language="en", kind="person")
    for _look in range(3):
        as_one_person(editor, aimed, address="ana@readers.example")
    entry = PageLogEntry.objects.get(action="editions.preview_as")
    assert entry.user == administrator
    assert entry.page_id == aimed.pk
    assert entry.data == {"subscriber": reader.pk}
    assert "ana@" not in f"{entry.label} {entry.data}"


def test_only_who_may_see_subscribers_sees_an_edition_as_one_of_them(
    client: Client, aimed: EditionPage, newsletter_manager_user: User
) -> None:
    subscribed(aimed, "ana@readers.example", name="Ana", language="en", kind="person")
    client.force_login(newsletter_manager_user)
    assert "Dear Ana" in as_one_person(client, aimed, address="ana@readers.example")
    group = newsletter_manager_user.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_subscriber"))
    url = reverse("wagtailadmin_pages:preview_on_edit", args=[aimed.pk])
    response = client.get(url, {"mode": "person"})
    assert response.status_code == 403
    assert "Ana" not in response.content.decode()
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[aimed.pk])).content.decode()
    assert "preview_as" not in edit


def test_wide_and_phone_are_sizes_of_the_preview(editor: Client, edition: EditionPage) -> None:
    words = editor.get(reverse("wagtailadmin_pages:edit", args=[edition.pk])).content.decode()
    assert 'aria-label="Wide"' in words
    assert 'aria-label="As on a phone"' in words
