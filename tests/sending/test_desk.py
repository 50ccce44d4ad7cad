"""The pages a newsletter manager sends from, and the mailbox on this machine."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from newsletter.sending.mailbox.reading import letters
from newsletter.sending.models import Batch, Mailing
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


@pytest.fixture
def manager(client: Client, newsletter_manager_user: Any) -> Client:
    client.force_login(newsletter_manager_user)
    return client


def page_of(desk: Desk) -> str:
    return reverse("sending:check_and_send", args=[desk.edition.pk])


def test_counting_says_how_many_by_language_before_anything_is_sent(desk: Desk, manager: Client) -> None:
    desk.readers(3, language="es")
    desk.readers(2, language="fr")
    answer = manager.post(
        page_of(desk), {"action": "count", "segments": [desk.spanish.pk, desk.french.pk]}
    ).content.decode()
    assert "5 people would get this, each once." in answer
    assert "Spanish: 3" in answer
    assert "French: 2" in answer
    assert not Mailing.objects.exists()


def test_sending_leads_to_a_page_whose_numbers_sum(desk: Desk, manager: Client, worker: Worker) -> None:
    desk.readers(3, language="es")
    with desk.committed():
        answer = manager.post(page_of(desk), {"action": "send", "segments": [desk.spanish.pk]})
    mailing = Mailing.objects.get()
    assert answer["Location"] == reverse("sending:mailing", args=[mailing.pk])
    worker()
    text = manager.get(answer["Location"]).content.decode()
    assert "3 people" in text
    assert "3 accepted by the mail service" in text
    again = manager.post(
        page_of(desk), {"action": "send", "segments": [desk.spanish.pk]}, follow=True
    ).content.decode()
    assert "has had this edition already" in again
    assert Mailing.objects.count() == 1


def test_nothing_chosen_is_an_error_in_words(desk: Desk, manager: Client) -> None:
    answer = manager.post(page_of(desk), {"action": "send"}).content.decode()
    assert "Choose at least one segment" in answer
    assert not Mailing.objects.exists()


def test_an_edition_that_must_be_mended_has_no_send_button(desk: Desk, manager: Client) -> None:
    desk.edition.subject = ""
    desk.edition.save_revision()
    answer = manager.get(page_of(desk)).content.decode()
    assert "Must be mended" in answer
    assert 'value="send"' not in answer


def test_a_test_goes_to_one_address_in_every_language(desk: Desk, manager: Client) -> None:
    manager.post(page_of(desk), {"action": "test", "address": "me@weft.example"})
    assert len(letters(person="me@weft.example")) == 3
    assert not Mailing.objects.exists()


def test_a_malformed_test_address_is_named(desk: Desk, manager: Client) -> None:
    answer = manager.post(
        page_of(desk), {"action": "test", "address": "me@weft.example\r\nBcc: all@weft.example"}
    )
    assert "cannot be seen" in answer.content.decode()
    assert letters() == []


def test_pages_of_the_desk_are_for_newsletter_managers(desk: Desk, client: Client, author_user: Any) -> None:
    assert client.get(page_of(desk)).status_code == 302
    client.force_login(author_user)
    addresses = [page_of(desk), reverse("sending:mailings"), reverse("sending:mailbox")]
    assert {client.get(address).status_code for address in addresses} <= {302, 403}


def test_a_batch_in_doubt_is_decided_by_a_person(desk: Desk, manager: Client, worker: Worker) -> None:
    desk.readers(2)
    mailing = desk.launch()
    worker()
    Batch.objects.update(state=Batch.State.PARKED, fault="The reply was lost.")
    shown = manager.get(reverse("sending:mailing", args=[mailing.pk])).content.decode()
    assert "2 people may or may not have received this." in shown
    manager.post(reverse("sending:decide_batch", args=[Batch.objects.get().pk]), {"action": "count_as_sent"})
    assert Batch.objects.get().state == Batch.State.ACCEPTED


def test_the_mailbox_reads_like_webmail(desk: Desk, manager: Client, worker: Worker) -> None:
    desk.readers(2, language="es")
    desk.readers(1)
    desk.launch()
    worker()
    listed = manager.get(reverse("sending:mailbox"), {"language": "es"}).content.decode()
    assert "es-person-0@readers.example" in listed
    assert "en-person-0@readers.example" not in listed
    (letter,) = letters(person="es-person-0")
    assert (
        "Hola gente" in manager.get(reverse("sending:letter_tab", args=[letter.key, "text"])).content.decode()
    )
    assert (
        "List-Unsubscribe"
        in manager.get(reverse("sending:letter_tab", args=[letter.key, "headers"])).content.decode()
    )
    body = manager.get(reverse("sending:letter_body", args=[letter.key]))
    assert "sandbox" in body["Content-Security-Policy"]
    assert "Hola gente" in body.content.decode()


@pytest.mark.parametrize("key", ["..", "1.1_1.x%2f..%2f..", "%2e%2e%2fnewsroom.sqlite3", "1.1_1.missing"])
def test_the_mailbox_opens_nothing_but_letters(desk: Desk, manager: Client, key: str) -> None:
    assert manager.get(f"/admin/sending/mailbox/{key}/body/").status_code == 404
