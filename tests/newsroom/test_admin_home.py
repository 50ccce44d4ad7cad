"""What a person finds on the admin's front page in the morning."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max
from wagtail.models import Page, WorkflowState

from newsletter.audience.models import SubscriberImport
from newsroom.admin_home.panels import today_of
from newsroom.models import HomePage, User
from stories.models import SectionPage, SiteIdentity, StoryPage
from stories.wordpress.models import ImportedDocument
from tests.audience.factories import NewsletterFactory
from tests.editions.factories import newsletter_pages
from tests.newsroom.factories import UserFactory, home_in
from tests.stories.factories import (
    AuthorFactory,
    NewsPageFactory,
    SectionPageFactory,
    StoryPageFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


def the_home_of(client: Client, user: User) -> str:
    client.force_login(user)
    response = client.get(reverse("wagtailadmin_home"))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def a_story(**fields: Any) -> StoryPage:
    """One that may be published."""
    story: StoryPage = StoryPageFactory(authors=[AuthorFactory()], topics=[TopicFactory()], **fields)
    return story


def handed_in(author: User, **fields: Any) -> StoryPage:
    story = a_story(owner=author, live=False, **fields)
    story.save_revision(user=author)
    story.get_workflow().start(story, author)
    return story


def titles(items: list[Any]) -> list[str]:
    return [item.title for item in items]


# --- Nothing of the stock welcome -------------------------------------------------------------------
@pytest.mark.parametrize(
    "role", ["author_user", "editor_user", "newsletter_manager_user", "press_officer_user", "administrator"]
)
def test_nothing_waits_and_the_page_says_so(
    role: str, request: pytest.FixtureRequest, client: Client, identity: SiteIdentity
) -> None:
    page = the_home_of(client, request.getfixturevalue(role))
    assert "Nothing waits for you." in page
    assert "Weft</h1>" in re.sub(r"\s*</h1>", "</h1>", page)
    for stock in (
        "Wagtail 8",
        "Editor Guide<",
        "w-summary",
        "releases.wagtail",
        "most recent edits",
        "Welcome",
    ):
        assert stock not in page.replace("data-wagtail-config", "")


def test_the_list_grows_only_for_who_may_see_it(
    client: Client, identity: SiteIdentity, author_user: User, newsletter_manager_user: User
) -> None:
    assert "In twelve weeks" in the_home_of(client, newsletter_manager_user)
    assert "In twelve weeks" not in the_home_of(client, author_user)


# --- The two common jobs ----------------------------------------------------------------------------
def test_everybody_gets_the_buttons_for_what_they_may_do(
    client: Client, author_user: User, newsletter_manager_user: User, editor_user: User
) -> None:
    SectionPageFactory()
    newsletter_pages()
    for user, story, edition in (
        (author_user, True, False),
        (editor_user, True, True),
        (newsletter_manager_user, False, True),
    ):
        page = the_home_of(client, user)
        assert ("Write a story" in page) is story
        assert (f'href="{reverse("editions:new")}"' in page.split("Needs you today")[0]) is edition


def test_a_story_begins_where_stories_stand_in_the_persons_language(
    author_user: User, client: Client
) -> None:
    desks: dict[str, SectionPage] = {}
    for code in ("en", "es"):
        SectionPageFactory(parent=home_in(code), title="News")
        desks[code] = SectionPageFactory(parent=home_in(code), title="Stories")
        StoryPageFactory(parent=desks[code])
        NewsPageFactory(parent=desks[code])
    page = the_home_of(client, author_user)
    begin = {
        code: reverse("wagtailadmin_pages:add", args=["stories", "storypage", desk.pk])
        for code, desk in desks.items()
    }
    assert f'<a class="button" href="{begin["en"]}">' in page
    assert f'<a href="{begin["es"]}">Spanish</a>' in page


def test_without_a_section_there_is_no_button_that_leads_nowhere(client: Client, editor_user: User) -> None:
    assert "Write a story" not in the_home_of(client, editor_user)


# --- Stories ----------------------------------------------------------------------------------------
def test_an_editor_opens_and_compares_what_waits_for_review(
    author_user: User, editor_user: User, client: Client
) -> None:
    published = a_story(owner=author_user, title="The mill")
    published.save_revision(user=author_user).publish()
    published.title = "The mill turns"
    second = published.save_revision(user=author_user)
    published.get_workflow().start(published, author_user)
    fresh = handed_in(author_user, title="Eighty-six kilos")
    page = the_home_of(client, editor_user)
    assert "The mill turns" in page
    assert "Eighty-six kilos" in page
    assert f"{author_user.get_full_name()} asks for your review, today" in page
    assert reverse("wagtailadmin_pages:edit", args=[fresh.pk]) in page
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[published.pk, "live", second.pk])
    assert compare in page
    assert client.get(compare).status_code == 200


def test_a_review_waits_for_editors_only(author_user: User, press_officer_user: User) -> None:
    handed_in(author_user, title="Eighty-six kilos")
    assert titles(today_of(press_officer_user).needs) == []
    mine = today_of(author_user)
    assert (titles(mine.needs), titles(mine.under_way), titles(mine.drafts)) == ([], ["Eighty-six kilos"], [])


def test_an_author_reads_what_the_reviewer_answered(
    author_user: User, editor_user: User, client: Client
) -> None:
    story = handed_in(author_user, title="Eighty-six kilos")
    story.current_workflow_state.current_task_state.reject(user=editor_user, comment="Who weighed it?")
    page = the_home_of(client, author_user)
    assert f"{editor_user.get_full_name()} asks you for changes, today" in page
    assert "“Who weighed it?”" in page
    assert "Nothing waits for you." not in page
    assert today_of(editor_user).needs == []


def test_an_approval_is_news_for_a_week(author_user: User, editor_user: User) -> None:
    story = handed_in(author_user, title="Eighty-six kilos")
    state = story.current_workflow_state
    state.current_task_state.approve(user=editor_user)
    (item,) = today_of(author_user).under_way
    assert "approved it" in item.words
    task = WorkflowState.objects.get(pk=state.pk).current_task_state
    task.finished_at = timezone.now() - timedelta(days=8)
    task.save()
    assert today_of(author_user).under_way == []


def test_own_drafts_stand_below_and_nobody_elses(author_user: User, editor_user: User) -> None:
    for number in range(7):
        draft = StoryPageFactory(owner=author_user, live=False, title=f"Draft {number}")
        draft.save_revision(user=author_user)
    mine = today_of(author_user).drafts
    assert titles(mine) == [f"Draft {number}" for number in (6, 5, 4, 3, 2)]
    assert "Not handed in yet" in mine[0].words
    assert today_of(editor_user).drafts == []


def test_what_is_planned_says_when(author_user: User, editor_user: User) -> None:
    story = handed_in(author_user, title="Eighty-six kilos")
    story.go_live_at = timezone.localtime().replace(hour=8, minute=0) + timedelta(days=1)
    story.save_revision(user=author_user).publish()
    for user in (author_user, editor_user):
        assert "Is published tomorrow, 08:00." in [item.words for item in today_of(user).under_way]
    stranger = UserFactory(username="stranger")
    stranger.groups.add(Group.objects.get(name="Author"))
    assert today_of(stranger).under_way == []


def test_many_reviews_end_in_a_link_to_all(author_user: User, editor_user: User) -> None:
    for number in range(12):
        handed_in(author_user, title=f"Story {number}")
    needs = today_of(editor_user).needs
    assert len(needs) == 11
    assert needs[-1].title == "2 more wait."


# --- What came from elsewhere -----------------------------------------------------------------------
def imported(number: int, **fields: Any) -> Page:
    page = StoryPageFactory(live=False, title=f"Old page {number}")
    revision = page.save_revision()
    ImportedDocument.objects.create(
        guid=f"guid-{number}",
        source_url="https://old.example/",
        wordpress_type="post",
        wordpress_id=number,
        checksum="",
        title=page.title,
        page=page,
        revision_id=revision.pk,
        report={
            "rows": [["words", 812, 812], ["players", 0, 0]],
            "missing": {"https://old.example/a.jpg": ""},
        },
        **fields,
    )
    return page


def test_an_imported_draft_stands_with_its_check_until_somebody_edits_it(
    editor_user: User, author_user: User
) -> None:
    page = imported(1)
    (item,) = today_of(editor_user).needs
    assert item.details == ("Import check: Words 812 → 812.", "1 picture could not be fetched.")
    assert today_of(author_user).needs == []
    page.specific.save_revision(user=editor_user)
    assert today_of(editor_user).needs == []


def test_thousands_of_imported_drafts_are_five_and_a_link(editor_user: User) -> None:
    for number in range(8):
        imported(number)
    needs = today_of(editor_user).needs
    assert len(needs) == 6
    assert needs[-1].title == "3 more imported drafts."


def test_an_import_that_stopped_half_way_goes_on_from_here(
    newsletter_manager_user: User, editor_user: User, client: Client
) -> None:
    record = SubscriberImport.objects.create(
        file_name="people.csv",
        newsletter=NewsletterFactory(),
        consent="paper forms",
        state=SubscriberImport.State.STOPPED,
        rows=5000,
        position=1000,
    )
    page = the_home_of(client, newsletter_manager_user)
    assert "The import stopped half-way." in page
    assert "1,000 of 5,000 rows are done." in page
    assert f'action="{reverse("import:steer", args=[record.pk])}"' in page
    client.post(reverse("import:steer", args=[record.pk]), {"action": "resume"})
    record.refresh_from_db()
    assert record.state == SubscriberImport.State.IMPORTING
    assert today_of(editor_user).needs == []


# --- What stands still ------------------------------------------------------------------------------
def a_task(**fields: Any) -> None:
    task = DBTaskResult.objects.create(
        **{
            "status": TaskResultStatus.READY,
            "args_kwargs": {"args": [], "kwargs": {}},
            "task_path": "stories.feeds.tasks.ping_hub",
            "backend_name": "default",
            "run_after": get_date_max(),
            **fields,
        }
    )
    DBTaskResult.objects.filter(pk=task.pk).update(enqueued_at=timezone.now() - timedelta(minutes=30))


def test_a_worker_that_stands_still_is_noticed(editor_user: User, author_user: User) -> None:
    a_task()
    (item,) = today_of(editor_user).needs
    assert (item.title, item.is_fault) == ("The worker stands still", True)
    assert today_of(author_user).needs == []
    a_task(status=TaskResultStatus.SUCCESSFUL, started_at=timezone.now(), finished_at=timezone.now())
    assert today_of(editor_user).needs == []


def test_a_task_for_later_is_no_fault(editor_user: User) -> None:
    a_task(run_after=timezone.now() + timedelta(hours=1))
    assert today_of(editor_user).needs == []


def test_a_clock_that_stands_still_is_noticed(author_user: User, editor_user: User) -> None:
    story = handed_in(author_user)
    story.go_live_at = timezone.now() + timedelta(hours=1)
    revision = story.save_revision()
    revision.publish()
    revision.approved_go_live_at = timezone.now() - timedelta(hours=1)
    revision.save(update_fields=["approved_go_live_at"])
    assert "The clock stands still" in titles(today_of(editor_user).needs)


def test_a_mail_service_that_cannot_be_used_is_told_to_administrators(
    administrator: User, editor_user: User, settings: Any
) -> None:
    settings.MAIL, settings.EMAIL_BACKEND = "mailgun", "anymail.backends.mailgun.EmailBackend"
    (item,) = today_of(administrator).needs
    assert item.words == "The mail service “mailgun” needs ANYMAIL_MAILGUN_API_KEY."
    assert today_of(editor_user).needs == []


# --- Cost -------------------------------------------------------------------------------------------
def queries_of_the_home(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(reverse("wagtailadmin_home")).status_code == 200
    return len(captured)


def test_the_page_asks_the_database_the_same_number_of_questions_however_much_waits(
    administrator: User,
    author_user: User,
    editor_user: User,
    client: Client,
    home: HomePage,
    identity: SiteIdentity,
) -> None:
    def one_of_each(number: int) -> None:
        handed_in(author_user, title=f"For review {number}")
        handed_in(administrator, title=f"My own in review {number}")
        answered = handed_in(administrator, title=f"Answered {number}")
        answered.current_workflow_state.current_task_state.reject(user=editor_user, comment="Why?")
        approved = handed_in(administrator, title=f"Approved {number}", slug=f"approved-{number}")
        approved.current_workflow_state.current_task_state.approve(user=editor_user)
        StoryPageFactory(owner=administrator, live=False, title=f"Draft {number}").save_revision()
        planned = a_story(live=False, title=f"Planned {number}")
        planned.go_live_at = timezone.now() + timedelta(days=number + 1)
        planned.save_revision().publish()
        imported(number)

    client.force_login(administrator)
    one_of_each(0)
    queries_of_the_home(client)
    few = queries_of_the_home(client)
    for number in range(1, 4):
        one_of_each(number)
    assert queries_of_the_home(client) == few
    assert few <= 60
