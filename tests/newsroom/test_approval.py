"""From an author's draft to the page people read, through the admin's own views."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupApprovalTask, TaskState, Workflow, WorkflowState, WorkflowTask
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from newsroom.models import HomePage, User
from stories.models import Author, StoryPage, Topic
from tests.stories.factories import StoryPageFactory


def form(**fields: Any) -> dict[str, Any]:
    return nested_form_data(
        {
            "title": "The mill opens again",
            "slug": "the-mill",
            "standfirst": "",
            "authors": Author.objects.get().pk,
            "topics": Topic.objects.get().pk,
            "body": streamfield([("paragraph", rich_text("<p>On Thursdays the mill opens at six.</p>"))]),
            "corrections": inline_formset([]),
            "comments": inline_formset([]),
            **fields,
        }
    )


def save(client: Client, story: StoryPage, **fields: Any) -> None:
    response = client.post(reverse("wagtailadmin_pages:edit", args=[story.pk]), form(**fields))
    assert response.status_code == 302, response.context["form"].errors


@pytest.fixture
def story(author_user: User, home: HomePage) -> StoryPage:
    story: StoryPage = StoryPageFactory(
        draft=True, complete=True, owner=author_user, slug="the-mill", standfirst="First words."
    )
    story.save_revision(user=author_user)
    return story


@pytest.fixture
def editor(editor_user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(editor_user)
    return client


@pytest.fixture
def author(author_user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(author_user)
    return client


def approve(editor: Client, story: StoryPage, task_state: TaskState) -> None:
    response = editor.post(
        reverse("wagtailadmin_pages:workflow_action", args=[story.pk, "approve", task_state.pk]),
        {"comment": "Good."},
    )
    assert response.status_code in {200, 302}


def test_what_the_editor_approved_is_what_people_read(
    story: StoryPage, author: Client, editor: Client
) -> None:
    save(author, story, standfirst="Submitted words.", **{"action-submit": "1"})
    task_state = TaskState.objects.get()
    assert task_state.revision.content["standfirst"] == "Submitted words."
    # While the editor reads, somebody saves a newer draft.
    newer = story.get_latest_revision_as_object()
    newer.standfirst = "Newer words nobody has read."
    newer.save_revision()

    approve(editor, story, task_state)

    story.refresh_from_db()
    assert story.live
    assert story.standfirst == "Submitted words."
    assert story.live_revision == task_state.revision
    assert story.has_unpublished_changes
    assert story.get_latest_revision_as_object().standfirst == "Newer words nobody has read."
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_APPROVED


def test_a_submitted_story_is_not_public_before_the_approval(
    story: StoryPage, author: Client, client: Client
) -> None:
    save(author, story, standfirst="Submitted words.", **{"action-submit": "1"})
    story.refresh_from_db()
    assert not story.live
    assert client.get(story.url).status_code == 404


def test_an_author_cannot_approve(story: StoryPage, author: Client) -> None:
    save(author, story, standfirst="Submitted words.", **{"action-submit": "1"})
    approve(author, story, TaskState.objects.get())
    story.refresh_from_db()
    assert not story.live


def test_an_author_who_asks_to_publish_only_saves_a_draft(story: StoryPage, author: Client) -> None:
    author.post(
        reverse("wagtailadmin_pages:edit", args=[story.pk]),
        form(standfirst="Mine.", **{"action-publish": "1"}),
    )
    story.refresh_from_db()
    assert not story.live


def test_a_rejected_story_goes_back_to_its_author(story: StoryPage, author: Client, editor: Client) -> None:
    save(author, story, standfirst="Submitted words.", **{"action-submit": "1"})
    editor.post(
        reverse("wagtailadmin_pages:workflow_action", args=[story.pk, "reject", TaskState.objects.get().pk]),
        {"comment": "Who said so?"},
    )
    story.refresh_from_db()
    assert not story.live
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_NEEDS_CHANGES


def test_an_approval_on_the_way_is_refused_too(story: StoryPage, editor: Client, author_user: User) -> None:
    first = Workflow.objects.get(active=True)
    second = GroupApprovalTask.objects.create(name="A second look")
    second.groups.add(Group.objects.get(name="Editor"))
    WorkflowTask.objects.create(workflow=first, task=second, sort_order=2)
    story.authors = []
    story.save_revision(user=author_user)
    first.start(story, author_user)
    approve(editor, story, TaskState.objects.get())
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS


def test_what_the_editor_mends_while_approving_is_what_people_read(
    story: StoryPage, author: Client, editor: Client
) -> None:
    save(author, story, standfirst="", **{"action-submit": "1"})
    approval = {"action-workflow-action": "1", "workflow-action-name": "approve"}
    save(editor, story, standfirst="", **approval)
    story.refresh_from_db()
    assert not story.live
    save(editor, story, standfirst="The editor's words.", **approval)
    story.refresh_from_db()
    assert (story.live, story.standfirst) == (True, "The editor's words.")
