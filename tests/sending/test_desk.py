"""The pages a newsletter manager sends from, and the mailbox on this machine."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry

from newsletter.sending.mailbox.reading import letters
from newsletter.sending.models import Batch, Mailing
from tests.audience.factories import SuppressionFactory
from tests.sending.conftest import Desk, small_batches

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
        answer = manager.post(
            page_of(desk), {"action": "send", "segments": [desk.spanish.pk], "counted": 3, "seen": "on"}
        )
    mailing = Mailing.objects.get()
    assert answer["Location"] == reverse("sending:mailing", args=[mailing.pk])
    worker()
    text = manager.get(answer["Location"]).content.decode()
    assert "3 people" in text
    assert "3 accepted by the mail service" in text
    again = manager.post(
        page_of(desk), {"action": "send", "segments": [desk.spanish.pk], "counted": 3, "seen": "on"}
    ).content.decode()
    assert "Nobody would get this." in again
    assert "Left out, because has had this edition: 3" in again
    assert Mailing.objects.count() == 1


def test_nothing_goes_before_its_people_were_counted_as_they_are_now(desk: Desk, manager: Client) -> None:
    desk.readers(3, language="es")
    choice = {"action": "send", "segments": [desk.spanish.pk], "seen": "on"}
    for counted in ("", "2"):
        shown = manager.post(page_of(desk), {**choice, "counted": counted}).content.decode()
        assert "3 people, now" in shown
        assert 'name="counted" value="3"' in shown
    assert not Mailing.objects.exists()


def test_a_choice_outlives_a_test(desk: Desk, manager: Client) -> None:
    shown = manager.post(
        page_of(desk), {"action": "test", "address": "me@weft.example", "segments": [desk.spanish.pk]}
    ).content.decode()
    box = next(
        line
        for line in shown.split("<input")
        if f'value="{desk.spanish.pk}"' in line and 'name="segments"' in line
    )
    assert "checked" in box
    assert "me@weft.example" in shown


def test_who_is_in_which_segment_and_who_is_left_out_is_shown(desk: Desk, manager: Client) -> None:
    desk.readers(2, language="es")
    desk.readers(1, language="es", kind="organisation")
    SuppressionFactory(address="es-person-0@readers.example")
    shown = manager.post(
        page_of(desk), {"action": "count", "segments": [desk.spanish.pk, desk.organisations.pk]}
    ).content.decode()
    assert "2 people would get this" in shown
    assert f"In “{desk.spanish.name}”: 2" in " ".join(shown.split())
    assert f"In “{desk.organisations.name}”: 1" in " ".join(shown.split())
    left_out = shown.split("Some of those left out")[1]
    assert "es-person-0@readers.example" in left_out
    assert "on the do-not-mail list" in left_out


def test_warnings_are_looked_at_before_it_goes_and_noted(desk: Desk, manager: Client) -> None:
    desk.readers(1)
    desk.edition.preheader = ""
    desk.edition.save_revision()
    choice = {"action": "send", "everyone": "on", "counted": 1}
    shown = manager.post(page_of(desk), choice).content.decode()
    assert "Look at the warnings above, and say so here." in shown
    assert not Mailing.objects.exists()
    with desk.committed():
        manager.post(page_of(desk), {**choice, "seen": "on"})
    assert Mailing.objects.get()
    logged = PageLogEntry.objects.get(action="sending.launch")
    assert "preheader" in " ".join(logged.data["warnings"])


def test_a_time_is_the_newsletters_own(desk: Desk, manager: Client) -> None:
    desk.readers(1)
    desk.newsletter.time_zone = "America/Bogota"
    desk.newsletter.save()
    year = timezone.now().year + 1
    choice = {"everyone": "on", "at": f"{year}-01-01 09:00", "seen": "on"}
    shown = manager.post(page_of(desk), {"action": "count", **choice}).content.decode()
    assert "Time of America/Bogota." in shown
    assert f"1 person, Jan. 1, {year}, 9 a.m.; you can cancel until then." in " ".join(shown.split())
    with desk.committed():
        answer = manager.post(page_of(desk), {"action": "send", "counted": 1, **choice})
    mailing = Mailing.objects.get()
    assert mailing.scheduled_for == datetime(year, 1, 1, 14, tzinfo=UTC)
    assert "9 a.m." in manager.get(answer["Location"]).content.decode()


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


def test_many_batches_in_doubt_are_decided_by_one_press(
    desk: Desk, manager: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_batches(monkeypatch, 1)
    monkeypatch.setattr("newsletter.sending.views.DOUBTS_SHOWN", 2)
    desk.readers(5)
    mailing = desk.launch()
    worker()
    Batch.objects.update(state=Batch.State.PARKED, fault="The reply was lost.")
    shown = manager.get(reverse("sending:mailing", args=[mailing.pk])).content.decode()
    assert shown.count("1 person may or may not have received this.") == 2
    assert "And 3 more like these." in shown
    manager.post(reverse("sending:decide_all", args=[mailing.pk]), {"action": "count_as_sent"})
    assert set(Batch.objects.values_list("state", flat=True)) == {Batch.State.ACCEPTED}
    logged = PageLogEntry.objects.get(action="sending.count_as_sent")
    assert logged.data == {"mailing": mailing.pk, "people": 5}


def test_the_list_of_sendings_asks_the_database_as_often_for_many(
    desk: Desk, manager: Client, worker: Worker, django_assert_num_queries: Any
) -> None:
    desk.readers(1)
    mailing = desk.launch()
    worker()
    mailing.refresh_from_db()
    manager.get(reverse("sending:mailings"))
    with CaptureQueriesContext(connection) as one:
        manager.get(reverse("sending:mailings"))
    for _more in range(9):
        mailing.pk, mailing.key = None, uuid.uuid4()
        mailing.save()
    with django_assert_num_queries(len(one)):
        manager.get(reverse("sending:mailings"))


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
