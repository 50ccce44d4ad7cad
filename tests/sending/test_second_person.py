"""A newsletter that two people send together, and who may send what to whom."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from newsletter.sending.launching import LaunchRefused, agree, cancel, resume, start_due_mailings
from newsletter.sending.models import Mailing
from newsletter.sending.notices import ask_second_persons
from newsletter.sending.permissions import may_steer, reach_of, visible_to
from tests.audience.factories import language_rule
from tests.editions.factories import EditionPageFactory, new_stories, stories, text
from tests.newsroom.factories import UserFactory
from tests.sending.conftest import Desk, begin, counts, planned
from tests.stories.factories import StoryPageFactory

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]
State = Mailing.State


@pytest.fixture
def two(desk: Desk) -> Desk:
    desk.newsletter.needs_second_person = True
    desk.newsletter.save()
    desk.readers(2)
    return desk


def manager(name: str) -> Any:
    person = UserFactory(username=name)
    person.groups.add(Group.objects.get(name="Newsletter manager"))
    return person


def test_nothing_goes_before_somebody_else_agreed(two: Desk, worker: Worker) -> None:
    first, second = manager("ada"), manager("bo")
    mailing = two.launch(user=first)
    worker()
    assert counts(mailing) == {}
    assert (mailing.state, mailing.started_at) == (State.ASKED, None)
    with pytest.raises(LaunchRefused, match="Somebody else"):
        agree(mailing, user=first)
    with two.committed():
        assert agree(mailing, user=second)
    assert not agree(mailing, user=second)
    worker()
    assert counts(mailing) == {"accepted": 2}
    assert (mailing.launched_by, mailing.confirmed_by) == (first, second)


@pytest.mark.django_db(transaction=True)
def test_of_several_who_agree_at_once_one_lets_it_go(two: Desk) -> None:
    first, seconds = manager("ada"), [manager(name) for name in ("bo", "cy", "di")]
    mailing = two.launch(user=first)
    waiting = DBTaskResult.objects.count()
    start = Barrier(len(seconds))

    def press(user: Any) -> bool:
        try:
            start.wait(timeout=10)
            return agree(Mailing.objects.get(pk=mailing.pk), user=user)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(seconds)) as pool:
        agreed = [future.result(timeout=60) for future in [pool.submit(press, user) for user in seconds]]
    assert sorted(agreed) == [False, False, True]
    mailing.refresh_from_db()
    assert (mailing.state, mailing.confirmed_by) == (State.PREPARING, seconds[agreed.index(True)])
    assert DBTaskResult.objects.count() == waiting + 1


def test_only_who_may_send_it_can_agree(two: Desk, author_user: Any) -> None:
    mailing = two.launch(user=manager("ada"))
    with pytest.raises(LaunchRefused):
        agree(mailing, user=author_user)


def test_everybody_who_may_agree_is_asked_by_mail_and_nobody_else(
    two: Desk, author_user: Any, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    first, second = manager("ada"), manager("bo")
    mailing = two.launch(user=first)
    mail.outbox.clear()
    ask_second_persons(mailing.pk)
    assert second.email in [to for message in mail.outbox for to in message.to]
    assert {first.email, author_user.email}.isdisjoint(to for message in mail.outbox for to in message.to)
    assert reverse("sending:mailing", args=[mailing.pk]) in mail.outbox[0].body


def test_a_planned_sending_waits_for_both(two: Desk, worker: Worker) -> None:
    first, second = manager("ada"), manager("bo")
    mailing = two.launch(user=first, at=timezone.now() + timedelta(hours=1))
    Mailing.objects.update(scheduled_for=timezone.now() - timedelta(minutes=1))
    assert start_due_mailings() == 0
    mailing.refresh_from_db()
    with pytest.raises(LaunchRefused, match="has passed"):
        agree(mailing, user=second)
    Mailing.objects.update(scheduled_for=timezone.now() + timedelta(hours=1))
    mailing.refresh_from_db()
    assert agree(mailing, user=second)
    mailing.refresh_from_db()
    assert mailing.state == State.SCHEDULED


def test_what_waits_for_a_second_person_can_be_cancelled(two: Desk, worker: Worker) -> None:
    mailing = two.launch(user=manager("ada"))
    assert cancel(mailing)
    with two.committed():
        assert not agree(mailing, user=manager("bo"))
    worker()
    assert counts(mailing) == {}


def test_the_button_is_there_for_the_second_person_alone(two: Desk, client: Client, worker: Worker) -> None:
    first, second = manager("ada"), manager("bo")
    mailing = two.launch(user=first)
    page, button = reverse("sending:mailing", args=[mailing.pk]), 'value="agree"'
    client.force_login(first)
    assert button not in client.get(page).content.decode()
    client.force_login(second)
    assert button in client.get(page).content.decode()
    with two.committed():
        client.post(reverse("sending:steer", args=[mailing.pk]), {"action": "agree"})
    worker()
    assert counts(mailing) == {"accepted": 2}


# --- What changed while it waited -------------------------------------------------------------------


def test_a_segment_edited_after_planning_stops_it_until_somebody_looked(desk: Desk, worker: Worker) -> None:
    desk.readers(2, language="es")
    desk.readers(3, language="fr")
    mailing = planned(desk, segments=[desk.spanish])
    desk.spanish.rules = [language_rule("es", "fr")]
    desk.spanish.save()
    begin(desk, worker)
    assert counts(mailing) == {}
    assert mailing.state == State.PAUSED
    assert f"“{desk.spanish.name}” was changed" in mailing.fault
    with desk.committed():
        assert resume(mailing)
    worker()
    assert counts(mailing) == {"accepted": 5}


def test_an_aimed_blocks_segment_edited_after_planning_stops_it(desk: Desk, worker: Worker) -> None:
    desk.readers(1, kind="organisation")
    desk.readers(1)
    desk.edition = EditionPageFactory(
        parent=desk.pages["en"],
        body=[text("<p>Hello</p>"), text("<p>For the board</p>", show_only_to=desk.organisations)],
    )
    mailing = planned(desk)
    desk.organisations.rules = [language_rule("en")]
    desk.organisations.save()
    begin(desk, worker)
    assert counts(mailing) == {}
    assert mailing.state == State.PAUSED
    assert f"“{desk.organisations.name}” was changed" in mailing.fault
    with desk.committed():
        assert resume(mailing)
    worker()
    assert counts(mailing) == {"accepted": 2}


def test_a_story_unpublished_after_planning_stops_it(desk: Desk, worker: Worker) -> None:
    desk.readers(2)
    story = StoryPageFactory(title="The mill")
    desk.edition = EditionPageFactory(parent=desk.pages["en"], body=[text("<p>Hello</p>"), stories(story)])
    mailing = planned(desk)
    story.unpublish()
    begin(desk, worker)
    assert counts(mailing) == {}
    assert mailing.state == State.PAUSED
    assert "can no longer be sent as it was planned" in mailing.fault
    assert "The mill" in mailing.fault


def test_an_unchanged_plan_begins_at_its_time(desk: Desk, worker: Worker) -> None:
    desk.readers(2, language="es")
    mailing = planned(desk, segments=[desk.spanish], excluded=[desk.organisations])
    begin(desk, worker)
    assert counts(mailing) == {"accepted": 2}


# --- Limited to newsletters and segments --------------------------------------------------------------
def test_a_manager_may_be_limited_to_a_segment(desk: Desk, client: Client) -> None:
    desk.readers(2, language="es")
    board, locals_ = Group.objects.create(name="Board"), Group.objects.create(name="Local desk")
    desk.newsletter.senders.set([board])
    desk.newsletter.save()
    desk.spanish.senders.set([locals_])
    person = manager("ada")
    assert reach_of(person, desk.newsletter).is_empty
    person.groups.add(locals_)
    reach = reach_of(person, desk.newsletter)
    assert (reach.everyone, list(reach.segments)) == (False, [desk.spanish])
    for choice in (
        {"everyone": True},
        {"segments": [desk.french]},
        {"segments": [desk.spanish, desk.french]},
    ):
        with pytest.raises(LaunchRefused, match="may not send"):
            desk.launch(user=person, **choice)
    mailing = desk.launch(user=person, segments=[desk.spanish], excluded=[desk.organisations])
    assert may_steer(person, mailing)
    client.force_login(person)
    page = client.get(reverse("sending:check_and_send", args=[desk.edition.pk])).content.decode()
    assert 'name="everyone"' not in page
    assert f'name="segments" value="{desk.french.pk}"' not in page


def test_people_and_figures_of_a_newsletter_kept_for_others_are_not_shown(
    desk: Desk, client: Client, worker: Worker
) -> None:
    desk.readers(2, language="es")
    board, locals_ = Group.objects.create(name="Board"), Group.objects.create(name="Local desk")
    first, person = desk.launch(segments=[desk.spanish]), manager("ada")
    worker()
    desk.newsletter.senders.set([board])
    desk.newsletter.save()
    client.force_login(person)

    def shown() -> list[int]:
        names = ("sending:mailing", "sending:deliveries", "sending:report")
        return [client.get(reverse(name, args=[first.pk])).status_code for name in names]

    assert shown() == [404, 404, 404]
    assert list(visible_to(person)) == []
    assert desk.edition.title not in client.get(reverse("sending:mailings")).content.decode()
    desk.spanish.senders.set([locals_])
    person.groups.add(locals_)
    assert shown() == [200, 200, 200]
    first.segments.add(desk.french)
    assert shown() == [404, 404, 404]
    person.groups.add(board)
    assert shown() == [200, 200, 200]
    assert list(visible_to(person)) == [first]


def test_a_segment_of_its_own_is_not_offered_to_others(desk: Desk, client: Client) -> None:
    desk.spanish.name = "Spanish board"
    desk.spanish.save()
    desk.spanish.senders.set([Group.objects.create(name="Board")])
    person = manager("ada")
    reach = reach_of(person, desk.newsletter)
    assert reach.everyone
    assert desk.spanish not in reach.segments
    assert desk.french in reach.segments
    client.force_login(person)
    page = client.get(reverse("sending:check_and_send", args=[desk.edition.pk])).content.decode()
    # Neither to be sent to, nor to be left out, nor to be tried.
    assert desk.spanish.name not in page
    for field in ("segments", "excluded"):
        assert f'name="{field}" value="{desk.french.pk}"' in page
    assert f'<option value="{desk.french.pk}">' in page


def test_new_stories_are_those_there_were_at_the_launch(desk: Desk, worker: Worker) -> None:
    desk.readers(1)
    StoryPageFactory(title="The mill", first_published_at=timezone.now() - timedelta(days=1))
    desk.edition = EditionPageFactory(parent=desk.pages["en"], body=[text("<p>Hello</p>"), new_stories()])
    mailing = planned(desk)
    StoryPageFactory(title="The bakery", first_published_at=timezone.now())
    begin(desk, worker)
    (version,) = mailing.variants.all()
    assert "The mill" in version.text
    assert "The bakery" not in version.text
