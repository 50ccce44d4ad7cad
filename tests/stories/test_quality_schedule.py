"""The hour comes, and a page is not ready."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page, PageLogEntry

from newsroom.models import User
from stories.models import StoryPage
from stories.quality.scheduled import publish_due
from tests.stories.factories import StoryPageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("homes")]


def due(*, by: User | None = None, **fields: Any) -> StoryPage:
    story: StoryPage = StoryPageFactory(draft=True, **fields)
    story.go_live_at = timezone.now() - timedelta(minutes=1)
    story.save_revision(user=by, approved_go_live_at=story.go_live_at)
    return story


def is_live(page: Page) -> bool:
    return Page.objects.get(pk=page.pk).live


def test_one_that_is_not_ready_is_held_back_and_the_others_go_out() -> None:
    first, bad, last = due(complete=True), due(), due(complete=True)
    call_command("publish_scheduled")
    assert [is_live(first), is_live(bad), is_live(last)] == [True, False, True]
    assert not Page.objects.get(pk=bad.pk).approved_schedule
    entry = PageLogEntry.objects.get(action="stories.held_back")
    assert entry.page_id == bad.pk
    assert entry.data == {"rules": ["author", "topic"]}


def test_its_people_are_told_once_with_what_has_to_be_mended(
    author_user: User,
    editor_user: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
) -> None:
    bad = due(owner=author_user, by=editor_user, title="The mill & the miller", slug="the-mill")
    for _minute in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            publish_due()
    assert sorted(message.to[0] for message in mailoutbox) == sorted([author_user.email, editor_user.email])
    assert mailoutbox[0].subject == "Not published: The mill & the miller"
    assert "Nobody is named as its author" in mailoutbox[0].body
    assert f"/admin/pages/{bad.pk}/edit/" in mailoutbox[0].body


def test_a_mail_that_cannot_be_sent_stops_nothing(
    author_user: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise OSError("no line")

    monkeypatch.setattr("stories.quality.scheduled.send_mail", fail)
    due(owner=author_user)
    good = due(complete=True)
    with django_capture_on_commit_callbacks(execute=True):
        publish_due()
    assert is_live(good)


def test_stories_due_together_may_link_to_each_other_but_not_to_one_held_back() -> None:
    one, two = StoryPageFactory(draft=True, complete=True), StoryPageFactory(draft=True, complete=True)
    bad, after_bad = StoryPageFactory(draft=True), StoryPageFactory(draft=True, complete=True)
    for page, linked in ((one, two), (two, one), (bad, one), (after_bad, bad)):
        page.body = [("paragraph", f'<p><a linktype="page" id="{linked.pk}">The other one</a></p>')]
        page.go_live_at = timezone.now() - timedelta(minutes=1)
        page.save_revision(approved_go_live_at=page.go_live_at)
    publish_due()
    assert [is_live(page) for page in (one, two, bad, after_bad)] == [True, True, False, False]


def test_what_breaks_on_its_way_out_does_not_keep_the_next_from_going(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, good = due(complete=True, title="Broken"), due(complete=True)
    publish = StoryPage.publish

    def fail_for_one(page: StoryPage, *arguments: Any, **options: Any) -> None:
        if page.pk == broken.pk:
            raise RuntimeError("disk full")
        publish(page, *arguments, **options)

    monkeypatch.setattr(StoryPage, "publish", fail_for_one)
    publish_due()
    assert is_live(good)
    assert "Broken" in caplog.text


def test_what_has_expired_is_taken_down_whatever_it_lacks() -> None:
    gone = StoryPageFactory(expire_at=timezone.now() - timedelta(minutes=1))
    kept = StoryPageFactory(expire_at=timezone.now() + timedelta(days=1))
    publish_due()
    gone.refresh_from_db()
    assert (gone.live, gone.expired, is_live(kept)) == (False, True, True)


def test_nothing_goes_out_before_its_hour_and_a_dry_run_changes_nothing() -> None:
    early = StoryPageFactory(draft=True, complete=True)
    early.save_revision(approved_go_live_at=timezone.now() + timedelta(hours=1))
    publish_due()
    assert not is_live(early)
    ready = due(complete=True)
    call_command("publish_scheduled", "--dryrun")
    assert not is_live(ready)
