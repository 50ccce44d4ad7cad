"""A second try for those whom a mailing missed for a reason that passes, and for nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import PageLogEntry

from newsletter.audience.models import Subscription
from newsletter.sending.failures import passing_failures
from newsletter.sending.launching import LaunchRefused, cancel
from newsletter.sending.mailbox.reading import letters
from newsletter.sending.models import Delivery, Mailing
from newsletter.sending.permissions import may_steer
from newsletter.sending.progress import reasons_left_out
from newsletter.sending.retrying import retry
from tests.audience.factories import SuppressionFactory
from tests.sending.conftest import Desk, counts, letters_to, report

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


def bounce(mailing: Mailing, *names: str, reject_reason: str = "other") -> None:
    for name in names:
        delivery = mailing.deliveries.get(address=f"{name}@readers.example")
        report(delivery, "bounced", reject_reason=reject_reason)


def try_again(desk: Desk, mailing: Mailing, worker: Worker) -> Mailing:
    mailing.refresh_from_db()
    with desk.committed():
        second = retry(mailing)
    worker()
    second.refresh_from_db()
    return second


def addresses(mailing: Mailing) -> set[str]:
    return {address.partition("@")[0] for address in mailing.deliveries.values_list("address", flat=True)}


@pytest.fixture
def missed(desk: Desk, worker: Worker) -> Mailing:
    """Six readers; the mailboxes of b and c were full, d's was for good, e's service sent nothing, f complained."""
    for name in "abcdef":
        desk.reader(f"{name}@readers.example", language="es" if name == "c" else "en")
    mailing = desk.launch()
    worker()
    bounce(mailing, "b", "c")
    bounce(mailing, "d", reject_reason="bounced")
    report(mailing.deliveries.get(address="e@readers.example"), "failed", reject_reason="timed_out")
    report(mailing.deliveries.get(address="f@readers.example"), "complained")
    mailing.refresh_from_db()
    return mailing


def test_only_those_who_failed_for_a_passing_reason_get_it_again(
    desk: Desk, missed: Mailing, worker: Worker
) -> None:
    second = try_again(desk, missed, worker)
    assert addresses(second) == {"b", "c", "e"}
    assert counts(second) == {"accepted": 3}
    assert second.state == Mailing.State.SENT
    assert second.retry_of == missed
    assert {name: len(letters_to(f"{name}@")) for name in "abcdef"} == {
        "a": 1,
        "b": 2,
        "c": 2,
        "d": 1,
        "e": 2,
        "f": 1,
    }


def test_they_get_what_the_others_got_though_the_edition_was_edited_since(
    desk: Desk, missed: Mailing, worker: Worker
) -> None:
    desk.edition.refresh_from_db()
    desk.edition.subject = "A better subject"
    desk.edition.save_revision().publish()
    second = try_again(desk, missed, worker)
    assert second.revisions == missed.revisions
    assert {letter.subject for letter in letters(most=100)} == {
        "What the assemblies decided",
        "Lo que decidieron las asambleas",
    }


def test_who_has_left_meanwhile_is_not_tried_again(desk: Desk, missed: Mailing, worker: Worker) -> None:
    Subscription.objects.filter(subscriber__email="b@readers.example").update(
        status=Subscription.Status.UNSUBSCRIBED
    )
    SuppressionFactory(address="c@readers.example")
    second = try_again(desk, missed, worker)
    assert counts(second) == {"accepted": 1, "skipped": 1}
    assert reasons_left_out(second) == [("on the do-not-mail list", 1)]
    assert len(letters_to("b@")) == len(letters_to("c@")) == 1


def test_nobody_left_to_try_is_refused_in_words(desk: Desk, missed: Mailing, worker: Worker) -> None:
    Subscription.objects.update(status=Subscription.Status.UNSUBSCRIBED)
    with pytest.raises(LaunchRefused, match="Nobody is left to try again"):
        retry(missed)
    Delivery.objects.update(outcome="delivered")
    with pytest.raises(LaunchRefused, match="missed nobody"):
        retry(missed)
    assert Mailing.objects.count() == 1


def test_a_second_retry_reaches_none_of_those_the_first_one_reached(
    desk: Desk, missed: Mailing, worker: Worker
) -> None:
    second = try_again(desk, missed, worker)
    bounce(second, "c")
    assert [delivery.address for delivery in passing_failures(missed.pk)] == ["c@readers.example"]
    third = try_again(desk, missed, worker)
    assert addresses(third) == {"c"}
    assert len(letters_to("b@")) == 2
    with pytest.raises(LaunchRefused, match="missed nobody"):
        retry(missed)


def test_the_second_try_can_itself_be_tried_again(desk: Desk, missed: Mailing, worker: Worker) -> None:
    second = try_again(desk, missed, worker)
    bounce(second, "b")
    third = try_again(desk, second, worker)
    assert counts(third) == {"accepted": 1}
    assert addresses(third) == {"b"}


def test_a_cancelled_second_try_leaves_them_to_be_tried_again(
    desk: Desk, missed: Mailing, worker: Worker
) -> None:
    with desk.committed():
        second = retry(missed)
    assert cancel(second)
    worker()
    assert counts(try_again(desk, missed, worker)) == {"accepted": 3}


def test_a_sending_that_is_not_over_is_not_tried_again(desk: Desk, missed: Mailing) -> None:
    with desk.committed():
        retry(missed)
    with pytest.raises(LaunchRefused, match="being sent already"):
        retry(missed)
    Mailing.objects.filter(pk=missed.pk).update(state=Mailing.State.CANCELLED)
    for state in (Mailing.State.PAUSED, Mailing.State.SENDING):
        missed.state = state
        with pytest.raises(LaunchRefused, match="Wait until this sending is over"):
            retry(missed)
    assert Mailing.objects.count() == 2


@pytest.fixture
def manager(client: Client, newsletter_manager_user: Any) -> Client:
    client.force_login(newsletter_manager_user)
    return client


def test_a_manager_presses_try_again_and_the_log_says_so(
    desk: Desk, missed: Mailing, manager: Client, worker: Worker, newsletter_manager_user: Any
) -> None:
    page = manager.get(reverse("sending:mailing", args=[missed.pk])).content.decode()
    assert "3 people did not get it for a reason that passes" in page
    assert "Try again for them alone" in page
    with desk.committed():
        answer = manager.post(reverse("sending:retry", args=[missed.pk]))
    second = Mailing.objects.get(retry_of=missed)
    assert answer["Location"] == reverse("sending:mailing", args=[second.pk])
    assert second.launched_by == newsletter_manager_user
    entry = PageLogEntry.objects.get(action="sending.retry")
    assert entry.data == {"mailing": second.pk, "retry_of": missed.pk}
    assert entry.user == newsletter_manager_user
    worker()
    page = manager.get(answer["Location"]).content.decode()
    assert "This is a second try" in page
    page = manager.get(reverse("sending:mailing", args=[missed.pk])).content.decode()
    assert "Try again for them alone" not in page
    again = manager.post(reverse("sending:retry", args=[missed.pk]), follow=True).content.decode()
    assert "missed nobody for a reason that passes" in again


def test_who_may_not_send_this_newsletter_has_no_button_and_no_second_try(
    desk: Desk, missed: Mailing, manager: Client, author_user: Any, newsletter_manager_user: Any
) -> None:
    desk.newsletter.senders.add(Group.objects.create(name="Another circle"))
    desk.newsletter.save()
    assert "Try again" not in manager.get(reverse("sending:mailing", args=[missed.pk])).content.decode()
    assert manager.post(reverse("sending:retry", args=[missed.pk])).status_code in {302, 403}
    assert Mailing.objects.count() == 1
    with pytest.raises(LaunchRefused, match="may not send"):
        retry(missed, user=newsletter_manager_user)
    manager.force_login(author_user)
    assert manager.post(reverse("sending:retry", args=[missed.pk])).status_code in {302, 403}
    assert manager.get(reverse("sending:retry", args=[missed.pk])).status_code in {302, 403, 405}
    assert Mailing.objects.count() == 1


def test_a_second_try_is_steered_by_those_alone_who_could_have_sent_the_first(
    desk: Desk, missed: Mailing, manager: Client, newsletter_manager_user: Any
) -> None:
    with desk.committed():
        second = retry(missed)
    assert (second.to_everyone, list(second.segments.all())) == (True, [])
    assert may_steer(newsletter_manager_user, second)
    desk.newsletter.senders.add(Group.objects.create(name="Another circle"))
    desk.newsletter.save()
    assert not may_steer(newsletter_manager_user, second)
    assert manager.post(reverse("sending:steer", args=[second.pk]), {"action": "cancel"}).status_code == 302
    second.refresh_from_db()
    assert second.state == Mailing.State.PREPARING


def test_a_manager_of_one_segment_tries_again_and_steers_what_came_of_it(
    desk: Desk, worker: Worker, newsletter_manager_user: Any
) -> None:
    locals_ = Group.objects.create(name="Local desk")
    newsletter_manager_user.groups.add(locals_)
    desk.newsletter.senders.add(Group.objects.create(name="Another circle"))
    desk.newsletter.save()
    desk.spanish.senders.set([locals_])
    desk.reader("c@readers.example", language="es")
    first = desk.launch(user=newsletter_manager_user, segments=[desk.spanish])
    worker()
    bounce(first, "c")
    first.refresh_from_db()
    with desk.committed():
        second = retry(first, user=newsletter_manager_user)
    assert list(second.segments.all()) == [desk.spanish]
    assert may_steer(newsletter_manager_user, second)


def test_a_sending_that_names_nobody_is_not_steered_by_who_may_send_to_a_segment(
    desk: Desk, missed: Mailing, newsletter_manager_user: Any
) -> None:
    desk.newsletter.senders.add(Group.objects.create(name="Another circle"))
    desk.newsletter.save()
    nobody_named = Mailing.objects.create(
        edition=missed.edition, newsletter=missed.newsletter, retry_of=missed, state=Mailing.State.PREPARING
    )
    assert not may_steer(newsletter_manager_user, nobody_named)
