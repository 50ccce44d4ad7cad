"""What a service's answer comes to: who was accepted, who was turned down and why, and whether to try again."""

from typing import Any

import pytest
import requests
from anymail.exceptions import AnymailAPIError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from django.core.mail import EmailMessage, get_connection

from newsletter.sending.dialects import result_of_error
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.recipients import Recipient
from tests.sending.conftest import Desk
from tests.sending.dialects.conftest import Configure, batch, recipient, variant

pytestmark = pytest.mark.django_db

ANA, BEN, CAM = (f"reader-{number}@readers.example" for number in (1, 2, 3))


def three() -> list[Recipient]:
    return [recipient(1, "Ana"), recipient(2, "Ben"), recipient(3, "Cam")]


def result_of(
    name: str,
    desk: Desk,
    configure: Configure,
    *,
    status: int,
    answer: Any,
    to: list[Recipient] | None = None,
) -> Result:
    post = configure(name)
    post.status, post.answer = status, answer
    message = batch(variant(desk), to or three())
    with pytest.raises(Exception) as raised:
        get_connection().send_messages([message])
    assert isinstance(raised.value, Exception)
    return result_of_error(raised.value)


# --- Postmark -----------------------------------------------------------------------------------------
OK = {"ErrorCode": 0, "Message": "OK", "MessageID": "id"}
INACTIVE = {
    "ErrorCode": 406,
    "Message": f"You tried to send to a recipient marked as inactive.\nFound inactive addresses: {BEN}.",
}


@pytest.mark.parametrize("status", [200, 422])
def test_postmark_takes_some_of_a_call_and_says_which_ones_it_turned_down(
    status: int, desk: Desk, configure: Configure
) -> None:
    answer = [{**OK, "To": ANA}, INACTIVE, {**OK, "To": CAM}]
    result = result_of("postmark", desk, configure, status=status, answer=answer)
    assert result.verdict is Verdict.ACCEPTED
    assert set(result.refused) == {BEN}
    assert "inactive" in result.refused[BEN]
    assert BEN not in result.refused[BEN], "these words outlive an erasure"


@pytest.mark.parametrize(("code", "halts"), [(429, False), (100, False), (405, True)])
def test_whom_postmark_puts_off_while_it_takes_others_is_not_turned_down(
    code: int, halts: bool, desk: Desk, configure: Configure
) -> None:
    answer = [{**OK, "To": ANA}, {"ErrorCode": code, "Message": "Not now"}, INACTIVE]
    result = result_of("postmark", desk, configure, status=200, answer=answer)
    assert result.verdict is Verdict.ACCEPTED
    assert (set(result.later), set(result.refused), result.later_halts) == ({BEN}, {CAM}, halts)
    assert "Not now" in result.fault


def test_when_postmark_turns_all_of_them_down_each_has_its_reason(desk: Desk, configure: Configure) -> None:
    answer = [INACTIVE, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{BEN}'."}, INACTIVE]
    result = result_of("postmark", desk, configure, status=200, answer=answer)
    assert result.verdict is Verdict.ACCEPTED
    assert set(result.refused) == {ANA, BEN, CAM}
    assert "Invalid" in result.refused[BEN]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(405, Verdict.HALT), (412, Verdict.HALT), (400, Verdict.HALT), (100, Verdict.DEFERRED)],
)
def test_trouble_with_our_account_at_postmark_does_not_cost_the_list_its_readers(
    code: int, verdict: Verdict, desk: Desk, configure: Configure
) -> None:
    answer = [{"ErrorCode": code, "Message": "Not now."}] * 3
    result = result_of("postmark", desk, configure, status=200, answer=answer)
    assert (result.verdict, result.refused) == (verdict, {})
    assert "Not now." in result.fault


@pytest.mark.parametrize(
    ("code", "verdict"), [(412, Verdict.HALT), (410, Verdict.REJECTED), (402, Verdict.REJECTED)]
)
def test_postmark_turns_a_whole_call_down_with_one_word(
    code: int, verdict: Verdict, desk: Desk, configure: Configure
) -> None:
    answer = {"ErrorCode": code, "Message": "No."}
    assert result_of("postmark", desk, configure, status=422, answer=answer).verdict is verdict


@pytest.mark.parametrize(
    "answer",
    [
        [{**OK, "To": ANA}, INACTIVE],
        [{**OK, "To": BEN}, INACTIVE, {**OK, "To": CAM}],
        [{**OK, "To": ANA}, INACTIVE, {"ErrorCode": 406}],
        [{**OK, "To": ANA}, INACTIVE, None],
    ],
    ids=["one is missing", "another order", "no words", "nothing"],
)
def test_an_answer_of_postmark_that_does_not_fit_the_call_leaves_it_in_doubt(
    answer: list[Any], desk: Desk, configure: Configure
) -> None:
    result = result_of("postmark", desk, configure, status=200, answer=answer)
    assert (result.verdict, result.refused) == (Verdict.UNKNOWN, {})


def test_a_reader_at_a_domain_in_unicode_is_turned_down_by_the_address_we_know(
    desk: Desk, configure: Configure
) -> None:
    to = [recipient(1, "Ana"), recipient(2, "Jo", "jo@münchen.example")]
    answer = [{**OK, "To": ANA}, INACTIVE]
    result = result_of("postmark", desk, configure, status=200, answer=answer, to=to)
    assert set(result.refused) == {"jo@münchen.example"}
    answer = [INACTIVE, {**OK, "To": "jo@xn--mnchen-3ya.example"}]
    assert set(result_of("postmark", desk, configure, status=200, answer=answer, to=to).refused) == {ANA}


# --- Mailjet, Mailtrap, Resend: the same in other words ------------------------------------------------------
def mailjet_fault(status: int) -> dict[str, Any]:
    fault = {"ErrorCode": "mj-0013", "StatusCode": status, "ErrorMessage": f'"{BEN}" is no address.'}
    return {"Status": "error", "Errors": [fault]}


MAILJET_OK = {"Status": "success", "To": [{"Email": ANA, "MessageID": 1}]}
MAILTRAP_OK, MAILTRAP_FAULT = (
    {"success": True, "message_ids": ["1"]},
    {"success": False, "errors": ["no address"]},
)
MIXED = {
    "mailjet": (400, {"Messages": [MAILJET_OK, mailjet_fault(400), MAILJET_OK]}),
    "mailtrap": (200, {"success": True, "responses": [MAILTRAP_OK, MAILTRAP_FAULT, MAILTRAP_OK]}),
    "resend": (200, {"data": [{"id": "1"}, {"id": "3"}], "errors": [{"index": 1, "message": "no address"}]}),
}
NONSENSE = {
    "mailjet": (400, {"Messages": [MAILJET_OK, mailjet_fault(400)]}),
    "mailtrap": (200, {"success": True, "responses": [MAILTRAP_OK, {}, MAILTRAP_OK]}),
    "resend": (200, {"data": [{"id": "1"}], "errors": [{"message": "no address"}]}),
}


@pytest.mark.parametrize("name", MIXED)
def test_a_message_turned_down_in_a_call_is_kept_with_the_services_words(
    name: str, desk: Desk, configure: Configure
) -> None:
    status, answer = MIXED[name]
    result = result_of(name, desk, configure, status=status, answer=answer)
    assert result.verdict is Verdict.ACCEPTED
    assert set(result.refused) == {BEN}
    assert "no address" in result.refused[BEN]
    assert BEN not in result.refused[BEN]


@pytest.mark.parametrize("name", NONSENSE)
def test_an_answer_that_fits_no_call_of_ours_leaves_it_in_doubt(
    name: str, desk: Desk, configure: Configure
) -> None:
    status, answer = NONSENSE[name]
    assert result_of(name, desk, configure, status=status, answer=answer).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("status", "verdict"), [(401, Verdict.HALT), (429, Verdict.DEFERRED)])
def test_mailjets_trouble_with_every_message_is_trouble_with_the_account(
    status: int, verdict: Verdict, desk: Desk, configure: Configure
) -> None:
    answer = {"Messages": [mailjet_fault(status)] * 3}
    assert result_of("mailjet", desk, configure, status=400, answer=answer).verdict is verdict


# --- One word for the whole call -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "status", "answer", "verdict"),
    [
        ("resend", 409, {"name": "concurrent_idempotent_requests"}, Verdict.UNKNOWN),
        ("resend", 409, {"name": "invalid_idempotent_request"}, Verdict.UNKNOWN),
        ("brevo", 400, {"code": "duplicate_parameter", "message": "…"}, Verdict.ACCEPTED),
        ("brevo", 400, {"code": "invalid_parameter", "message": "…"}, Verdict.REJECTED),
        ("brevo", 402, {"code": "not_enough_credits", "message": "…"}, Verdict.HALT),
        ("sparkpost", 420, {"errors": [{"message": "Exceed Sending Limit"}]}, Verdict.DEFERRED),
        ("mailgun", 200, "Mailgun Magnificent API", Verdict.HALT),
        ("mailgun", 200, "{", Verdict.UNKNOWN),
        ("mailjet", 401, {"ErrorCode": "mj-0001", "StatusCode": 401, "ErrorMessage": "…"}, Verdict.HALT),
        *(
            (name, 429, "", Verdict.DEFERRED)
            for name in ("brevo", "mailgun", "postmark", "resend", "sparkpost")
        ),
        *((name, 500, "", Verdict.UNKNOWN) for name in ("brevo", "mailgun", "mailjet", "postmark", "resend")),
        *((name, 401, "", Verdict.HALT) for name in ("brevo", "mailtrap", "postmark", "resend", "sparkpost")),
    ],
)
def test_a_services_word_about_a_whole_call(
    name: str, status: int, answer: Any, verdict: Verdict, desk: Desk, configure: Configure
) -> None:
    result = result_of(name, desk, configure, status=status, answer=answer)
    assert (result.verdict, result.refused) == (verdict, {})


# --- Services that get one message for each -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("Invalid_Key", Verdict.HALT),
        ("PaymentRequired", Verdict.HALT),
        ("ValidationError", Verdict.REJECTED),
        ("GeneralError", Verdict.UNKNOWN),
    ],
)
def test_mandrill_says_500_to_everything_and_means_something_else(
    name: str, verdict: Verdict, settings: Any, configure: Configure
) -> None:
    post = configure("mailgun")
    settings.EMAIL_BACKEND, settings.ANYMAIL = (
        "anymail.backends.mandrill.EmailBackend",
        {"MANDRILL_API_KEY": "key"},
    )
    post.status, post.answer = 500, {"status": "error", "name": name, "message": "…"}
    message = EmailMessage("-", "-", "news@weft.example", [ANA], connection=get_connection())
    with pytest.raises(requests.HTTPError) as raised:
        message.send()
    assert result_of_error(raised.value).verdict is verdict


def client_error(code: str, *, message: str = "…", status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {
            "HTTPStatusCode": status,
            "HTTPHeaders": {},
            "RequestId": "",
            "HostId": "",
            "RetryAttempts": 0,
        },
    }
    return ClientError(answer, "SendEmail")


@pytest.mark.parametrize(
    ("cause", "verdict"),
    [
        (client_error("TooManyRequestsException", status=429), Verdict.DEFERRED),
        (client_error("Throttling"), Verdict.DEFERRED),
        (client_error("LimitExceededException"), Verdict.DEFERRED),
        (client_error("SendingPausedException"), Verdict.HALT),
        (client_error("AccountSuspendedException"), Verdict.HALT),
        (client_error("MailFromDomainNotVerifiedException"), Verdict.HALT),
        (client_error("MessageRejected", message="Email address is not verified."), Verdict.HALT),
        (client_error("MessageRejected", message="Illegal content"), Verdict.REJECTED),
        (client_error("SomethingNewException"), Verdict.REJECTED),
        (client_error("IncompleteSignature", status=403), Verdict.HALT),
        (client_error("InternalFailure", status=500), Verdict.UNKNOWN),
        (NoCredentialsError(), Verdict.HALT),
        (EndpointConnectionError(endpoint_url="https://ses.example"), Verdict.DEFERRED),
        (ConnectTimeoutError(endpoint_url="https://ses.example"), Verdict.DEFERRED),
        (ReadTimeoutError(endpoint_url="https://ses.example"), Verdict.UNKNOWN),
        (ConnectionClosedError(endpoint_url="https://ses.example"), Verdict.UNKNOWN),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BotoCoreError) else str(value)[:60],
)
def test_what_amazon_ses_and_the_way_to_it_say(cause: Exception, verdict: Verdict, settings: Any) -> None:
    settings.EMAIL_BACKEND = "newsletter.sending.dialects.amazon_ses.EmailBackend"
    wrapped = AnymailAPIError(str(cause))
    wrapped.__cause__ = cause
    assert result_of_error(wrapped).verdict is verdict
    # While the client is opened nothing wraps it.
    assert result_of_error(cause).verdict is verdict


def test_what_is_no_word_of_the_service_keeps_its_general_meaning(settings: Any) -> None:
    settings.EMAIL_BACKEND = "newsletter.sending.dialects.amazon_ses.EmailBackend"
    assert result_of_error(ValueError("…")).verdict is Verdict.UNKNOWN
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert result_of_error(requests.ConnectTimeout()).verdict is Verdict.DEFERRED
