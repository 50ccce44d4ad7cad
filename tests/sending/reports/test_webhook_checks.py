"""A newsroom on the open web does not start while anybody could forge its mail service's reports."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import CheckMessage, Error
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client

from newsletter.audience.models import Suppression
from newsletter.sending.bounces.checks import check_bounce_settings, check_bounces_are_read
from newsletter.sending.webhook_checks import KEYS, check_reports_are_signed
from tests.sending.reports.services import KEY, SECRET, SERVICES, Service, kinds, payload

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid"),
]

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@pytest.fixture
def public(settings: Any) -> Any:
    settings.DEBUG, settings.BASE_URL, settings.ANYMAIL = False, "https://news.weft.example", {}
    return settings


def found() -> list[CheckMessage]:
    return check_reports_are_signed()


@each_service
def test_without_any_key_it_does_not_start(public: Any, service: Service) -> None:
    public.MAIL = service.name
    (message,) = found()
    assert (message.id, message.level) == ("sending.E010", Error("").level)
    assert KEYS.get(service.name, "ANYMAIL_WEBHOOK_SECRET") in (message.hint or "")
    public.SILENCED_SYSTEM_CHECKS = []
    with pytest.raises(SystemCheckError, match=r"sending\.E010"):
        call_command("check")


@each_service
def test_without_any_key_nobody_is_listened_to(public: Any, client: Client, service: Service) -> None:
    """Whatever started it, and without https: who finds the address could silence the whole list."""
    public.MAIL, public.BASE_URL = service.name, "http://news.weft.example"
    assert [message.id for message in found()] == ["sending.E010"]
    forged = payload(service.name, kinds(service.name)[0], delivery=1, recipient="reader@readers.example")
    assert service.post(client, forged).status_code == 404
    assert not Suppression.objects.exists()


@each_service
def test_with_its_own_key_or_the_secret_it_starts(public: Any, service: Service) -> None:
    public.MAIL, public.ANYMAIL = service.name, service.anymail
    assert found() == []


@pytest.mark.parametrize("name", ["mailtrap", "resend", "sendgrid"])
def test_where_signing_is_a_choice_the_secret_is_enough(public: Any, name: str) -> None:
    public.MAIL, public.ANYMAIL = name, {"WEBHOOK_SECRET": SECRET}
    assert found() == []


@pytest.mark.parametrize("name", ["mailersend", "mandrill", "postal"])
def test_a_key_still_missing_beside_the_secret_is_only_a_warning(public: Any, name: str) -> None:
    """Mandrill tells its key after it has called the address once, so the newsroom must be up by then."""
    public.MAIL, public.ANYMAIL = name, {"WEBHOOK_SECRET": SECRET}
    (message,) = found()
    assert message.id == "sending.W010"
    assert KEYS[name] in (message.hint or "")


def test_mailguns_key_for_sending_signs_its_reports_too(public: Any) -> None:
    public.MAIL, public.ANYMAIL = "mailgun", {"MAILGUN_API_KEY": KEY}
    assert found() == []


@pytest.mark.parametrize("secret", ["justaword", ":", "name:", ":password"])
def test_a_secret_that_could_never_match_is_said(public: Any, secret: str) -> None:
    public.MAIL, public.ANYMAIL = "postmark", {"WEBHOOK_SECRET": secret}
    (message,) = found()
    assert message.id == "sending.E011"
    assert "justaword" not in f"{message.msg} {message.hint}"


@pytest.mark.parametrize(
    "at_home",
    [
        {"DEBUG": True},
        {"BASE_URL": "http://localhost:8000"},
        {"MAIL": "mailbox"},
        {"MAIL": "smtp"},
        {"MAIL": "scaleway"},
    ],
)
def test_a_developers_newsroom_and_one_without_reports_start(public: Any, at_home: dict[str, Any]) -> None:
    public.MAIL = "postmark"
    for name, value in at_home.items():
        setattr(public, name, value)
    assert found() == []


def test_make_run_ends_with_the_reason() -> None:
    """Its first step is `manage.py migrate`."""
    started = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        env={
            **os.environ,
            "BASE_URL": "https://news.weft.example",
            "MAIL": "postmark",
            "ANYMAIL_POSTMARK_SERVER_TOKEN": "token",
            # An empty variable is none.
            "ANYMAIL_WEBHOOK_SECRET": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert "sending.E010" in started.stderr
    assert "Set ANYMAIL_WEBHOOK_SECRET to name:password." in started.stderr


@pytest.mark.parametrize(
    "address",
    [
        "imaps://bounces%40weft.example:pass%2Fword@mail.weft.example/INBOX",
        "imap+starttls://bounces:password@mail.weft.example:1143/Bounces",
        "maildir:///var/mail/bounces",
    ],
)
def test_a_bounce_mailbox_that_can_be_opened_is_accepted(settings: Any, address: str) -> None:
    settings.BOUNCE_MAILBOX, settings.BOUNCE_ADDRESS = address, "bounces@news.weft.example"
    assert check_bounce_settings() == []


@pytest.mark.parametrize(
    "address",
    [
        "imap://user:s3cret@mail.weft.example/INBOX",
        "imaps://mail.weft.example/INBOX",
        "imaps://user:s3cret@mail.weft.example:port/INBOX",
        "imaps://user:s3cret#@mail.weft.example/INBOX",
        "imaps://user:s3cret?@mail.weft.example/INBOX",
        "pop3://user:s3cret@mail.weft.example",
        "maildir://var/mail",
        "/var/mail/bounces",
    ],
)
def test_one_that_cannot_be_opened_is_said_without_its_password(settings: Any, address: str) -> None:
    settings.BOUNCE_MAILBOX = address
    (message,) = check_bounce_settings()
    assert message.id == "sending.E012"
    assert "s3cret" not in f"{message.msg} {message.hint}"


def test_a_bounce_address_is_bare(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "Bounces <bounces@news.weft.example>"
    assert [message.id for message in check_bounce_settings()] == ["sending.E013"]


def test_who_sends_by_smtp_is_told_that_nobody_reads_what_comes_back(settings: Any) -> None:
    settings.MAIL = "smtp"
    assert [message.id for message in check_bounces_are_read()] == ["sending.W011"]
    settings.BOUNCE_MAILBOX = "maildir:///var/mail/bounces"
    assert check_bounces_are_read() == []
