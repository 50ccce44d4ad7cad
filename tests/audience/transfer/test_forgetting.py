"""Who is erased stands in no import any more."""

import json
from typing import Any

import pytest

from newsletter.audience.erasure import erase
from newsletter.audience.models import ImportedChunk, Newsletter, Subscriber, SubscriberImport
from newsletter.audience.transfer import files, steering
from newsletter.audience.transfer.forgetting import forget_files_with_address
from newsletter.audience.transfer.running import run
from tests.audience.transfer.conftest import CONSENT, csv_of, mailchimp_zip, uploaded, workbook

pytestmark = pytest.mark.django_db
ANA, BEN = "ana@readers.example.org", "ben@readers.example.org"


def imported(content: bytes, monthly: Newsletter, name: str = "list.csv") -> SubscriberImport:
    record = uploaded(content, name)
    steering.check(
        record,
        newsletter=monthly,
        mapping=record.mapping,
        consent=CONSENT,
        in_background=False,
    )
    run(record.pk)
    steering.begin(record, in_background=False)
    run(record.pk)
    record.refresh_from_db()
    assert record.state == SubscriberImport.State.IMPORTED, record.fault
    return record


def erased(address: str) -> str:
    person = Subscriber.objects.get(email=address)
    assert erase(subscriber_id=person.pk)
    return person.address_hash


def everything_kept(record: SubscriberImport) -> str:
    record.refresh_from_db()
    return json.dumps([record.report, list(record.chunks.values_list("journal", flat=True))])


def test_an_erased_person_goes_out_of_report_and_journal_and_the_others_stay(monthly: Newsletter) -> None:
    record = imported(csv_of(f"{ANA},Ana", f"{BEN},Ben"), monthly)
    assert ANA in everything_kept(record)
    key = Subscriber.objects.get(email=ANA).pk
    erased(ANA)
    assert ANA not in everything_kept(record)
    assert BEN in everything_kept(record)
    journal = ImportedChunk.objects.get().journal
    assert key not in journal["new"]
    assert len(journal["new"]) == 1


def test_what_an_import_changed_of_an_erased_person_is_forgotten(monthly: Newsletter) -> None:
    imported(csv_of(f"{ANA},"), monthly)
    record = imported(csv_of(f"{ANA},Ana Molino"), monthly)
    assert "Ana Molino" in everything_kept(record)
    erased(ANA)
    assert "Ana Molino" not in everything_kept(record)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "zip"])
def test_the_file_of_a_finished_import_goes_when_the_person_stands_in_it(
    monthly: Newsletter, kind: str
) -> None:
    content: dict[str, Any] = {
        "csv": lambda: csv_of(f"{ANA.upper()},Ana", f"{BEN},Ben"),
        "xlsx": lambda: workbook(["email", "name"], [ANA, "Ana"], [BEN, "Ben"]),
        "zip": lambda: mailchimp_zip(subscribed=[ANA, BEN]),
    }
    record = imported(content[kind](), monthly, f"list.{kind}")
    other = imported(csv_of("third@readers.example.org,Third"), monthly)
    assert files.is_kept(record)
    known_as = erased(ANA)
    assert forget_files_with_address(known_as) == 1
    assert not files.is_kept(record)
    assert files.is_kept(other)


def test_the_rest_of_an_import_can_still_be_undone(monthly: Newsletter) -> None:
    record = imported(csv_of(f"{ANA},Ana", f"{BEN},Ben"), monthly)
    erased(ANA)
    steering.undo(record)
    run(record.pk)
    record.refresh_from_db()
    assert record.state == SubscriberImport.State.UNDONE
    assert not Subscriber.objects.exists()
