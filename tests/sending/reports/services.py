"""How each mail service posts a report and proves that it is its own."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.http import HttpResponse
from django.test import Client
from svix.webhooks import Webhook

PAYLOADS = Path(__file__).parent.parent.parent / "payloads" / "webhooks"
SECRET = "newsroom:a long password"
KEY = "a-signing-key"

# A request: the body, its content type, and what proves it.
Request = tuple[bytes, str, dict[str, str]]


@dataclass(frozen=True)
class Service:
    name: str
    anymail: dict[str, str]
    prove: Callable[[bytes, str], Request]
    forge: str = "another key"
    unproven_status: int = 400
    proof: set[str] = field(default_factory=set)

    def post(
        self, client: Client, payload: bytes, *, key: str | None = None, proven: bool = True
    ) -> HttpResponse:
        """`key`: what it is signed with, by default the right one. Not `proven`: without any signature."""
        body, content_type, headers = self.prove(payload, key or self.right_key)
        if not proven:
            headers = {name: value for name, value in headers.items() if name not in self.proof}
            body = body.replace(b'"signature"', b'"nothing"') if self.name == "mailgun" else body
            body = body.replace(b'"auth"', b'"nothing"') if self.name == "unisender_go" else body
        return client.post(
            f"/anymail/{self.name}/tracking/", data=body, content_type=content_type, headers=headers
        )

    @property
    def right_key(self) -> str:
        return SECRET if "WEBHOOK_SECRET" in self.anymail else KEY


def kinds(name: str) -> list[str]:
    return list(json.loads((PAYLOADS / f"{name}.json").read_text()))


def payload(name: str, kind: str, *, delivery: int, recipient: str) -> bytes:
    """The report of that kind, about that delivery."""
    text = json.dumps(json.loads((PAYLOADS / f"{name}.json").read_text())[kind])
    return text.replace("RECIPIENT", recipient).replace("DELIVERY", str(delivery)).encode()


def _hmac(key: str, message: bytes, digest: str = "sha256") -> "hmac.HMAC":
    return hmac.new(key.encode(), message, digest)


def _basic(payload: bytes, key: str) -> Request:
    return payload, "application/json", {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}


def _amazon_ses(payload: bytes, key: str) -> Request:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html"""
    message_id = hashlib.sha256(payload).hexdigest()[:36]
    body = json.dumps(
        {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": "arn:aws:sns:eu-central-1:123456789012:reports",
            "Subject": "Amazon SES Email Event Notification",
            "Message": payload.decode(),
            "Timestamp": "2026-03-02T09:00:05.675Z",
            "SignatureVersion": "1",
            "Signature": "nobody checks it",
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService.pem",
        }
    ).encode()
    _body, _type, headers = _basic(payload, key)
    sns = {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": message_id}
    return body, "text/plain; charset=UTF-8", {**headers, **sns}


def _mailersend(payload: bytes, key: str) -> Request:
    body = payload.replace(b"/", b"\\/")
    return body, "application/json", {"Signature": _hmac(key, body).hexdigest()}


def _mailgun(payload: bytes, key: str) -> Request:
    """The signature is about a moment and a random token; the rest of the body is not signed."""
    moment, token = "1772442004", hashlib.sha256(payload).hexdigest()[:50]
    proof = {
        "timestamp": moment,
        "token": token,
        "signature": _hmac(key, f"{moment}{token}".encode()).hexdigest(),
    }
    return json.dumps({"signature": proof, **json.loads(payload)}).encode(), "application/json", {}


def _mailtrap(payload: bytes, key: str) -> Request:
    return payload, "application/json", {"Mailtrap-Signature": _hmac(key, payload).hexdigest()}


def _mandrill(payload: bytes, key: str) -> Request:
    signed = f"http://localhost/anymail/mandrill/tracking/mandrill_events{payload.decode()}".encode()
    signature = base64.b64encode(_hmac(key, signed, "sha1").digest()).decode()
    form = urlencode({"mandrill_events": payload.decode()}).encode()
    return form, "application/x-www-form-urlencoded", {"X-Mandrill-Signature": signature}


@cache
def _rsa(key: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _ec(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _public(private: Any) -> str:
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "".join(pem.decode().splitlines()[1:-1])


def _postal(payload: bytes, key: str) -> Request:
    signature = _rsa(key).sign(payload, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 their choice
    return payload, "application/json", {"X-Postal-Signature": base64.b64encode(signature).decode()}


def _svix_key(key: str) -> str:
    return f"whsec_{base64.b64encode(key.encode()).decode()}"


def _resend(payload: bytes, key: str) -> Request:
    message_id, now = f"msg_{hashlib.sha256(payload).hexdigest()[:27]}", datetime.now(UTC)
    signature = Webhook(_svix_key(key)).sign(msg_id=message_id, timestamp=now, data=payload.decode())
    return (
        payload,
        "application/json",
        {"svix-id": message_id, "svix-timestamp": str(int(now.timestamp())), "svix-signature": signature},
    )


def _sendgrid(payload: bytes, key: str) -> Request:
    signature = _ec(key).sign(b"1772442004" + payload, ec.ECDSA(hashes.SHA256()))
    return (
        payload,
        "application/json",
        {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": "1772442004",
        },
    )


def _unisender_go(payload: bytes, key: str) -> Request:
    auth = hashlib.md5(payload.replace(b"AUTH", key.encode())).hexdigest()  # noqa: S324 their choice
    return payload.replace(b"AUTH", auth.encode()), "application/json", {}


BASIC = {"Authorization"}
SERVICES = [
    Service("amazon_ses", {"WEBHOOK_SECRET": SECRET}, _amazon_ses, unproven_status=401, proof=BASIC),
    Service("brevo", {"WEBHOOK_SECRET": SECRET}, _basic, proof=BASIC),
    Service("mailersend", {"MAILERSEND_SIGNING_SECRET": KEY}, _mailersend, proof={"Signature"}),
    Service("mailgun", {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}, _mailgun),
    Service("mailjet", {"WEBHOOK_SECRET": SECRET}, _basic, proof=BASIC),
    Service("mailtrap", {"MAILTRAP_TRACKING_SECRET": KEY}, _mailtrap, proof={"Mailtrap-Signature"}),
    Service("mandrill", {"MANDRILL_WEBHOOK_KEY": KEY}, _mandrill, proof={"X-Mandrill-Signature"}),
    Service("postal", {"POSTAL_WEBHOOK_KEY": _public(_rsa(KEY))}, _postal, proof={"X-Postal-Signature"}),
    Service("postmark", {"WEBHOOK_SECRET": SECRET}, _basic, proof=BASIC),
    Service("resend", {"RESEND_SIGNING_SECRET": _svix_key(KEY)}, _resend, proof={"svix-signature"}),
    Service(
        "sendgrid",
        {"SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": _public(_ec(KEY))},
        _sendgrid,
        proof={"X-Twilio-Email-Event-Webhook-Signature"},
    ),
    Service("sparkpost", {"WEBHOOK_SECRET": SECRET}, _basic, proof=BASIC),
    Service("unisender_go", {"UNISENDER_GO_API_KEY": KEY}, _unisender_go),
]
