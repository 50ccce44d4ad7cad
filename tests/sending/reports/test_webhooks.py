"""Each mail service's reports, posted to its own address as the service posts them."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from anymail.exceptions import AnymailInsecureWebhookWarning
from anymail.urls import urlpatterns as anymail_patterns
from django.test import Client

from newsletter.audience.models import Subscription, Suppression
from newsletter.sending.models import DeliveryEvent
from newsletter.sending.webhook_views import tracking_view
from tests.sending.conftest import Desk
from tests.sending.reports.services import SECRET, SERVICES, Service, kinds, payload

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid"),
]

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)

# Kind of report: what is written down, and what it does to the address and to the subscription.
COMES_TO = {
    "sent": ("sent", None, "", "confirmed"),
    "delivered": ("delivered", None, "", "confirmed"),
    "deferred": ("deferred", None, "", "confirmed"),
    "hard": ("bounced", None, "hard_bounce", "confirmed"),
    "soft": ("bounced", "timed_out", "", "confirmed"),
    "given up": ("failed", "timed_out", "", "confirmed"),
    "own list": ("bounced", "timed_out", "", "confirmed"),
    "blocked": ("bounced", None, "", "confirmed"),
    "filtered": ("bounced", None, "", "confirmed"),
    "refused": ("rejected", "blocked", "", "confirmed"),
    "out of office": ("autoresponded", None, "", "confirmed"),
    "complaint": ("complained", None, "complaint", "confirmed"),
    "unsubscribe": ("unsubscribed", None, "", "unsubscribed"),
}
# Postal reports a permanent failure by a name of its own, SendGrid what its list refuses.
INSTEAD = {("postal", "hard"): "failed", ("sendgrid", "own list"): "rejected"}


@pytest.fixture
def client() -> Client:
    """A mail service has no CSRF token."""
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


@pytest.fixture
def use(settings: Any) -> Callable[[Service], None]:
    def use(service: Service) -> None:
        settings.MAIL, settings.ANYMAIL = service.name, service.anymail

    return use


def test_every_service_that_reports_is_tried() -> None:
    known = {(pattern.name or "").partition("_inbound")[0] for pattern in anymail_patterns}
    services = {name.removesuffix("_webhook").removesuffix("_tracking") for name in known} - {"sendinblue"}
    assert {service.name for service in SERVICES} == {name for name in services if tracking_view(name)}


@each_service
def test_each_report_is_written_down_and_acted_on(
    client: Client,
    desk: Desk,
    worker: Callable[[], None],
    use: Callable[[Service], None],
    service: Service,
) -> None:
    desk.readers(len(kinds(service.name)))
    mailing = desk.launch()
    worker()
    use(service)
    for kind, delivery in zip(kinds(service.name), mailing.deliveries.all(), strict=True):
        report = payload(service.name, kind, delivery=delivery.pk, recipient=delivery.address)
        for _time in range(2):  # services repeat themselves
            response = service.post(client, report)
            assert response.status_code == 200, (kind, response.content)
        event = DeliveryEvent.objects.get(delivery=delivery)
        assert event.occurred_at is not None
        assert event.occurred_at.date().isoformat() == "2026-03-02"
        assert delivery.address not in event.description
        delivery.refresh_from_db()
        entry = Suppression.objects.filter(address_hash=event.address_hash).first()
        subscription = Subscription.objects.get(subscriber=delivery.subscriber_id)
        event_type, reason, suppressed, subscribed = COMES_TO[kind]
        event_type = INSTEAD.get((service.name, kind), event_type)
        assert (kind, event.event_type, event.reject_reason if reason else reason) == (
            kind,
            event_type,
            reason,
        )
        assert (kind, entry.reason if entry else "") == (kind, suppressed)
        assert (kind, subscription.status) == (kind, subscribed)
        own = "" if event_type in {"sent", "autoresponded"} else event_type
        assert (kind, delivery.outcome) == (kind, own)
    assert DeliveryEvent.objects.count() == len(kinds(service.name))


@each_service
def test_a_forged_report_is_refused_and_nothing_is_written(
    client: Client, use: Callable[[Service], None], service: Service
) -> None:
    use(service)
    report = payload(service.name, "hard", delivery=1, recipient="reader@readers.example")
    assert service.post(client, report, key="somebody:elses key").status_code == 400
    assert service.post(client, report, proven=False).status_code == service.unproven_status
    assert not DeliveryEvent.objects.exists()
    assert not Suppression.objects.exists()
    assert service.post(client, report).status_code == 200
    assert Suppression.objects.exists()


@each_service
def test_only_the_service_in_use_is_listened_to(client: Client, settings: Any, service: Service) -> None:
    settings.ANYMAIL = service.anymail
    report = payload(service.name, "hard", delivery=1, recipient="reader@readers.example")
    for other in ("mailbox", "smtp", "postmark" if service.name != "postmark" else "brevo"):
        settings.MAIL = other
        assert service.post(client, report).status_code == 404
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize("service", ["brevo", "mailgun", "postmark", "sendgrid", "amazon_ses"])
def test_nobody_takes_incoming_mail(client: Client, settings: Any, service: str) -> None:
    settings.MAIL, settings.ANYMAIL = service, {"WEBHOOK_SECRET": SECRET}
    # Left to the pages, which take no post without a CSRF token and have none there.
    assert client.post(f"/anymail/{service}/inbound/", data={}).status_code == 403
    assert client.get(f"/anymail/{service}/inbound/").status_code == 404


def test_an_amazon_topic_is_confirmed_only_for_who_knows_the_secret(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Amazon asks the address to confirm a topic; whoever owns any topic could have it ask."""
    confirmed: list[str] = []

    class Topics:
        def confirm_subscription(self, **fields: str) -> None:
            confirmed.append(fields["TopicArn"])

        def close(self) -> None: ...

    monkeypatch.setattr(boto3.session.Session, "client", lambda *args, **kwargs: Topics())
    service = next(service for service in SERVICES if service.name == "amazon_ses")
    settings.MAIL = "amazon_ses"
    body = json.dumps(
        {
            "Type": "SubscriptionConfirmation",
            "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            "Token": "2336412f37",
            "TopicArn": "arn:aws:sns:eu-central-1:123456789012:reports",
            "SubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
        }
    ).encode()
    sns = {
        "x-amz-sns-message-type": "SubscriptionConfirmation",
        "x-amz-sns-message-id": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
    }

    def ask(**more: str) -> int:
        return client.post(
            "/anymail/amazon_ses/tracking/", data=body, content_type="text/plain", headers={**sns, **more}
        ).status_code

    authorised = service.prove(b"", SECRET)[2]["Authorization"]
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert ask() == 401
    assert ask(Authorization="Basic bm9ib2R5OmtleQ==") == 400
    settings.ANYMAIL = {}
    with pytest.warns(AnymailInsecureWebhookWarning):
        assert ask() == 400
    assert confirmed == []
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert ask(Authorization=authorised) == 200
    assert confirmed == ["arn:aws:sns:eu-central-1:123456789012:reports"]


def test_one_notification_of_amazons_may_be_about_several_people(
    client: Client, use: Callable[[Service], None]
) -> None:
    service = next(service for service in SERVICES if service.name == "amazon_ses")
    use(service)
    report = json.loads(payload("amazon_ses", "hard", delivery=0, recipient="one@readers.example"))
    (first,) = report["bounce"]["bouncedRecipients"]
    report["bounce"]["bouncedRecipients"] = [first, {**first, "emailAddress": "two@readers.example"}]
    for _time in range(2):
        assert service.post(client, json.dumps(report).encode()).status_code == 200
    assert DeliveryEvent.objects.count() == Suppression.objects.count() == 2


def test_a_signature_of_mailguns_that_somebody_caught_is_worth_nothing_a_second_time(
    client: Client, use: Callable[[Service], None]
) -> None:
    """It signs a token, not the report: with one caught token anything could be said."""
    service = next(service for service in SERVICES if service.name == "mailgun")
    use(service)
    genuine = payload("mailgun", "delivered", delivery=1, recipient="reader@readers.example")
    assert service.post(client, genuine).status_code == 200
    caught = json.loads(service.prove(genuine, service.right_key)[0])["signature"]
    forged = json.loads(payload("mailgun", "complaint", delivery=1, recipient="reader@readers.example"))
    client.post(
        "/anymail/mailgun/tracking/",
        data=json.dumps({"signature": caught, **forged}),
        content_type="application/json",
    )
    assert DeliveryEvent.objects.get().event_type == "delivered"
    assert not Suppression.objects.exists()
