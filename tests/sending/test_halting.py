"""A mailing stops by itself before it harms the newsroom's name, and says so to a person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from wagtail.users.models import UserProfile

from newsletter.sending.halting import bad_news, halt_if_too_many
from newsletter.sending.launching import pause, resume
from newsletter.sending.mailbox.reading import letters
from newsletter.sending.models import Batch, Delivery, Mailing, Sender
from newsletter.sending.notices import tell_that_it_stopped
from newsletter.sending.pace import sender_of
from newsletter.sending.preparing import prepare
from newsletter.sending.submitting import work
from newsletter.sending.sweep import sweep
from newsroom.models import User
from tests.newsroom.factories import UserFactory
from tests.sending.backends import Mailgun
from tests.sending.conftest import Desk, counts, report, small_batches

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]

HANDED_OVER = 400  # of 402


@pytest.fixture
def half_way(
    desk: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch, newsletter_manager_user: User
) -> Mailing:
    """400 people handed over, two wait. Mail to people of the house is in mail.outbox."""
    mailing = Mailing.objects.create(
        edition=desk.edition,
        newsletter=desk.newsletter,
        state=Mailing.State.SENDING,
        audience=HANDED_OVER + 2,
        launched_by=newsletter_manager_user,
    )
    version = mailing.variants.create(language="en", revision=desk.edition.latest_revision)
    Delivery.objects.bulk_create(
        Delivery(mailing=mailing, variant=version, address=f"{number}@readers.example")
        for number in range(HANDED_OVER + 2)
    )
    first = mailing.deliveries.order_by("pk").first()
    assert first is not None
    for start, size, state in ((0, HANDED_OVER, "accepted"), (HANDED_OVER, 2, "pending")):
        mailing.batches.create(
            variant=version,
            first_delivery=first.pk + start,
            last_delivery=first.pk + start + size - 1,
            size=size,
            state=state,
        )
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return mailing


def make(mailing: Mailing, outcome: str, *, people: int) -> None:
    """So many people have this outcome, reported one way or another."""
    chosen = mailing.deliveries.order_by("pk").values_list("pk", flat=True)[:people]
    mailing.deliveries.filter(pk__in=list(chosen)).update(outcome=outcome)


@pytest.mark.parametrize(
    ("outcome", "tolerated"), [("bounced", 20), ("failed", 20), ("rejected", 20), ("complained", 2)]
)
def test_it_halts_just_above_what_its_domain_tolerates(
    half_way: Mailing, outcome: str, tolerated: int
) -> None:
    """5 percent of 400 may be rejected; 0.3 percent, and never fewer than three, may complain."""
    make(half_way, outcome, people=tolerated)
    assert not halt_if_too_many(half_way.pk)
    make(half_way, outcome, people=tolerated + 1)
    assert halt_if_too_many(half_way.pk)
    half_way.refresh_from_db()
    assert half_way.state == Mailing.State.PAUSED
    assert f"{tolerated + 1} of 400" in half_way.fault
    words = "marked this as spam" if outcome == "complained" else "were rejected"
    assert words in half_way.fault


def test_fewer_than_twenty_rejected_or_three_complaints_say_nothing(half_way: Mailing) -> None:
    half_way.batches.filter(state="accepted").update(state=Batch.State.PENDING)
    half_way.batches.filter(size=2).update(state=Batch.State.ACCEPTED)
    make(half_way, "bounced", people=19)
    assert not halt_if_too_many(half_way.pk)
    make(half_way, "complained", people=2)
    assert not halt_if_too_many(half_way.pk)


def test_what_is_tolerated_is_the_sending_domains_own_word(half_way: Mailing) -> None:
    sender = sender_of(half_way.newsletter)
    Sender.objects.filter(pk=sender.pk).update(halt_rejected="30.0", halt_complained="2.0")
    make(half_way, "bounced", people=120)
    assert not halt_if_too_many(half_way.pk)
    make(half_way, "complained", people=9)
    assert halt_if_too_many(half_way.pk)


def test_who_was_refused_in_a_batch_on_its_way_counts_as_handed_over(half_way: Mailing) -> None:
    make(half_way, "refused", people=25)
    half_way.batches.filter(size=HANDED_OVER).update(state=Batch.State.PENDING, refused=25)
    assert bad_news(half_way).handed_over == 25
    assert bad_news(half_way).rejected == 25


def test_resuming_tolerates_what_was_seen_and_halts_on_what_comes_on_top(half_way: Mailing) -> None:
    make(half_way, "bounced", people=40)
    make(half_way, "complained", people=5)
    assert halt_if_too_many(half_way.pk)
    assert resume(half_way)
    half_way.refresh_from_db()
    assert half_way.state == Mailing.State.SENDING
    assert half_way.fault == ""
    assert not halt_if_too_many(half_way.pk)
    make(half_way, "complained", people=5 + 3)
    assert halt_if_too_many(half_way.pk)


@pytest.mark.parametrize("state", ["paused", "sent", "cancelled"])
def test_only_a_mailing_that_is_sending_halts(half_way: Mailing, state: str) -> None:
    make(half_way, "bounced", people=200)
    Mailing.objects.update(state=state)
    assert not halt_if_too_many(half_way.pk)
    half_way.refresh_from_db()
    assert half_way.state == state
    assert half_way.fault == ""


def test_the_sweep_notices_complaints_that_came_as_reports(
    desk: Desk, half_way: Mailing, worker: Worker
) -> None:
    for delivery in half_way.deliveries.order_by("pk")[:4]:
        report(delivery, "complained")
    half_way.refresh_from_db()
    assert half_way.state == Mailing.State.SENDING
    with desk.committed():
        sweep()
    half_way.refresh_from_db()
    assert half_way.state == Mailing.State.PAUSED
    worker()
    sweep()
    worker()
    assert len(mail.outbox) == 1


def test_the_mail_says_what_happened_and_where_to_go_on(
    half_way: Mailing, newsletter_manager_user: User, settings: Any, worker: Worker
) -> None:
    make(half_way, "bounced", people=50)
    assert halt_if_too_many(half_way.pk)
    worker()
    (message,) = mail.outbox
    assert message.to == [newsletter_manager_user.email]
    assert message.subject == f"Stopped: “{half_way.edition.title}”"
    assert "50 of 400" in message.body
    assert settings.BASE_URL + reverse("sending:mailing", args=[half_way.pk]) in message.body


def test_the_mail_is_in_the_managers_language(half_way: Mailing, newsletter_manager_user: User) -> None:
    UserProfile.objects.update_or_create(user=newsletter_manager_user, defaults={"preferred_language": "es"})
    languages: list[str | None] = []
    from django.utils import translation

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "newsletter.sending.notices.send_mail",
            lambda **_message: languages.append(translation.get_language()),
        )
        Mailing.objects.update(state=Mailing.State.PAUSED, fault="Too many.")
        tell_that_it_stopped(half_way.pk)
    assert languages == ["es"]


@pytest.mark.parametrize("launcher", ["nobody", "without an address", "gone"])
def test_where_the_launcher_cannot_be_written_to_the_administrators_are(
    half_way: Mailing, newsletter_manager_user: User, administrator: User, launcher: str
) -> None:
    UserFactory(username="gone-administrator", is_superuser=True, is_active=False)
    UserFactory(username="mute-administrator", is_superuser=True, email="")
    if launcher == "nobody":
        half_way.launched_by = None
        half_way.save()
    else:
        change = {"email": ""} if launcher == "without an address" else {"is_active": False}
        User.objects.filter(pk=newsletter_manager_user.pk).update(**change)
    Mailing.objects.update(state=Mailing.State.PAUSED, fault="Too many.")
    tell_that_it_stopped(half_way.pk)
    assert [message.to for message in mail.outbox] == [[administrator.email]]


def test_nobody_is_written_to_about_a_mailing_that_goes_on_again(half_way: Mailing) -> None:
    tell_that_it_stopped(half_way.pk)
    assert pause(half_way)
    tell_that_it_stopped(half_way.pk)
    assert mail.outbox == []


def test_a_wrong_key_halts_at_once_and_one_mail_says_so(
    desk: Desk,
    mailgun: Mailgun,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
    newsletter_manager_user: User,
    settings: Any,
) -> None:
    small_batches(monkeypatch, 1)
    desk.readers(3)
    mailing = desk.launch(user=newsletter_manager_user)
    prepare(mailing.pk)
    mailgun.answers = [401, 401, 401]
    for batch in mailing.batches.all():
        work(batch.pk)
    assert counts(mailing) == {"waiting": 3}
    assert mailing.state == Mailing.State.PAUSED
    assert "401" in mailing.fault
    assert len(mailgun.bodies) == 1, "the others were not even tried"
    settings.EMAIL_BACKEND = "newsletter.sending.mailbox.backend.EmailBackend"
    worker()
    sweep()
    worker()
    (letter,) = letters()
    assert letter.to == newsletter_manager_user.email
    assert "Stopped" in letter.subject
