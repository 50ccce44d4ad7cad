import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import (
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
)

from newsletter.audience.models import Newsletter
from newsletter.editions.models import EditionPage, NewsletterPage
from newsroom.models import HomePage, User
from newsroom.roles import ROLES, create_missing_roles
from stories.models import SiteIdentity
from tests.stories.factories import NewsPageFactory, StoryPageFactory

pytestmark = pytest.mark.django_db


def everything_granted() -> dict[str, set[tuple[object, ...]]]:
    return {
        "groups": set(Group.objects.values_list("pk", "name")),
        "models": set(Group.objects.values_list("name", "permissions")),
        "pages": set(GroupPagePermission.objects.values_list("group__name", "page", "permission")),
        "collections": set(
            GroupCollectionPermission.objects.values_list("group__name", "collection", "permission")
        ),
        "workflows": set(WorkflowPage.objects.values_list("page", "workflow__name")),
        "tasks": set(GroupApprovalTask.objects.values_list("name", "groups__name")),
    }


def test_a_new_newsroom_has_four_groups_and_none_of_wagtails_own() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {
        "Author",
        "Editor",
        "Newsletter manager",
        "Press officer",
    }


def test_every_right_a_role_names_exists() -> None:
    existing = {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Permission.objects.select_related("content_type")
    }
    for role in ROLES.values():
        assert role.permissions <= existing


def test_migrating_again_changes_no_right() -> None:
    before = everything_granted()
    call_command("migrate", verbosity=0, interactive=False)
    assert everything_granted() == before


def test_what_an_administrator_took_away_stays_away() -> None:
    editor = Group.objects.get(name="Editor")
    editor.permissions.clear()
    GroupPagePermission.objects.filter(group=editor, permission__codename="publish_page").delete()
    Workflow.objects.update(name="Two pairs of eyes", active=False)
    WorkflowPage.objects.all().delete()
    before = everything_granted()
    create_missing_roles()
    assert everything_granted() == before


def test_a_group_that_was_deleted_comes_back_with_its_rights() -> None:
    before = everything_granted()
    Group.objects.get(name="Press officer").delete()
    create_missing_roles()
    after = everything_granted()
    assert after["models"] == before["models"]
    assert after["pages"] == before["pages"]


def test_a_stock_group_with_members_is_kept(author_user: User) -> None:
    Group.objects.filter(name__in=ROLES).delete()
    Group.objects.create(name="Moderators").user_set.add(author_user)
    Group.objects.create(name="Editors")
    create_missing_roles()
    assert set(Group.objects.exclude(name__in=ROLES).values_list("name", flat=True)) == {"Moderators"}


def test_the_editors_review_is_the_workflow_of_the_whole_tree(home: HomePage) -> None:
    story = StoryPageFactory()
    assert [workflow.name for workflow in Workflow.objects.all()] == ["Editors' review"]
    assert story.get_workflow() == Workflow.objects.get()
    task = Workflow.objects.get().tasks.get().specific
    assert [group.name for group in task.groups.all()] == ["Editor"]


def test_an_author_edits_their_own_story_and_publishes_none(author_user: User, home: HomePage) -> None:
    own = StoryPageFactory(draft=True, owner=author_user).permissions_for_user(author_user)
    another = StoryPageFactory(draft=True).permissions_for_user(author_user)
    assert own.can_edit()
    assert own.can_submit_for_moderation()
    assert not own.can_publish()
    assert not another.can_edit()


def test_an_editor_publishes_and_locks(editor_user: User, home: HomePage) -> None:
    rights = StoryPageFactory().permissions_for_user(editor_user)
    assert rights.can_edit()
    assert rights.can_publish()
    assert rights.can_lock()
    assert editor_user.has_perm("stories.change_topic")


def test_a_press_officer_publishes_news_and_keeps_the_boilerplate(
    press_officer_user: User, home: HomePage
) -> None:
    rights = NewsPageFactory().permissions_for_user(press_officer_user)
    assert rights.can_publish()
    assert not rights.can_lock()
    assert press_officer_user.has_perm("stories.change_siteidentity")
    assert not press_officer_user.has_perm("audience.view_subscriber")


def test_newsletter_managers_edit_editions_and_no_stories(
    newsletter_manager_user: User, home: HomePage
) -> None:
    newsletter = Newsletter.objects.create(
        name="Weft monthly",
        slug="monthly",
        from_name="Weft",
        from_email="post@weft.example",
        list_id="monthly.weft.example",
    )
    page = home.add_child(instance=NewsletterPage(title="Monthly", slug="monthly", newsletter=newsletter))
    edition = page.add_child(instance=EditionPage(title="November", slug="november", live=False))
    assert page.permissions_for_user(newsletter_manager_user).can_add_subpage()
    assert edition.permissions_for_user(newsletter_manager_user).can_edit()
    assert not StoryPageFactory().permissions_for_user(newsletter_manager_user).can_edit()
    assert newsletter_manager_user.has_perm("sending.add_mailing")
    assert not newsletter_manager_user.has_perm("audience.change_subscriptionevent")


@pytest.mark.parametrize(
    "user", ["author_user", "editor_user", "newsletter_manager_user", "press_officer_user"]
)
def test_every_role_gets_into_the_admin(user: str, request: pytest.FixtureRequest, home: HomePage) -> None:
    client = request.getfixturevalue("client")
    client.force_login(request.getfixturevalue(user))
    assert client.get(reverse("wagtailadmin_home")).status_code == 200


def test_a_press_officer_opens_the_site_identity(
    press_officer_user: User, author_user: User, identity: SiteIdentity, client: object
) -> None:
    address = reverse("wagtailsettings:edit", args=["stories", "siteidentity", identity.site_id])
    client.force_login(press_officer_user)
    assert client.get(address).status_code == 200
    client.force_login(author_user)
    assert client.get(address).status_code == 302


def test_nothing_is_made_before_the_tree_has_a_root() -> None:
    Group.objects.all().delete()
    Page.objects.all().delete()
    create_missing_roles()
    assert not Group.objects.exists()
