"""What is exported and imported again is the same list."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.audience.models import (
    Subscriber,
    SubscriberImport,
    Subscription,
    SubscriptionEvent,
    Suppression,
    TopicChoice,
)
from newsletter.audience.subscriptions import suppress
from newsletter.audience.transfer import steering
from newsletter.audience.transfer.exporting import as_csv
from newsletter.audience.transfer.running import run
from tests.audience.factories import (
    NewsletterFactory,
    SegmentFactory,
    SubscriberFactory,
    SubscriptionFactory,
    TopicChoiceFactory,
    kind_rule,
)
from tests.audience.transfer.conftest import checked, counts, imported
from tests.stories.factories import PlaceFactory, TopicFactory

pytestmark = pytest.mark.django_db


def whole_list():
    return {
        "people": list(
            Subscriber.objects.order_by("email").values(
                "email", "address_hash", "name", "language", "place_key", "kind", "relation", "tags", "attributes",
                "paused_until", "created_at",
            )
        ),
        "subscriptions": list(
            Subscription.objects.order_by("subscriber__email", "newsletter").values(
                "subscriber__email", "newsletter", "status", "rhythm", "requested_at", "confirmed_at", "unsubscribed_at"
            )
        ),
        "topics": list(
            TopicChoice.objects.order_by("subscriber__email", "topic_key").values("subscriber__email", "topic_key")
        ),
        "suppressions": list(
            Suppression.objects.order_by("address_hash", "newsletter", "reason").values("address_hash", "newsletter", "reason")
        ),
    }  # fmt: skip


@pytest.fixture
def full_list(monthly, locales):
    weekly = NewsletterFactory(slug="week-ly")
    roofs, bread = TopicFactory(slug="roofs"), TopicFactory(slug="bread")
    gone = TopicFactory(slug="gone")
    ana = SubscriberFactory(
        email="ana@bücher.org", name="=HYPERLINK(\"x\")", language="es", kind="organisation", relation="board",
        tags=["a, b", 'say "hi"', "-1", "'=x"], attributes={"n": 3, "deep": {"a": [1, None, "ñ"]}, "=f": "+1"},
        place_key=PlaceFactory(slug="halse").translation_key, paused_until=timezone.localdate(),
    )  # fmt: skip
    for topic in (roofs, bread, gone):
        TopicChoiceFactory(subscriber=ana, topic_key=topic.translation_key)
    gone.delete()
    SubscriptionFactory(subscriber=ana, newsletter=monthly, rhythm="monthly")
    SubscriptionFactory(subscriber=ana, newsletter=weekly, unsubscribed=True)
    SubscriptionFactory(subscriber__email="bert@readers.org", newsletter=monthly, pending=True)
    SubscriptionFactory(subscriber__email="-minus@readers.org", newsletter=weekly)
    SubscriberFactory(email="nothing@readers.org", name="'-'")
    listed = SubscriptionFactory(subscriber__email="listed@readers.org", newsletter=monthly).subscriber
    suppress(address_hash=listed.address_hash, reason="complaint")
    suppress(address_hash=ana.address_hash, reason="staff", newsletter=monthly)
    suppress(address_hash=listed.address_hash, reason="hard_bounce", newsletter=weekly)
    return whole_list()


def emptied():
    Subscription.objects.all().delete()
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()


def exported():
    return "".join(as_csv(Subscriber.objects.all()))


def test_export_into_an_empty_database_is_the_same_list(full_list):
    content = exported()
    emptied()
    record = imported(content.encode(), None, name="subscribers.csv")
    assert record.file_kind == "newsroom"
    assert whole_list() == full_list


def test_export_over_the_same_list_changes_nothing(full_list):
    record = imported(exported().encode(), None)
    assert whole_list() == full_list
    assert set(counts(record, "done")) <= {"unchanged", "opted_out", "do_not_mail"}


def test_a_do_not_mail_entry_for_one_newsletter_is_written_once_and_undone(monthly):
    ana = SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org").subscriber
    suppress(address_hash=ana.address_hash, reason="staff", newsletter=monthly)
    content = exported().encode()
    Suppression.objects.all().delete()
    record = imported(content, None)
    assert counts(record, "done") == {"changed": 1}
    assert Suppression.objects.get().newsletter == monthly
    evidence = SubscriptionEvent.objects.get(origin=record.origin)
    assert (evidence.kind, evidence.newsletter_id, evidence.text) == ("suppressed", monthly.pk, "staff")
    steering.undo(record)
    run(record.pk)
    assert not Suppression.objects.exists()


def test_a_reason_for_one_newsletter_that_is_none_is_refused_with_its_column(monthly):
    SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org")
    record = checked(exported().replace("\r\n", "x\r\n").replace("mailx", "mail", 1).encode(), None)
    assert "monthly: do-not-mail" in record.report["check"]["lines"]["invalid"][0][3]


def test_no_cell_is_a_formula_for_a_spreadsheet(full_list):
    for row in csv.reader(exported().removeprefix("\ufeff").splitlines()):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_newsletters_that_do_not_exist_here_are_named(full_list, monthly):
    content = exported().replace("week-ly: ", "weekly: ")
    record = checked(content.encode(), None)
    assert record.state == "failed"
    assert "weekly" in record.fault


def test_export_asks_as_much_for_many_as_for_few(monthly):
    SubscriptionFactory(newsletter=monthly)
    with CaptureQueriesContext(
        connection,
    ) as few:
        exported()
    for _number in range(20):
        SubscriptionFactory(newsletter=monthly)
    with CaptureQueriesContext(connection) as many:
        exported()
    assert len(many) == len(few)


# --- Commands ---------------------------------------------------------------------------------------
def test_the_commands_go_both_ways(full_list, tmp_path, monthly):
    out = io.StringIO()
    call_command("export_subscribers", stdout=out)
    path = tmp_path / "list.csv"
    path.write_text(out.getvalue())
    emptied()
    call_command("import_subscribers", path, consent="They said so.", dry_run=True, stdout=io.StringIO())
    assert not Subscriber.objects.exists()
    assert not SubscriberImport.objects.exists()
    said = io.StringIO()
    call_command("import_subscribers", path, consent="They said so.", stdout=said)
    assert whole_list() == full_list
    assert "Imported" in said.getvalue()


def test_a_column_is_named_on_the_command_line(monthly, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Wer,Wo\nana@readers.org,Berg\n")
    call_command(
        "import_subscribers", path, newsletter="monthly", consent="Ja.", mapping=["Wer=address", "Wo=attribute:town"],
        stdout=io.StringIO(),
    )  # fmt: skip
    assert Subscriber.objects.get().attributes == {"town": "Berg"}
    assert SubscriptionEvent.objects.get().text == "Ja."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"newsletter": "nowhere"}, "nowhere"),
        ({}, "Choose the newsletter"),
        ({"newsletter": "monthly", "mapping": ["Nix=address"]}, "no column “Nix”"),
    ],
)
def test_the_command_says_what_is_missing_and_keeps_nothing(monthly, tmp_path, options, words):
    path = tmp_path / "list.csv"
    path.write_text("email\nana@readers.org\n")
    with pytest.raises(CommandError, match=words):
        call_command("import_subscribers", path, consent="Yes.", stdout=io.StringIO(), **options)
    assert not SubscriberImport.objects.exists()


def test_a_segment_or_a_newsletter_is_exported_alone(monthly):
    SubscriptionFactory(
        newsletter=monthly, subscriber__email="mill@readers.org", subscriber__kind="organisation"
    )
    SubscriptionFactory(subscriber__email="ana@readers.org")
    SegmentFactory(slug="organisations", rules=[kind_rule("organisation")])
    for options in ({"segment": "organisations"}, {"newsletter": "monthly"}):
        out = io.StringIO()
        call_command("export_subscribers", stdout=out, **options)
        assert "mill@readers.org" in out.getvalue()
        assert "ana@readers.org" not in out.getvalue()
