import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from anymail.message import AnymailMessage
from django.core.mail import get_connection
from requests.adapters import HTTPAdapter

from newsletter.editions.merge_fields import token
from newsletter.sending.dialects import configured_dialect
from newsletter.sending.messages import Envelope, batch_message
from newsletter.sending.models import Mailing, Variant
from newsletter.sending.recipients import Recipient
from tests.sending.conftest import Desk
from tests.sending.dialects.vendors import VENDORS, Vendor

# What an editor may type: something of every service's own syntax.
TYPED = (
    "100 %recipient.name% %unsubscribe_url% {{ params.x }} {{name_1}} {{{ pm:unsubscribe_url }}} {% if x %} {# no #} "
    "[[name_1]] [[var:x]] [[data:email]] [%name_1%] <%asm_group_unsubscribe_url%> [unsubscribe] [Unsubscribe] "
    '__unsubscribe_url__ *|NAME|* https://weft.example/[[data-msys-clicktrack="0"]] a {b} [c] 5% & <i> \\n \\u0041'
)


def variant(desk: Desk) -> Variant:
    name, again = token("name_1"), token("name_2")
    typed_html = TYPED.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Variant(
        mailing=Mailing(edition=desk.edition, newsletter=desk.newsletter),
        language="en",
        subject=f"For {name}: {{{name}}} [{name}] %{name}% {TYPED}",
        html=(
            f"<style>@media print {{ #x {{ color: red }} }}</style><p>{token('name_1_html')} {{{token('name_2_html')}}}"
            f" [{token('name_1_html')}]</p><p>{typed_html}</p><a href='{token('unsubscribe_url')}'>leave</a>"
        ),
        text=f"{name} {{{again}}} [[{name}]] {TYPED} {token('unsubscribe_url')} {token('preferences_url')}\n",
        fields={
            "name_1": {"field": "name", "fallback": "friend"},
            "name_2": {"field": "name", "fallback": "{{ reader }}"},
        },
    )


def recipient(number: int, name: str = "", address: str = "") -> Recipient:
    return Recipient(number, number, address or f"reader-{number}@readers.example", name)


def batch(of_variant: Variant, recipients: Sequence[Recipient]) -> AnymailMessage:
    """What newsletter.sending.submitting hands to the configured backend."""
    dialect = configured_dialect()
    assert dialect is not None
    return batch_message(
        Envelope.of(of_variant.mailing, of_variant),
        recipients=recipients,
        dialect=dialect,
        connection=get_connection(),
    )


@dataclass
class Post:
    """What stands between us and the services: keeps each request, answers what it is told to."""

    vendor: Vendor
    posted: list[requests.PreparedRequest] = field(default_factory=list)
    status: int = 200
    # None: the service takes everything.
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        self.posted.append(request)
        answer = self.answer
        if answer is None:
            answer = self.vendor.answer(list(self.vendor.received(request)))
        response = requests.Response()
        response.status_code, response.reason, response.request = self.status, "-", request
        response.headers.update({"Content-Type": "application/json", **self.headers})
        response._content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        response.url = str(request.url)
        return response


Configure = Callable[[str], Post]


@pytest.fixture
def configure(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """configure("brevo") makes it the mail service; nothing leaves the machine."""

    def chosen(name: str) -> Post:
        post = Post(VENDORS[name])
        settings.EMAIL_BACKEND, settings.ANYMAIL = post.vendor.backend, post.vendor.settings
        monkeypatch.setattr(HTTPAdapter, "send", lambda _adapter, request, **_options: post.send(request))
        return post

    return chosen
