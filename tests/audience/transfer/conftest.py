"""Lists of people as other systems write them."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from newsletter.audience.models import Newsletter, SubscriberImport
from newsletter.audience.transfer import steering
from newsletter.audience.transfer.running import run
from tests.audience.factories import NewsletterFactory

MAILCHIMP = (
    "Email Address,First Name,Last Name,Town,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,NOTES,TAGS"
)
CONSENT = "Signed lists at the assemblies of 2024."


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.IMPORTS_DIR = tmp_path / "imports"


@pytest.fixture
def monthly(db: None) -> Newsletter:
    return NewsletterFactory(name="Weft Monthly", slug="monthly")


def csv_of(*rows: str, heading: str = "email,name") -> bytes:
    return "\n".join([heading, *rows]).encode()


def people(number: int) -> bytes:
    return csv_of(*(f"reader{n}@readers.org,Reader {n}" for n in range(number)))


def mailchimp_zip(**members: list[str]) -> bytes:
    """subscribed=["ana@…"], unsubscribed=[…], cleaned=[…], nonsubscribed=[…]"""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for status, addresses in members.items():
            rows = [
                f'{address},Ana,Molino,Halse,2,2020-01-01 10:00:00,2020-01-02 10:00:00,1,a1,,"""VIP"",""Blog"""'
                for address in addresses
            ]
            archive.writestr(
                f"{status}_email_audience_export_0a1b2c.csv", "\n".join([MAILCHIMP, *rows]).encode()
            )
    return file.getvalue()


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def uploaded(content: bytes, name: str = "list.csv") -> SubscriberImport:
    return steering.upload(portions=[content], file_name=name)


def checked(
    content: bytes, newsletter: Newsletter | None, *, name: str = "list.csv", **said: Any
) -> SubscriberImport:
    record = uploaded(content, name)
    said.setdefault("mapping", record.mapping)
    said.setdefault("consent", CONSENT)
    steering.check(record, newsletter=newsletter, in_background=False, **said)
    run(record.pk)
    record.refresh_from_db()
    return record


def imported(
    content: bytes, newsletter: Newsletter | None, *, name: str = "list.csv", **said: Any
) -> SubscriberImport:
    record = checked(content, newsletter, name=name, **said)
    assert record.state == "checked", record.fault
    steering.begin(record, in_background=False)
    run(record.pk)
    record.refresh_from_db()
    return record


def counts(record: SubscriberImport, part: str = "check") -> dict[str, int]:
    return record.report[part]["counts"]


class Killed(BaseException):
    """As by kill -9: nothing is caught, nothing is tidied up."""
