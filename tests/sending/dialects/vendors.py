"""The mail services, as far as a test needs them: what each makes of the request body it is posted.

Each substitutes as its documentation says, so that a test sees what every recipient would get.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

from django.template import Context, Engine
from requests import PreparedRequest

Values = Mapping[str, Any]


@dataclass
class Received:
    """What one recipient gets."""

    subject: str
    text: str
    html: str
    headers: dict[str, str]
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Vendor:
    backend: str
    settings: dict[str, Any]
    received: Callable[[PreparedRequest], dict[str, Received]]
    answer: Callable[[list[str]], Any]


def json_body(request: PreparedRequest) -> Any:
    assert isinstance(request.body, str | bytes)
    return json.loads(request.body)


# --- Mailgun ------------------------------------------------------------------------------------------
def form_fields(request: PreparedRequest) -> dict[str, list[str]]:
    """multipart/form-data read by Python's own parser."""
    assert isinstance(request.body, bytes)
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    fields: dict[str, list[str]] = {}
    for part in message_from_bytes(head + request.body, policy=HTTP).iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        fields.setdefault(str(name), []).append(payload.decode())
    return fields


def mailgun(request: PreparedRequest) -> dict[str, Received]:
    form = form_fields(request)
    variables = json.loads(form["recipient-variables"][0])
    received = {}
    for address in form["to"]:

        def merged(text: str, values: Values = variables[address]) -> str:
            text = re.sub(r"%recipient\.([^%\s]+)%", lambda match: str(values.get(match[1], "")), text)
            return re.sub(r"%(tag_|mailing_list_)?unsubscribe_(url|email)%", "MAILGUN'S LINK", text)

        received[address] = Received(
            subject=merged(form["subject"][0]),
            text=merged(form["text"][0]),
            html=merged(form["html"][0]),
            headers={name[2:]: merged(form[name][0]) for name in form if name.startswith("h:")},
            metadata={name[2:]: merged(form[name][0]) for name in form if name.startswith("v:")},
        )
    return received


# --- Brevo --------------------------------------------------------------------------------------------
def brevo(request: PreparedRequest) -> dict[str, Received]:
    """Brevo's template language is Django's (in Go), with autoescape on in every part."""
    body = json_body(request)
    engine = Engine(autoescape=True)
    received = {}
    for version in body["messageVersions"]:
        (recipient,) = version["to"]

        def merged(text: str, params: Values = version["params"]) -> str:
            return str(engine.from_string(text).render(Context({"params": params})))

        headers = dict(version["headers"])
        received[recipient["email"]] = Received(
            subject=merged(body["subject"]),
            text=merged(body["textContent"]),
            html=merged(body["htmlContent"]),
            metadata=json.loads(headers.pop("X-Mailin-custom")),
            headers=headers,
        )
    return received


# --- SparkPost ----------------------------------------------------------------------------------------
EXPRESSION = re.compile(r"\{\{\{(.*?)\}\}\}|\{\{(.*?)\}\}", re.DOTALL)


def sparkpost(request: PreparedRequest) -> dict[str, Received]:
    body = json_body(request)
    content = body["content"]
    received = {}
    for recipient in body["recipients"]:
        data = {**body.get("substitution_data", {}), **recipient["substitution_data"]}

        def merged(text: str, *, is_html: bool = False, data: Values = data) -> str:
            def one(match: re.Match[str]) -> str:
                key = (match[1] if match[1] is not None else match[2]).strip()
                assert key.isidentifier(), f"SparkPost would try to understand {key!r}"
                value = str(data.get(key, ""))
                return html.escape(value) if is_html and match[1] is None else value

            return EXPRESSION.sub(one, re.sub(r"\[\[data-msys-[^\]]*\]\]", "", text))

        received[recipient["address"]["email"]] = Received(
            subject=merged(content["subject"]),
            text=merged(content["text"]),
            html=merged(content["html"], is_html=True),
            headers={name: merged(value) for name, value in content["headers"].items()},
            metadata=recipient["metadata"],
        )
    return received


# --- SendGrid -----------------------------------------------------------------------------------------
def sendgrid(request: PreparedRequest) -> dict[str, Received]:
    body = json_body(request)
    text, html_part = (part["value"] for part in body["content"])
    received = {}
    for one in body["personalizations"]:

        def merged(text: str, tags: Values = one["substitutions"]) -> str:
            for tag, value in tags.items():
                text = text.replace(tag, value)
            return re.sub(r"<%.*?%>|\[(?i:unsubscribe|weblink)\]", "SENDGRID'S", text)

        assert (
            sum(len(tag.encode()) + len(value.encode()) for tag, value in one["substitutions"].items())
            < 10_000
        )
        received[one["to"][0]["email"]] = Received(
            subject=merged(body["subject"]),
            text=merged(text),
            html=merged(html_part),
            headers=one["headers"],
            metadata={name: value for name, value in one["custom_args"].items() if name != "anymail_id"},
        )
    return received


# --- Services that get whole messages -------------------------------------------------------------------
def mailjet(request: PreparedRequest) -> dict[str, Received]:
    body = json_body(request)

    def merged(text: str) -> str:
        return re.sub(r"\[\[(?:var|data):.*?\]\]", "", text)

    return {
        message["To"][0]["Email"]: Received(
            subject=message["Subject"],
            text=merged(message["TextPart"]),
            html=merged(message["HTMLPart"]),
            headers=message["Headers"],
            metadata=json.loads(message["EventPayload"]),
        )
        for message in ({**body["Globals"], **one} for one in body["Messages"])
    }


def mailtrap(request: PreparedRequest) -> dict[str, Received]:
    body = json_body(request)

    def merged(text: str, variables: Values) -> str:
        text = re.sub(r"\{\{\{?\s*(\w+)\s*\}?\}\}", lambda match: str(variables.get(match[1], "")), text)
        return text.replace("__unsubscribe_url__", "MAILTRAP'S LINK")

    return {
        message["to"][0]["email"]: Received(
            subject=merged(message["subject"], message["custom_variables"]),
            text=merged(message["text"], message["custom_variables"]),
            html=merged(message["html"], message["custom_variables"]),
            headers=message["headers"],
            metadata=message["custom_variables"],
        )
        for message in ({**body["base"], **one} for one in body["requests"])
    }


def postmark(request: PreparedRequest) -> dict[str, Received]:
    def merged(text: str) -> str:
        return re.sub(r"\{\{\{?\s*pm:\w+\s*\}?\}\}", "POSTMARK'S LINK", text)

    return {
        message["To"]: Received(
            subject=message["Subject"],
            text=merged(message["TextBody"]),
            html=merged(message["HtmlBody"]),
            headers={header["Name"]: header["Value"] for header in message["Headers"]},
            metadata={"delivery": message["Metadata"]["delivery"]},
        )
        for message in json_body(request)
    }


def resend(request: PreparedRequest) -> dict[str, Received]:
    received = {}
    for message in json_body(request):
        headers = dict(message["headers"])
        received[message["to"][0]] = Received(
            subject=message["subject"],
            text=message["text"],
            html=message["html"],
            metadata=json.loads(headers.pop("X-Metadata")),
            headers=headers,
        )
    return received


# --- All of them, with what each answers when it takes everything -------------------------------------------
def ours(name: str, **settings: Any) -> dict[str, Any]:
    return {
        "backend": f"newsletter.sending.dialects.{name}.EmailBackend",
        "settings": {f"{name.upper()}_{key}": value for key, value in settings.items()},
    }


VENDORS = {
    "brevo": Vendor(
        **ours("brevo", API_KEY="key"),
        received=brevo,
        answer=lambda to: {"messageIds": [f"<{place}@brevo>" for place, _address in enumerate(to)]},
    ),
    "mailgun": Vendor(
        **ours("mailgun", API_KEY="key", SENDER_DOMAIN="weft.example"),
        received=mailgun,
        answer=lambda to: {"id": "<call@mailgun>", "message": "Queued. Thank you."},
    ),
    "mailjet": Vendor(
        **ours("mailjet", API_KEY="key", SECRET_KEY="secret"),
        received=mailjet,
        answer=lambda to: {
            "Messages": [{"Status": "success", "To": [{"Email": one, "MessageID": 7}]} for one in to]
        },
    ),
    "mailtrap": Vendor(
        **ours("mailtrap", API_TOKEN="token"),
        received=mailtrap,
        answer=lambda to: {
            "success": True,
            "responses": [{"success": True, "message_ids": [f"id-{place}"]} for place, _one in enumerate(to)],
        },
    ),
    "postmark": Vendor(
        **ours("postmark", SERVER_TOKEN="token"),
        received=postmark,
        answer=lambda to: [{"ErrorCode": 0, "Message": "OK", "MessageID": "id", "To": one} for one in to],
    ),
    "resend": Vendor(
        **ours("resend", API_KEY="key"),
        received=resend,
        answer=lambda to: {"data": [{"id": f"id-{place}"} for place, _address in enumerate(to)]},
    ),
    "sendgrid": Vendor(**ours("sendgrid", API_KEY="key"), received=sendgrid, answer=lambda to: ""),
    "sparkpost": Vendor(
        **ours("sparkpost", API_KEY="key"),
        received=sparkpost,
        answer=lambda to: {
            "results": {"total_accepted_recipients": len(to), "total_rejected_recipients": 0, "id": "1"}
        },
    ),
}
