"""Wagtail's own tools work on every kind of page, for authors and for editors, through the admin's own views."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Comment, Page, TaskState, Workflow
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from newsroom.models import HomePage, User
from stories.quality.scheduled import publish_due
from tests.stories.factories import (
    CollaborationPageFactory,
    EventPageFactory,
    NewsPageFactory,
    ResourcePageFactory,
    SeriesPageFactory,
    StoryPageFactory,
)

pytestmark = pytest.mark.django_db
KINDS = {
    "story": lambda **fields: StoryPageFactory(complete=True, **fields),
    "news": lambda **fields: NewsPageFactory(complete=True, **fields),
    "event": lambda **fields: EventPageFactory(complete=True, **fields),
    "resource": lambda **fields: ResourcePageFactory(
        complete=True, link="https://tools.example/guide", **fields
    ),
    "collaboration": lambda **fields: CollaborationPageFactory(**fields),
    "series": lambda **fields: SeriesPageFactory(**fields),
}


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, home: HomePage, author_user: User) -> Any:
    """Makes a page of one kind, the author's own, with its first revision."""

    def make_page(*, live: bool) -> Page:
        dates = {} if live else {"first_published_at": None, "last_published_at": None}
        page = KINDS[request.param](
            title="The mill", live=live, has_unpublished_changes=not live, owner=author_user, **dates
        )
        revision = page.save_revision(user=author_user)
        if live:
            revision.publish()
        return Page.objects.get(pk=page.pk)

    return make_page


@pytest.fixture
def author(author_user: User) -> Client:
    return logged_in(author_user)


@pytest.fixture
def editor(editor_user: User) -> Client:
    return logged_in(editor_user)


def logged_in(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def form_of(client: Client, page: Page) -> dict[str, str | list[str]]:
    """What the browser would send: the page's form as it is shown, without text and comments, which scripts draw."""
    answer = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    form = BeautifulSoup(answer.content, "html.parser").find("form", id="page-edit-form")
    assert isinstance(form, Tag)
    data: dict[str, Any] = {"body-count": "0", **nested_form_data({"comments": inline_formset([])})}
    for field in form.select("input[name], textarea[name], select[name]"):
        name = str(field["name"])
        if name.startswith("action-") or "__prefix__" in name:
            continue
        if field.get("type") in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        if field.name == "select":
            data[name] = [str(option["value"]) for option in field.select("option[selected]")]
        elif field.get("type") == "checkbox":
            data.setdefault(name, []).append(str(field.get("value", "on")))
        else:
            data[name] = str(field.get("value", "")) if field.name == "input" else field.get_text()
    return data


def save(client: Client, page: Page, **fields: Any) -> Any:
    """Answers with where the admin leads next, so a form that was not taken is seen."""
    data = form_of(client, page) | fields
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)


def test_a_comment_of_either_is_kept_and_the_other_is_told(
    make: Any, author: Client, editor: Client, mailoutbox: list[Any]
) -> None:
    page = make(live=False)
    for client in (author, editor):
        assert save(client, page, comment_notifications="on").status_code == 302
    for client, words in ((author, "Who said so?"), (editor, "The baker did.")):
        mailoutbox.clear()
        comment = {"id": "", "text": words, "contentpath": "title", "position": "", "resolved": ""}
        comments = inline_formset([{**comment, "replies": inline_formset([])}])
        fields = {"comment_notifications": "on", **nested_form_data({"comments": comments})}
        assert save(client, page, **fields).status_code == 302
        assert Comment.objects.filter(text=words, page=page).exists()
        assert [words in message.body for message in mailoutbox] == [True]


def test_either_compares_two_versions(make: Any, author: Client, editor: Client) -> None:
    page = make(live=False)
    assert save(author, page, title="The bakery").status_code == 302
    url = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "earliest", "latest"])
    for client in (author, editor):
        answer = client.get(url).content.decode()
        assert '<span class="deletion">mill</span><span class="addition">bakery</span>' in answer


def test_an_editor_locks_a_page_and_nobody_else_changes_it(make: Any, author: Client, editor: Client) -> None:
    page = make(live=False)
    data = form_of(author, page)
    author.post(reverse("wagtailadmin_pages:lock", args=[page.pk]))
    assert not Page.objects.get(pk=page.pk).locked
    editor.post(reverse("wagtailadmin_pages:lock", args=[page.pk]))
    assert Page.objects.get(pk=page.pk).locked
    author.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data | {"title": "Mine"})
    assert Page.objects.get(pk=page.pk).get_latest_revision().content["title"] == "The mill"
    editor.post(reverse("wagtailadmin_pages:unlock", args=[page.pk]))
    assert save(author, page, title="Mine").status_code == 302


def test_a_page_goes_out_at_its_hour_and_is_taken_down_at_its_end(
    make: Any, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make(live=False)
    begin, end = timezone.now() + timedelta(days=1), timezone.now() + timedelta(days=2)
    hours = {"go_live_at": f"{begin:%Y-%m-%d %H:%M}", "expire_at": f"{end:%Y-%m-%d %H:%M}"}
    assert save(editor, page, **hours, **{"action-publish": "1"}).status_code == 302
    assert Page.objects.get(pk=page.pk).approved_schedule
    seen = []
    for moment in (timezone.now(), begin + timedelta(minutes=1), end + timedelta(minutes=1)):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        publish_due()
        seen.append(Page.objects.get(pk=page.pk).live)
    assert seen == [False, True, False]


def test_an_author_hands_it_in_and_an_editor_publishes_it(make: Any, author: Client, editor: Client) -> None:
    page = make(live=False)
    assert save(author, page, **{"action-submit": "1"}).status_code == 302
    state = TaskState.objects.get()
    editor.post(
        reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk]), {"comment": ""}
    )
    assert Page.objects.get(pk=page.pk).live


def test_the_reports_name_every_kind_of_page(make: Any, editor: Client, author_user: User) -> None:
    page = make(live=True)
    Workflow.objects.get(active=True).start(page.specific, author_user)
    Page.objects.filter(pk=page.pk).update(locked=True, locked_by=author_user, locked_at=timezone.now())
    for report in ("locked_pages", "aging_pages", "site_history", "workflow", "workflow_tasks"):
        answer = editor.get(reverse(f"wagtailadmin_reports:{report}"))
        assert answer.status_code == 200, report
        assert "The mill" in answer.content.decode(), report


def test_an_author_sees_in_the_reports_what_they_may_open(make: Any, author: Client) -> None:
    make(live=True)
    for report in ("site_history", "workflow"):
        answer = author.get(reverse(f"wagtailadmin_reports:{report}"))
        assert answer.status_code == 200, report
    assert "The mill" in author.get(reverse("wagtailadmin_reports:site_history")).content.decode()
