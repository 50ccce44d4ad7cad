"""What mail services report: repeated, reordered, early, and hostile."""

import itertools

import pytest

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Subscription, Suppression
from newsletter.sending.models import Batch, Delivery, DeliveryEvent, Mailing
from newsletter.sending.progress import progress_of
from tests.sending.reports.conftest import arrive, report

pytestmark = pytest.mark.django_db


def test_delivered_is_the_last_word_in_any_order(sent: Mailing) -> None:
    for order in itertools.permutations(["deferred", "sent", "delivered"]):
        delivery = sent.deliveries.first()
        assert delivery is not None
        Delivery.objects.filter(pk=delivery.pk).update(outcome="")
        arrive(*[report(kind, delivery) for kind in order])
        delivery.refresh_from_db()
        assert delivery.outcome == "delivered"
    assert progress_of(sent).balances


def test_the_same_report_twice_is_one(sent: Mailing) -> None:
    delivery = sent.deliveries.first()
    assert delivery is not None
    event = report("bounced", delivery, reject_reason="bounced", event_id="same")
    arrive(event, event)
    nameless = report("delivered", delivery, event_id=None)
    arrive(nameless, nameless)
    assert DeliveryEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("event_type", "reject_reason", "reason"),
    [
        ("bounced", "bounced", "hard_bounce"),
        ("bounced", "invalid", "hard_bounce"),
        ("complained", None, "complaint"),
    ],
)
def test_hard_bounce_and_complaint_end_all_mail_to_the_address(
    sent: Mailing, event_type: str, reject_reason: str | None, reason: str
) -> None:
    delivery = sent.deliveries.first()
    assert delivery is not None
    arrive(report(event_type, delivery, reject_reason=reject_reason))
    arrive(report(event_type, delivery, reject_reason=reject_reason))
    suppression = Suppression.objects.get()
    assert suppression.address_hash == address_hash(delivery.address)
    assert (suppression.reason, suppression.newsletter) == (reason, None)


@pytest.mark.parametrize(
    ("event_type", "reject_reason"), [("bounced", "timed_out"), ("deferred", None), ("autoresponded", None)]
)
def test_a_full_mailbox_or_an_autoreply_ends_nothing(
    sent: Mailing, event_type: str, reject_reason: str | None
) -> None:
    delivery = sent.deliveries.first()
    assert delivery is not None
    arrive(report(event_type, delivery, reject_reason=reject_reason))
    assert not Suppression.objects.exists()


def test_opens_and_clicks_are_not_written_down(sent: Mailing) -> None:
    delivery = sent.deliveries.first()
    assert delivery is not None
    arrive(report("opened", delivery), report("clicked", delivery, click_url="https://weft.example/"))
    assert not DeliveryEvent.objects.exists()


def test_an_unsubscribe_at_the_service_ends_the_newsletter(sent: Mailing) -> None:
    delivery = sent.deliveries.first()
    assert delivery is not None
    arrive(report("unsubscribed", delivery))
    subscription = Subscription.objects.get(subscriber=delivery.subscriber)
    assert subscription.status == Subscription.Status.UNSUBSCRIBED


def test_a_report_settles_a_batch_in_doubt(sent: Mailing) -> None:
    Batch.objects.update(state=Batch.State.PARKED)
    delivery = sent.deliveries.first()
    assert delivery is not None
    arrive(report("delivered", delivery))
    assert progress_of(sent).counts["accepted"] == 3


@pytest.mark.parametrize("written", ["", "0", "99999999", "١٢", "1; DROP TABLE", "9" * 40, None])
def test_a_report_about_no_delivery_of_ours_is_kept_without_one(sent: Mailing, written: str | None) -> None:
    arrive(report("delivered", metadata={"delivery": written}, recipient="somebody@readers.example"))
    assert DeliveryEvent.objects.get().delivery_id is None


def test_a_report_that_names_somebody_else_silences_nobody_of_ours(sent: Mailing) -> None:
    """Another newsroom on the same account counts its deliveries from one, too."""
    delivery = sent.deliveries.first()
    assert delivery is not None
    arrive(report("bounced", delivery, recipient="stranger@elsewhere.example", reject_reason="bounced"))
    delivery.refresh_from_db()
    assert delivery.outcome == ""
    assert Suppression.objects.get().address_hash == address_hash("stranger@elsewhere.example")
    arrive(report("delivered", delivery, recipient=delivery.address.upper()))
    delivery.refresh_from_db()
    assert delivery.outcome == "delivered"


@pytest.mark.parametrize("recipient", [None, "", "redacted", "xxxx@yyyy@zzzz"])
def test_a_report_that_hides_the_address_is_found_by_its_number(sent: Mailing, recipient: str | None) -> None:
    delivery = sent.deliveries.first()
    assert delivery is not None
    arrive(report("complained", delivery, recipient=recipient))
    delivery.refresh_from_db()
    assert delivery.outcome == "complained"


def test_a_bounced_confirmation_suppresses_its_address(sent: Mailing) -> None:
    arrive(report("bounced", recipient="New@Readers.example", reject_reason="bounced", metadata={}))
    assert Suppression.objects.get().address_hash == address_hash("new@readers.example")


def test_what_is_written_down_about_a_bounce_names_nobody(sent: Mailing) -> None:
    delivery = sent.deliveries.first()
    assert delivery is not None
    words = f"550 5.1.1 <{delivery.address.upper()}>: no such user"
    arrive(report("bounced", delivery, reject_reason="bounced", description=words))
    delivery.refresh_from_db()
    assert "no such user" in delivery.reason
    kept = delivery.reason + DeliveryEvent.objects.get().description + Suppression.objects.get().note
    assert "readers.example" not in kept.lower()
