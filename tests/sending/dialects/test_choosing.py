"""Which backend a service's name selects, and what the system check says about it."""

from importlib import import_module
from typing import Any

import pytest
from anymail.backends.base import AnymailBaseBackend
from anymail.message import AnymailMessage
from django.core.checks import CheckMessage
from django.core.mail import get_connection
from django.utils.module_loading import import_string

from newsletter.sending.checks import check_batch_headers, check_batch_sending
from newsletter.sending.dialects import DIALECTS, ONE_EACH
from newsletter.sending.dialects.mailgun import MailgunDialect
from newsletter.sending.messages import Envelope, single_message
from tests.newsroom.test_settings import load
from tests.sending.conftest import Desk
from tests.sending.dialects.conftest import recipient, variant
from tests.sending.dialects.vendors import VENDORS

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")

OURS = [path for path in {**DIALECTS, **ONE_EACH} if path.startswith("newsletter.sending.dialects.")]


def findings() -> list[CheckMessage]:
    return [*check_batch_sending(), *check_batch_headers()]


def test_a_services_name_selects_our_backend_for_it() -> None:
    names = {path.split(".")[-2] for path in OURS}
    assert names == VENDORS.keys() | {"amazon_ses"}
    for name in names:
        assert f" newsletter.sending.dialects.{name}.EmailBackend " in load(MAIL=name).stdout


def test_a_service_without_a_backend_of_ours_keeps_anymails() -> None:
    assert " anymail.backends.mandrill.EmailBackend " in load(MAIL="mandrill").stdout


@pytest.mark.parametrize("path", [*OURS, *ONE_EACH])
def test_webhooks_know_the_service_by_anymails_own_name(path: str) -> None:
    name = path.split(".")[-2]
    stock = import_module(f"anymail.backends.{name}").EmailBackend
    chosen = import_string(path)
    assert issubclass(chosen, stock)
    assert chosen.esp_name == stock.esp_name


def test_anymails_own_mailgun_backend_is_understood_as_well() -> None:
    assert isinstance(DIALECTS["anymail.backends.mailgun.EmailBackend"], MailgunDialect)


@pytest.mark.parametrize("name", VENDORS)
def test_nothing_is_said_of_a_service_that_takes_whole_batches(name: str, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.ANYMAIL = VENDORS[name].backend, VENDORS[name].settings
    assert findings() == []


def test_nothing_is_said_of_smtp_or_of_a_service_that_cannot_be_used_yet(settings: Any) -> None:
    settings.EMAIL_BACKEND = "newsletter.sending.smtp.EmailBackend"
    assert findings() == []
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.mandrill.EmailBackend", {}
    assert findings() == [], "check_backend_loads says what is missing"


def test_what_a_service_lacks_for_batches_is_said(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.ANYMAIL = (
        "anymail.backends.mandrill.EmailBackend",
        {"MANDRILL_API_KEY": "key"},
    )
    batches, headers = findings()
    assert (batches.id, headers.id) == ("sending.I001", "sending.W003")
    assert "it lacks: headers of each recipient's own" in batches.msg
    assert "List-Unsubscribe" in headers.msg
    settings.ANYMAIL |= {"IGNORE_UNSUPPORTED_FEATURES": True}
    assert [finding.id for finding in findings()] == ["sending.I001", "sending.W003"]


def test_amazon_ses_is_said_to_get_one_message_for_each(settings: Any) -> None:
    settings.EMAIL_BACKEND = "newsletter.sending.dialects.amazon_ses.EmailBackend"
    assert "its rate counts recipients" in check_batch_sending()[0].msg


def test_a_service_that_cannot_carry_a_newsletter_at_all_is_named(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.sending.dialects.test_choosing.Headless"
    (_batches, headers) = findings()
    assert headers.id == "sending.W004"
    assert "extra_headers" in headers.msg


class Headless(AnymailBaseBackend):
    """A service whose messages have no headers of ours."""

    esp_name = "Headless"

    def build_message_payload(self, message: AnymailMessage, defaults: dict[str, Any]) -> Any:
        from anymail.backends.test import TestPayload

        class Payload(TestPayload):
            def set_extra_headers(self, headers: Any) -> None:
                self.unsupported_feature("extra_headers")

        return Payload(message, defaults, self)


@pytest.mark.django_db
@pytest.mark.parametrize("path", OURS)
def test_a_finished_message_of_a_mailing_fits_every_service_too(path: str, desk: Desk, settings: Any) -> None:
    """Anymail says offline what it cannot carry."""
    name = path.split(".")[-2]
    settings.EMAIL_BACKEND = path
    settings.ANYMAIL = VENDORS[name].settings if name in VENDORS else {}
    of_variant, backend = variant(desk), get_connection()
    message = single_message(
        Envelope.of(of_variant.mailing, of_variant), recipient=recipient(1, "Ana"), connection=backend
    )
    payload = backend.build_message_payload(message, {})  # type: ignore[attr-defined]
    assert payload is not None
