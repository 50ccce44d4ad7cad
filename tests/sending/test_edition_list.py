"""The list of editions, and the steps above an edition's form."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from newsletter.editions.archive import archive_edition
from newsletter.editions.models import EditionPage
from newsletter.sending.models import Mailing
from newsroom.models import User
from tests.editions.factories import EditionPageFactory, translation_of
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db


def listed(client: Client) -> str:
    response = client.get(reverse("sending:editions"))
    assert response.status_code == 200
    return response.content.decode()


def row_of(page: str, edition: EditionPage) -> str:
    rows = [row for row in page.split("<tr") if reverse("wagtailadmin_pages:edit", args=[edition.pk]) in row]
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("asked", "waiting for a second person"),
        ("sending", "sending"),
        ("paused", "paused"),
        ("sent", "sent"),
        ("cancelled", "cancelled"),
    ],
)
def test_each_edition_says_how_far_it_is(
    client: Client, desk: Desk, newsletter_manager_user: User, state: str, words: str
) -> None:
    client.force_login(newsletter_manager_user)
    assert "draft" in row_of(listed(client), desk.edition)
    mailing = Mailing.objects.create(
        edition=desk.edition, newsletter=desk.newsletter, state=state, audience=3, to_everyone=True
    )
    link = f'<a href="{reverse("sending:mailing", args=[mailing.pk])}">{words}</a>'
    assert link in row_of(listed(client), desk.edition)


def test_an_edition_stands_there_once_with_all_its_languages(
    client: Client, desk: Desk, newsletter_manager_user: User
) -> None:
    client.force_login(newsletter_manager_user)
    page = listed(client)
    row = row_of(page, desk.edition)
    for version in EditionPage.objects.all():
        assert reverse("wagtailadmin_pages:edit", args=[version.pk]) in row
    for language in ("English", "Spanish", "French"):
        assert language in row
    assert row.count(desk.newsletter.name) == 1


def test_a_language_that_was_changed_after_the_sending_says_so(
    client: Client, desk: Desk, newsletter_manager_user: User
) -> None:
    client.force_login(newsletter_manager_user)
    revision = desk.edition.save_revision()
    revision.publish()
    archive_edition(desk.edition, revision=revision, sent_at=timezone.now())
    assert "changed since" not in row_of(listed(client), desk.edition)
    EditionPage.objects.get(pk=desk.edition.pk).save_revision()
    assert row_of(listed(client), desk.edition).count("sent, changed since") == 1


def test_the_list_asks_the_database_as_often_for_twenty_editions_as_for_two(
    client: Client, desk: Desk, newsletter_manager_user: User
) -> None:
    client.force_login(newsletter_manager_user)

    def add(number: int) -> None:
        edition = EditionPageFactory(parent=desk.pages["en"], slug=f"more-{number}", title=f"More {number}")
        translation_of(edition, parent=desk.pages["es"], slug=f"more-{number}")
        Mailing.objects.create(
            edition=edition, newsletter=desk.newsletter, state="sent", audience=1, to_everyone=True
        )

    add(0)
    listed(client)
    with CaptureQueriesContext(connection) as few:
        listed(client)
    for number in range(1, 20):
        add(number)
    with CaptureQueriesContext(connection) as many:
        page = listed(client)
    assert "More 19" in page
    assert len(many) == len(few)


def test_a_long_list_has_pages(client: Client, desk: Desk, newsletter_manager_user: User) -> None:
    client.force_login(newsletter_manager_user)
    for number in range(31):
        EditionPageFactory(parent=desk.pages["en"], slug=f"more-{number}", title=f"More {number:02}")
    assert "More 30" in listed(client)
    assert "More 00" not in listed(client)
    assert "More 00" in client.get(reverse("sending:editions"), {"p": 2}).content.decode()


def test_the_steps_stand_above_the_form_and_lead_on(
    client: Client, desk: Desk, newsletter_manager_user: User
) -> None:
    client.force_login(newsletter_manager_user)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[desk.edition.pk])).content.decode()
    way_out = reverse("sending:check_and_send", args=[desk.edition.pk])
    for step in ("check", "people", "test", "send"):
        assert f'href="{way_out}#{step}"' in edit
    assert edit.count('aria-current="step"') == 1

    add = reverse("wagtailadmin_pages:add", args=["editions", "editionpage", desk.pages["en"].pk])
    new = client.get(add).content.decode()
    assert 'aria-label="Steps"' in new
    assert "sending/editions/" not in new.split('aria-label="Steps"')[1].split("</nav>")[0]
    assert "Save the draft first." in new


@pytest.mark.parametrize(
    ("action", "step"), [("", "check"), ("count", "people"), ("test", "test"), ("send", "send")]
)
def test_the_step_one_stands_on_is_the_one_whose_button_was_pressed(
    client: Client, desk: Desk, newsletter_manager_user: User, action: str, step: str
) -> None:
    client.force_login(newsletter_manager_user)
    url = reverse("sending:check_and_send", args=[desk.edition.pk])
    answer = client.post(url, {"action": action, "address": "me@weft.example"}) if action else client.get(url)
    page = answer.content.decode()
    assert f'href="{url}#{step}" aria-current="step"' in page
    assert page.count('aria-current="step"') == 1


def test_somebody_who_may_not_send_sees_the_steps_without_links(
    client: Client, desk: Desk, newsletter_manager_user: User
) -> None:
    group = newsletter_manager_user.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="add_mailing"))
    client.force_login(newsletter_manager_user)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[desk.edition.pk])).content.decode()
    assert 'aria-label="Steps"' in edit
    assert reverse("sending:check_and_send", args=[desk.edition.pk]) not in edit


def test_only_who_may_write_editions_sees_them(client: Client, desk: Desk, author_user: User) -> None:
    client.logout()
    assert client.get(reverse("sending:editions")).status_code == 302
    author_user.groups.get().page_permissions.all().delete()
    client.force_login(author_user)
    response = client.get(reverse("sending:editions"))
    assert response.status_code in {302, 403}
