"""What a newsletter manager finds on the admin's front page: only the sendings that are theirs to steer."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from newsletter.audience.models import Newsletter
from newsletter.editions.models import EditionPage
from newsletter.sending.models import Batch, Delivery, Mailing, Sender, Variant
from newsletter.sending.permissions import may_steer, within_reach
from newsroom.admin_home.items import Item, in_words
from newsroom.admin_home.panels import today_of
from newsroom.models import User
from tests.audience.factories import NewsletterFactory, SegmentFactory, SubscriberFactory
from tests.editions.factories import EditionPageFactory, newsletter_pages
from tests.newsroom.factories import UserFactory

pytestmark = pytest.mark.django_db

State = Mailing.State


@pytest.fixture
def newsletter() -> Newsletter:
    return newsletter_pages()["en"].newsletter


def manager(name: str, *groups: Group) -> User:
    person: User = UserFactory(username=name, first_name=name.title(), last_name="")
    person.groups.add(Group.objects.get(name="Newsletter manager"), *groups)
    return person


def a_mailing(newsletter: Newsletter, title: str = "November", **fields: Any) -> Mailing:
    edition: EditionPage = EditionPageFactory(parent=newsletter.pages.first(), title=title)
    mailing: Mailing = Mailing.objects.create(
        edition=edition, newsletter=newsletter, **{"to_everyone": True, **fields}
    )
    return mailing


def batch(mailing: Mailing, people: int, state: str, **fields: Any) -> Batch:
    variant, _is_new = Variant.objects.get_or_create(
        mailing=mailing,
        language="en",
        defaults={"revision": mailing.edition.latest_revision, "subject": "", "html": "", "text": ""},
    )
    first = mailing.batches.count() * 1000 + 1
    made: Batch = Batch.objects.create(
        mailing=mailing,
        variant=variant,
        first_delivery=first,
        last_delivery=first + people - 1,
        size=people,
        state=state,
        **fields,
    )
    return made


def sent(newsletter: Newsletter, title: str = "November", **fields: Any) -> Mailing:
    mailing = a_mailing(
        newsletter,
        title,
        **{"state": State.SENT, "audience": 1184, "left_out": 13, "finished_at": timezone.now(), **fields},
    )
    batch(mailing, 1171, Batch.State.ACCEPTED)
    return mailing


def of(items: list[Item], title: str) -> Item:
    (item,) = [item for item in items if item.title == title]
    return item


def test_the_last_sending_stands_there_with_its_sum_and_why_some_were_left_out(
    newsletter: Newsletter, newsletter_manager_user: User, client: Client
) -> None:
    sent(newsletter, "October", finished_at=timezone.now() - timedelta(days=30))
    mailing = sent(newsletter)
    for number, reason in enumerate(["suppressed"] * 9 + ["rhythm"] * 4):
        Delivery.objects.create(
            mailing=mailing,
            subscriber=SubscriberFactory(email=f"left-{number}@readers.example"),
            outcome="skipped",
            reason=reason,
        )
    client.force_login(newsletter_manager_user)
    page = " ".join(client.get(reverse("wagtailadmin_home")).content.decode().split())
    assert "1,184 people = 1,171 accepted by the mail service + 13 left out" in page
    assert "Left out: on the do-not-mail list (9), has had this month&#x27;s edition (4)." in page
    assert reverse("sending:report", args=[mailing.pk]) in page
    assert ">October</h3>" not in page
    assert ">November</h3>" in page
    assert "Nothing waits for you." in page


def test_who_is_asked_for_a_second_opinion_reads_it_first(newsletter: Newsletter) -> None:
    first, second = manager("ada"), manager("bo")
    mailing = a_mailing(newsletter, state=State.ASKED, launched_by=first)
    (item,) = today_of(second).needs
    assert item.words.startswith("Ada wants to send this and asks for a second person, today")
    assert [(button.label, button.url) for button in item.buttons] == [
        ("Read it, then agree", reverse("sending:mailing", args=[mailing.pk]))
    ]
    own = today_of(first)
    assert own.needs == []
    assert "Waits for a second person" in of(own.under_way, "November").words


def test_a_sending_that_stopped_says_why_and_goes_on_from_here(
    newsletter: Newsletter, newsletter_manager_user: User, client: Client
) -> None:
    mailing = a_mailing(newsletter, state=State.PAUSED, fault="401: wrong key", audience=10)
    batch(mailing, 10, Batch.State.PENDING)
    (item,) = today_of(newsletter_manager_user).needs
    assert (item.words, item.is_fault) == ("It stopped: 401: wrong key", True)
    assert item.details == ("10 people = 0 accepted by the mail service + 10 waiting",)
    client.force_login(newsletter_manager_user)
    button = item.buttons[0]
    assert button.label == "Go on sending"
    client.post(button.url, {"action": button.action})
    mailing.refresh_from_db()
    assert mailing.state == State.SENDING


def test_somebody_has_to_decide_about_what_is_in_doubt_even_when_the_sending_is_over(
    newsletter: Newsletter, newsletter_manager_user: User
) -> None:
    mailing = sent(newsletter, audience=1284)
    batch(mailing, 100, Batch.State.PARKED)
    (item,) = today_of(newsletter_manager_user).needs
    assert item.words == "Unsure whether it arrived for 100 people: you decide."


def test_bounces_that_come_after_the_sending_are_told_for_two_weeks(
    newsletter: Newsletter, newsletter_manager_user: User
) -> None:
    mailing = sent(newsletter)
    Sender.objects.create(domain=newsletter.from_email.rpartition("@")[2], halt_rejected=1)
    for number in range(25):
        Delivery.objects.create(
            mailing=mailing,
            subscriber=SubscriberFactory(email=f"gone-{number}@readers.example"),
            outcome=Delivery.Outcome.BOUNCED,
        )
    (item,) = today_of(newsletter_manager_user).needs
    assert item.words == "Too many people were rejected: 25 of 1171."
    Mailing.objects.update(finished_at=timezone.now() - timedelta(days=15))
    assert today_of(newsletter_manager_user).needs == []


def test_what_is_planned_and_what_is_under_way_says_so(
    newsletter: Newsletter, newsletter_manager_user: User
) -> None:
    noon = timezone.localtime().replace(hour=12, minute=0) + timedelta(days=1)
    a_mailing(newsletter, "Planned", state=State.SCHEDULED, scheduled_for=noon)
    batch(a_mailing(newsletter, "Going", state=State.SENDING, audience=5), 5, Batch.State.ACCEPTED)
    a_mailing(newsletter, "Beginning", state=State.PREPARING)
    under_way = today_of(newsletter_manager_user).under_way
    assert of(under_way, "Planned").words == "Goes out tomorrow, 12:00; you can cancel until then."
    assert of(under_way, "Going").words == "5 people = 5 accepted by the mail service"
    assert "are being made" in of(under_way, "Beginning").words


def test_the_newsletters_own_clock_is_named_where_it_is_another() -> None:
    from zoneinfo import ZoneInfo

    now = timezone.now().replace(hour=12, minute=0)
    assert in_words(now, now=now, zone=ZoneInfo("Asia/Kolkata")) == "today, 17:30 (Asia/Kolkata)"
    assert in_words(now - timedelta(days=1), now=now) == "yesterday, 12:00"


def test_a_domain_that_has_to_wait_long_is_shown(newsletter_manager_user: User, author_user: User) -> None:
    sender = Sender.objects.create(
        domain="weft.example",
        held_until=timezone.now() + timedelta(hours=2),
        held_because="429: slow down",
    )
    (item,) = today_of(newsletter_manager_user).needs
    assert (item.title, item.details) == ("weft.example", ("429: slow down",))
    assert today_of(author_user).needs == []
    sender.held_until = timezone.now() + timedelta(seconds=30)
    sender.save()
    assert today_of(newsletter_manager_user).needs == []


def test_whoever_may_send_to_one_segment_sees_that_segments_sendings_only(newsletter: Newsletter) -> None:
    board, valley = (Group.objects.create(name=name) for name in ("Board", "Valley"))
    newsletter.senders.add(board)
    newsletter.save()
    theirs = SegmentFactory(name="Valley", slug="valley")
    theirs.senders.add(valley)
    theirs.save()
    others = SegmentFactory(name="Others", slug="others")
    for title, segments in (("All", []), ("Valley", [theirs]), ("Both", [theirs, others])):
        a_mailing(newsletter, title, state=State.PAUSED, to_everyone=not segments).segments.set(segments)
    assert [item.title for item in today_of(manager("vic", valley)).needs] == ["Valley"]
    assert {item.title for item in today_of(manager("bo", board)).needs} == {"All"}


def test_many_at_once_are_judged_as_one_by_one(newsletter: Newsletter, administrator: User) -> None:
    board, valley = (Group.objects.create(name=name) for name in ("Board", "Valley"))
    closed = NewsletterFactory(name="Closed")
    closed.senders.add(board)
    closed.save()
    theirs, free = SegmentFactory(slug="theirs"), SegmentFactory(slug="free")
    theirs.senders.add(valley)
    theirs.save()
    mailings = []
    for which in (newsletter, closed):
        for segments in ([], [theirs], [free], [theirs, free]):
            mailing = a_mailing(newsletter, str(uuid.uuid4()), to_everyone=not segments)
            mailing.newsletter = which
            mailing.save()
            mailing.segments.set(segments)
            mailings.append(mailing)
    people = [administrator, manager("ada"), manager("bo", board), manager("vic", valley), UserFactory()]
    for person in people:
        assert within_reach(person, mailings) == [one for one in mailings if may_steer(person, one)]


def test_a_second_try_is_seen_by_those_who_may_send_to_everybody(newsletter: Newsletter) -> None:
    board = Group.objects.create(name="Board")
    newsletter.senders.add(board)
    newsletter.save()
    first = sent(newsletter)
    again = Mailing.objects.create(
        edition=first.edition, newsletter=newsletter, retry_of=first, state=State.PREPARING
    )
    assert within_reach(manager("bo", board), [again]) == [again]
    assert within_reach(manager("ada"), [again]) == []


def test_more_sendings_cost_no_more_questions(newsletter: Newsletter, newsletter_manager_user: User) -> None:
    def some(number: int) -> None:
        paused = a_mailing(newsletter, f"Paused {number}", state=State.PAUSED, audience=5)
        paused.segments.add(SegmentFactory(slug=f"segment-{number}"))
        batch(paused, 5, Batch.State.PARKED)
        a_mailing(newsletter, f"Asked {number}", state=State.ASKED)
        sent(newsletter, f"Sent {number}")

    def questions() -> int:
        user = User.objects.get(pk=newsletter_manager_user.pk)
        with CaptureQueriesContext(connection) as captured:
            today_of(user)
        return len(captured)

    some(0)
    questions()
    few = questions()
    for number in range(1, 5):
        some(number)
    assert questions() == few
