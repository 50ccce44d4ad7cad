"""Services that get one finished message for each recipient: read off what would be posted to them."""

import base64
import json
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
import requests
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from django.core.mail import get_connection
from requests.adapters import HTTPAdapter

from newsletter.audience.tokens import unsubscribe_url
from newsletter.sending.messages import Envelope, single_message
from tests.sending.conftest import Desk
from tests.sending.dialects.conftest import TYPED, recipient, variant
from tests.sending.dialects.vendors import Received

pytestmark = pytest.mark.django_db

NAMES = [
    "Ana",
    "",
    "*|NAME|*",
    "{{name}}",
    "<script>x</script>",
    "Ana\r\nBcc: everybody@weft.example",
    "Жанна 李",
]


def mandrill(settings: Any, monkeypatch: pytest.MonkeyPatch, posted: list[Received]) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mandrill.EmailBackend"
    settings.ANYMAIL = {"MANDRILL_API_KEY": "key"}

    def send(_adapter: HTTPAdapter, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        assert request.body is not None
        body = json.loads(request.body)
        message = body["message"]
        (to,) = message["to"]
        # With either of these, Mandrill would look for its own marks in the text.
        assert not message.get("merge")
        assert not {"merge_vars", "global_merge_vars"} & message.keys()
        posted.append(
            Received(
                subject=message["subject"],
                text=message["text"],
                html=message["html"],
                headers=message["headers"],
                metadata=message["metadata"],
            )
        )
        response = requests.Response()
        response.status_code, response.request = 200, request
        response._content = json.dumps([{"email": to["email"], "status": "sent", "_id": "1"}]).encode()
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)


def amazon_ses(settings: Any, monkeypatch: pytest.MonkeyPatch, posted: list[Received]) -> None:
    settings.EMAIL_BACKEND = "newsletter.sending.dialects.amazon_ses.EmailBackend"
    settings.ANYMAIL = {
        "AMAZON_SES_CLIENT_PARAMS": {
            "region_name": "eu-west-1",
            "aws_access_key_id": "id",
            "aws_secret_access_key": "secret",
        }
    }

    class Raw:
        def stream(self, **_options: Any) -> list[bytes]:
            return [b'{"MessageId": "1"}']

    def send(_session: URLLib3Session, request: Any) -> AWSResponse:
        body = json.loads(request.body)
        assert len(body["Destination"]["ToAddresses"]) == 1
        message = message_from_bytes(base64.b64decode(body["Content"]["Raw"]["Data"]), policy=SMTP)
        assert isinstance(message, EmailMessage)
        text, html = (message.get_body([kind]) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        posted.append(
            Received(
                subject=message["Subject"],
                text=text.get_content(),
                html=html.get_content(),
                headers=dict(message.items()),
                metadata=json.loads(message["X-Metadata"]),
            )
        )
        return AWSResponse(request.url, 200, {"Content-Type": "application/json"}, Raw())

    monkeypatch.setattr(URLLib3Session, "send", send)


@pytest.mark.parametrize("service", [mandrill, amazon_ses])
@pytest.mark.parametrize("name", NAMES)
def test_each_gets_what_was_meant_for_them_and_what_editors_typed(
    service: Callable[..., None], name: str, desk: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[Received] = []
    service(settings, monkeypatch, posted)
    version, person = variant(desk), recipient(7, name)
    connection = get_connection()
    envelope = Envelope.of(version.mailing, version)
    assert connection.send_messages([single_message(envelope, recipient=person, connection=connection)]) == 1

    (arrived,) = posted
    shown = " ".join(name.split()) or "friend"
    # A long header begins on the line after its name.
    assert arrived.subject.lstrip() == f"For {shown}: {{{shown}}} [{shown}] %{shown}% {TYPED}"
    assert arrived.text.startswith(f"{shown} {{{shown if name else '{{ reader }}'}}}")
    assert TYPED in arrived.text
    assert "<script>" not in arrived.html
    assert "Bcc" not in arrived.headers
    link = unsubscribe_url(7, newsletter_id=desk.newsletter.pk, language="en")
    assert arrived.headers["List-Unsubscribe"].replace("\r\n", "").replace(" ", "") == f"<{link}>"
    assert arrived.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert arrived.metadata["delivery"] == "7"
