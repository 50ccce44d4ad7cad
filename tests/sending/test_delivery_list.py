"""Who got what, and why not: on the screen and as a file."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from wagtail.models import PageLogEntry
from wagtail.users.models import UserProfile

from newsletter.audience.transfer.cells import harmless
from newsletter.sending.delivery_list import as_csv, deliveries, what_became, why
from newsletter.sending.launching import cancel
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.preparing import prepare
from newsletter.sending.submitting import work
from tests.audience.factories import SuppressionFactory
from tests.sending.backends import Mailgun
from tests.sending.conftest import Desk, report, small_batches

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


@pytest.fixture
def mixed(desk: Desk, mailgun: Mailgun, monkeypatch: pytest.MonkeyPatch) -> Mailing:
    """Calls of one person each, in every state a call can come to."""
    small_batches(monkeypatch, 1)
    for name in ("accepted", "delivered", "full", "turned-down", "doubtful", "busy", "waiting"):
        desk.reader(f"{name}@readers.example")
    desk.reader("listed@readers.example")
    SuppressionFactory(address="listed@readers.example")
    mailing = desk.launch()
    prepare(mailing.pk)
    batch = {
        delivery.address.partition("@")[0]: mailing.batches.get(first_delivery=delivery.pk)
        for delivery in mailing.deliveries.filter(outcome="")
    }
    mailgun.answers = [200, 200, 200, 400, 500, 429]
    for name in ("accepted", "delivered", "full", "turned-down", "doubtful", "busy"):
        work(batch[name].pk)
    report(mailing.deliveries.get(address="delivered@readers.example"), "delivered")
    report(
        mailing.deliveries.get(address="full@readers.example"),
        "bounced",
        reject_reason="other",
        description="452 mailbox full",
    )
    mailing.refresh_from_db()
    return mailing


def in_words(mailing: Mailing, **filters: Any) -> dict[str, tuple[str, str]]:
    return {
        row.address.partition("@")[0]: (what_became(row), why(row)) for row in deliveries(mailing, **filters)
    }


def test_what_became_of_each_is_said_in_words_with_the_reason(mixed: Mailing) -> None:
    words = in_words(mixed)
    assert words["accepted"] == ("accepted by the mail service", "")
    assert words["delivered"] == ("delivered", "")
    assert words["full"] == ("bounced", "452 mailbox full")
    assert words["listed"] == ("left out", "on the do-not-mail list")
    assert words["waiting"] == ("waiting", "")
    became, because = words["turned-down"]
    assert became == "rejected"
    assert "400" in because
    assert "@" not in because, "a call's words may name other people"
    became, because = words["doubtful"]
    assert became == "unsure whether it arrived"
    assert "500" in because
    became, because = words["busy"]
    assert became == "waiting"
    assert "429" in because
    assert len(words) == mixed.audience == 8


def test_each_filter_shows_whom_it_names(mixed: Mailing) -> None:
    assert set(in_words(mixed, chosen="problems")) == {"full", "turned-down"}
    assert set(in_words(mixed, chosen="left_out")) == {"listed"}
    assert set(in_words(mixed, chosen="in_doubt")) == {"doubtful"}
    assert set(in_words(mixed, address="turned")) == {"turned-down"}
    assert set(in_words(mixed, address="READERS.example", chosen="problems")) == {"full", "turned-down"}
    doubtful = mixed.batches.get(state=Batch.State.UNKNOWN)
    assert set(in_words(mixed, batch=doubtful.pk)) == {"doubtful"}
    assert in_words(mixed, batch=0) == {}


def test_those_a_cancelled_sending_did_not_reach_are_left_out(mixed: Mailing) -> None:
    Mailing.objects.update(state=Mailing.State.SENDING)
    assert cancel(mixed)
    left_out = in_words(mixed, chosen="left_out")
    assert set(left_out) == {"listed", "waiting", "busy"}
    assert left_out["waiting"] == ("left out", "the sending was cancelled")


def test_a_batch_in_another_mailing_shows_nobody(mixed: Mailing, desk: Desk) -> None:
    other = Mailing.objects.create(
        edition_id=mixed.edition_id, newsletter_id=mixed.newsletter_id, audience=0, state="sent"
    )
    assert in_words(other, batch=mixed.batches.first().pk) == {}


@pytest.mark.parametrize("every", [1, 2])
def test_many_batches_in_doubt_can_be_shown(desk: Desk, worker: Worker, every: int) -> None:
    """Side by side, or one here and one there: SQLite takes no expression a thousand terms deep."""
    desk.readers(1)
    mailing = desk.launch()
    worker()
    version = mailing.variants.get()
    first = Delivery.objects.get().pk + 1
    Delivery.objects.bulk_create(
        Delivery(mailing=mailing, variant=version, address=f"{number}@readers.example")
        for number in range(2200)
    )
    Batch.objects.bulk_create(
        Batch(
            mailing=mailing,
            variant=version,
            first_delivery=first + number,
            last_delivery=first + number,
            size=1,
            state=Batch.State.ACCEPTED if number % every else Batch.State.PARKED,
        )
        for number in range(2200)
    )
    assert deliveries(mailing, chosen="in_doubt").count() == 2200 // every


@pytest.fixture
def manager(client: Client, newsletter_manager_user: Any) -> Client:
    client.force_login(newsletter_manager_user)
    return client


def address_of(mailing: Mailing) -> str:
    return reverse("sending:deliveries", args=[mailing.pk])


def test_the_page_shows_searches_and_keeps_what_was_asked_from_page_to_page(
    mixed: Mailing, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = manager.get(address_of(mixed)).content.decode()
    assert "doubtful@readers.example" in page
    assert "on the do-not-mail list" in page
    found = manager.get(address_of(mixed), {"q": " full@ "}).content.decode()
    assert "full@readers.example" in found
    assert "doubtful@readers.example" not in found
    assert "Nobody." in manager.get(address_of(mixed), {"q": "nosuch"}).content.decode()
    monkeypatch.setattr("newsletter.sending.report_views.ROWS", 3)
    page = manager.get(address_of(mixed), {"p": "2", "q": "@readers"}).content.decode()
    assert "Page 2 of 3" in page
    assert "?show=&amp;q=%40readers&amp;p=3" in page


def test_the_next_page_of_one_call_in_doubt_is_still_of_that_call(
    desk: Desk, manager: Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.readers(4)
    desk.readers(2, language="es")
    mailing = desk.launch()
    worker()
    batch = mailing.batches.order_by("-size").first()
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.PARKED)
    monkeypatch.setattr("newsletter.sending.report_views.ROWS", 3)
    page = manager.get(address_of(mailing), {"batch": batch.pk}).content.decode()
    assert "Page 1 of 2" in page
    assert f"p=2&amp;batch={batch.pk}" in page
    assert f'name="batch" value="{batch.pk}"' in page
    assert "es-person" not in page
    shown = manager.get(reverse("sending:mailing", args=[mailing.pk])).content.decode()
    assert f"{address_of(mailing)}?batch={batch.pk}" in shown


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "a\x00b"},
        {"show": "nonsense"},
        {"batch": "x"},
        {"batch": "9" * 30},
        {"p": "-1"},
        {"p": "many"},
        {"q": "%_'\""},
        {"format": "nonsense"},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(mixed: Mailing, manager: Client, asked: Any) -> None:
    assert manager.get(address_of(mixed), asked).status_code == 200


def rows_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_file_holds_everybody_with_words_and_the_log_says_who_took_it(
    mixed: Mailing, manager: Client, newsletter_manager_user: Any
) -> None:
    answer = manager.get(address_of(mixed), {"format": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="sending-{mixed.pk}.csv"' in answer["Content-Disposition"]
    head, *rows = rows_of(answer)
    assert head == ["address", "language", "what became of it", "why"]
    assert len(rows) == 8
    assert ["accepted@readers.example", "en", "accepted by the mail service", ""] in rows
    entry = PageLogEntry.objects.get(action="sending.export")
    assert entry.data == {"mailing": mixed.pk}
    assert entry.user == newsletter_manager_user


def test_the_file_holds_what_the_page_shows(mixed: Mailing, manager: Client) -> None:
    answer = manager.get(address_of(mixed), {"format": "csv", "show": "problems", "q": "full"})
    assert [row[0] for row in rows_of(answer)[1:]] == ["full@readers.example"]


def test_the_file_is_in_the_language_of_who_asks(
    mixed: Mailing, manager: Client, newsletter_manager_user: Any
) -> None:
    UserProfile.objects.update_or_create(user=newsletter_manager_user, defaults={"preferred_language": "fr"})
    with translation.override("fr"):
        accepted = what_became(deliveries(mixed, address="accepted@").get())
    assert accepted != "accepted by the mail service"
    answer = manager.get(address_of(mixed), {"format": "csv"})
    translation.activate("en")
    assert accepted in {row[2] for row in rows_of(answer)}
    assert translation.get_language() == "en"


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(mixed: Mailing, cell: str) -> None:
    Delivery.objects.filter(address="full@readers.example").update(reason=cell)
    lines = "".join(as_csv(deliveries(mixed, address="full@")))
    _head, row = csv.reader(io.StringIO(lines, newline=""))
    assert row[3] == f"'{cell}"
    assert harmless("a=b") == "a=b"


def test_the_file_is_written_a_few_rows_at_a_time(mixed: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first lines are out before the last rows are read, and the number of queries does not grow."""
    rows = deliveries(mixed)
    sizes: list[int] = []
    original = type(rows).iterator

    def counted(queryset: Any, chunk_size: int | None = None) -> Iterator[Any]:
        sizes.append(chunk_size or 0)
        return original(queryset, chunk_size=chunk_size)

    monkeypatch.setattr(type(rows), "iterator", counted)
    with CaptureQueriesContext(connection) as queries:
        assert len(list(as_csv(rows))) == 9
    assert len(queries) <= 1
    assert sizes == [2000]


def test_the_page_asks_no_more_of_the_database_for_more_people(
    desk: Desk, manager: Client, worker: Worker
) -> None:
    def queries_for(mailing: Mailing) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(address_of(mailing)).status_code == 200
        return len(queries)

    desk.readers(2, language="es")
    first = desk.launch(segments=[desk.spanish])
    worker()
    queries_for(first)
    few = queries_for(first)
    desk.readers(60)
    second = desk.launch()
    worker()
    assert queries_for(second) == few


def test_the_list_is_for_newsletter_managers(
    mixed: Mailing, client: Client, author_user: Any, editor_user: Any
) -> None:
    assert client.get(address_of(mixed)).status_code == 302
    for user in (author_user, editor_user):
        client.force_login(user)
        assert client.get(address_of(mixed)).status_code in {302, 403}
        assert client.get(address_of(mixed), {"format": "csv"}).status_code in {302, 403}
    assert not PageLogEntry.objects.filter(action="sending.export").exists()
