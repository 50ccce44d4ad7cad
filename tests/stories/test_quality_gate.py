"""Nothing unfinished reaches readers, whichever way somebody publishes it."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Page, Revision, TaskState, Workflow, WorkflowState
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from newsroom.models import HomePage, User
from stories.models import SectionPage, StoryPage
from stories.quality.gate import UnfitToPublish
from tests.stories.factories import AuthorFactory, StoryPageFactory, TopicFactory, shelf

pytestmark = pytest.mark.django_db
WHY = "Nobody is named as its author"


@pytest.fixture
def editor(editor_user: User, home: HomePage) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(editor_user)
    return client


@pytest.fixture
def unfit(home: HomePage) -> StoryPage:
    story: StoryPage = StoryPageFactory(draft=True, title="The mill opens", slug="the-mill")
    story.save_revision()
    return story


@pytest.fixture
def fit(home: HomePage) -> StoryPage:
    story: StoryPage = StoryPageFactory(
        draft=True, complete=True, title="The bakery opens", slug="the-bakery"
    )
    story.save_revision()
    return story


def form(**fields: Any) -> dict[str, Any]:
    return nested_form_data(
        {
            "title": "The mill opens",
            "slug": "the-mill",
            "standfirst": "Words that were typed just now.",
            "body": streamfield([("paragraph", rich_text("<p>On Thursdays the mill opens at six.</p>"))]),
            "corrections": inline_formset([]),
            "comments": inline_formset([]),
            **fields,
        }
    )


def is_live(page: Page) -> bool:
    return Page.objects.get(pk=page.pk).live


def newest(page: Page) -> Revision:
    return Page.objects.get(pk=page.pk).get_latest_revision()


def said(client: Client) -> str:
    return client.get(reverse("wagtailadmin_home")).content.decode()


def test_the_publish_button_saves_the_draft_and_names_what_is_missing(
    editor: Client, unfit: StoryPage
) -> None:
    url = reverse("wagtailadmin_pages:edit", args=[unfit.pk])
    response = editor.post(url, form(**{"action-publish": "1"}), follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert WHY in response.content.decode()
    assert not is_live(unfit)
    assert newest(unfit).content["standfirst"] == "Words that were typed just now."


def test_the_publish_button_publishes_what_is_complete(editor: Client, unfit: StoryPage) -> None:
    fields = {"authors": AuthorFactory().pk, "topics": TopicFactory().pk, "action-publish": "1"}
    editor.post(reverse("wagtailadmin_pages:edit", args=[unfit.pk]), form(**fields))
    assert is_live(unfit)


def test_a_new_page_published_at_once_becomes_a_draft(editor: Client, home: HomePage) -> None:
    section = shelf("Stories")
    url = reverse("wagtailadmin_pages:add", args=["stories", "storypage", section.pk])
    response = editor.post(url, form(**{"action-publish": "1"}), follow=True)
    story = StoryPage.objects.get(slug="the-mill")
    assert not story.live
    assert story.standfirst == "Words that were typed just now."
    assert WHY in response.content.decode()


def test_a_new_page_that_is_complete_is_published_at_once(editor: Client, home: HomePage) -> None:
    url = reverse("wagtailadmin_pages:add", args=["stories", "storypage", shelf("Stories").pk])
    fields = {"authors": AuthorFactory().pk, "topics": TopicFactory().pk, "action-publish": "1"}
    editor.post(url, form(**fields))
    assert StoryPage.objects.get(slug="the-mill").live


def test_a_draft_can_always_be_saved_and_handed_in(editor: Client, unfit: StoryPage) -> None:
    url = reverse("wagtailadmin_pages:edit", args=[unfit.pk])
    assert editor.post(url, form()).status_code == 302
    assert editor.post(url, form(**{"action-submit": "1"})).status_code == 302
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_IN_PROGRESS


def test_planning_it_is_publishing_it(editor: Client, unfit: StoryPage) -> None:
    fields = {"action-publish": "1", "go_live_at": "2099-01-01 08:00"}
    response = editor.post(reverse("wagtailadmin_pages:edit", args=[unfit.pk]), form(**fields), follow=True)
    assert WHY in response.content.decode()
    assert not Page.objects.get(pk=unfit.pk).approved_schedule


def test_publishing_a_revision_changes_nothing(unfit: StoryPage) -> None:
    with pytest.raises(UnfitToPublish, match=WHY):
        unfit.get_latest_revision().publish()
    assert not is_live(unfit)


def test_wagtails_publish_action_changes_nothing(unfit: StoryPage, editor_user: User) -> None:
    action = PublishPageRevisionAction(unfit.get_latest_revision(), user=editor_user)
    with pytest.raises(UnfitToPublish):
        action.execute(skip_permission_checks=True)
    assert not is_live(unfit)


def test_the_admin_api_answers_with_the_findings(editor: Client, unfit: StoryPage, fit: StoryPage) -> None:
    def publish(page: Page) -> Any:
        return editor.post(reverse("wagtailadmin_api:pages:action", args=[page.pk, "publish"]))

    refused = publish(unfit)
    assert refused.status_code == 400
    assert WHY in refused.content.decode()
    assert not is_live(unfit)
    assert publish(fit).status_code == 200
    assert is_live(fit)


def test_an_approval_is_refused_and_the_review_goes_on(editor: Client, unfit: StoryPage) -> None:
    Workflow.objects.get(active=True).start(unfit, unfit.owner)
    task_state = TaskState.objects.get()
    url = reverse("wagtailadmin_pages:workflow_action", args=[unfit.pk, "approve", task_state.pk])
    response = editor.post(url, {"comment": "Good."}, follow=True)
    assert WHY in response.content.decode()
    assert not is_live(unfit)
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_IN_PROGRESS
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS


def test_the_approval_dialog_ends_in_the_form(editor: Client, unfit: StoryPage) -> None:
    Workflow.objects.get(active=True).start(unfit, unfit.owner)
    url = reverse(
        "wagtailadmin_pages:workflow_action", args=[unfit.pk, "approve", TaskState.objects.get().pk]
    )
    response = editor.post(url, {"comment": ""}, headers={"x-requested-with": "XMLHttpRequest"})
    assert response.json() == {
        "step": "success",
        "redirect": reverse("wagtailadmin_pages:edit", args=[unfit.pk]),
    }
    assert WHY in said(editor)


def test_approving_from_the_form_keeps_what_was_typed(editor: Client, unfit: StoryPage) -> None:
    Workflow.objects.get(active=True).start(unfit, unfit.owner)
    fields = {"action-workflow-action": "1", "workflow-action-name": "approve"}
    editor.post(reverse("wagtailadmin_pages:edit", args=[unfit.pk]), form(**fields))
    assert not is_live(unfit)
    assert newest(unfit).content["standfirst"] == "Words that were typed just now."
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS


def bulk_publish(editor: Client, *pages: Page, below: bool = False) -> str:
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    ids = "&".join(f"id={page.pk}" for page in pages)
    next_url = reverse("wagtailadmin_explore", args=[pages[0].get_parent().pk])
    data = {"include_descendants": "on"} if below else {}
    return editor.post(f"{url}?{ids}&next={next_url}", data, follow=True).content.decode()


def test_publishing_many_publishes_those_that_are_ready_and_names_the_others(
    editor: Client, unfit: StoryPage, fit: StoryPage
) -> None:
    answer = bulk_publish(editor, unfit, fit)
    assert is_live(fit)
    assert not is_live(unfit)
    assert WHY in answer
    assert "1 page has been published" in answer


def test_publishing_a_section_with_all_below_it_leaves_out_what_is_not_ready(
    editor: Client, unfit: StoryPage, fit: StoryPage
) -> None:
    section = SectionPage.objects.get(pk=fit.get_parent().pk)
    bulk_publish(editor, section, below=True)
    assert is_live(fit)
    assert not is_live(unfit)


def test_two_stories_that_link_to_each_other_are_published_together_or_not_at_all(
    editor: Client, unfit: StoryPage, fit: StoryPage
) -> None:
    other = StoryPageFactory(draft=True, complete=True, slug="other")
    for page, linked in ((fit, other), (other, fit)):
        page.body = [("paragraph", f'<p>See <a linktype="page" id="{linked.pk}">the other</a>.</p>')]
        page.save_revision()
    bulk_publish(editor, fit)
    assert not is_live(fit)
    bulk_publish(editor, fit, other)
    assert is_live(fit)
    assert is_live(other)


def test_a_published_story_that_lost_its_author_is_not_published_again(
    editor: Client, home: HomePage
) -> None:
    story = StoryPageFactory(complete=True, slug="the-mill")
    before = story.standfirst
    response = editor.post(
        reverse("wagtailadmin_pages:edit", args=[story.pk]), form(**{"action-publish": "1"}), follow=True
    )
    story.refresh_from_db()
    assert WHY in response.content.decode()
    assert (story.live, story.standfirst, story.has_unpublished_changes) == (True, before, True)


def test_an_article_published_before_there_were_rules_can_be_moved_locked_and_edited(
    editor: Client, home: HomePage
) -> None:
    story = StoryPageFactory(slug="the-mill")
    story.locked = True
    story.save()
    story.move(shelf("News"), pos="last-child")
    story.refresh_from_db()
    story.save_revision()
    assert is_live(story)


def test_a_copy_that_is_to_be_public_becomes_a_draft_when_it_is_not_ready(
    editor: Client, fit: StoryPage, home: HomePage
) -> None:
    old = StoryPageFactory(slug="old")
    ready = StoryPageFactory(complete=True, slug="ready")
    copy = CopyPageAction(page=old, update_attrs={"slug": "old-copy", "title": "C"}, keep_live=True).execute()
    assert not is_live(copy)
    copy = CopyPageAction(
        page=ready, update_attrs={"slug": "ready-copy", "title": "D"}, keep_live=True
    ).execute()
    assert is_live(copy)


def test_a_story_made_public_by_hand_is_refused(unfit: StoryPage) -> None:
    unfit.live = True
    with pytest.raises(UnfitToPublish):
        unfit.save()


def test_a_plan_that_is_called_off_publishes_nothing(editor: Client, unfit: StoryPage) -> None:
    revision = unfit.save_revision(approved_go_live_at="2099-01-01T08:00:00Z")
    editor.post(reverse("wagtailadmin_pages:revisions_unschedule", args=[unfit.pk, revision.pk]))
    call_command("publish_scheduled")
    assert not is_live(unfit)


# The list above the form


def test_the_form_says_what_has_to_be_mended_and_leads_there(editor: Client, unfit: StoryPage) -> None:
    answer = editor.get(reverse("wagtailadmin_pages:edit", args=[unfit.pk])).content.decode()
    assert "2 things must be mended" in answer
    assert 'href="#id_authors"' in answer


def test_the_list_can_be_asked_for_again_by_those_who_may_edit(
    editor: Client, unfit: StoryPage, author_user: User
) -> None:
    url = reverse("quality:findings", args=[unfit.pk])
    assert WHY in editor.get(url).content.decode()
    stranger = Client(SERVER_NAME="localhost")
    stranger.force_login(author_user)  # not their page
    assert stranger.get(url).status_code in {302, 403}
    assert "2 things" not in stranger.get(url, follow=True).content.decode()


def test_a_finished_draft_is_said_to_be_finished(editor: Client, fit: StoryPage) -> None:
    fit.body = [("paragraph", f"<p>{'Bread and roses. ' * 100}</p>")]
    fit.save_revision()
    answer = editor.get(reverse("wagtailadmin_pages:edit", args=[fit.pk])).content.decode()
    assert "Nothing to mend" in answer
