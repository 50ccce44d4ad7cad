"""The list an administrator works through until a new newsroom is ready."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry, Site

from newsroom.checklist import LOOKED_UP, NotYet, is_shown, keep_keys, note_test_mail, put_away, steps
from newsroom.demo.content_files import demo_key
from newsroom.models import HomePage, User
from newsroom.starting import start_newsroom
from stories.models import SiteIdentity, SiteIdentityText
from tests.newsroom.factories import UserFactory
from tests.stories.factories import AuthorFactory, SectionPageFactory, StoryPageFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Iterator[User]:
    """The administrator of a newsroom that was just begun."""
    start_newsroom(
        organisation="Red de Molinos",
        languages=["en", "es"],
        base_url="http://localhost",
        postal_address="",
        sender="boletin@molinos.org",
        administrator="ada@molinos.org",
        password="correct horse battery",
    )
    yield User.objects.get()
    Site.clear_site_root_paths_cache()


def undone(user: User) -> set[str]:
    return {step.key for step in steps(user) if step.required and not step.done}


def test_a_new_newsroom_begins_with_everything_to_do(ada: User, client: Client) -> None:
    assert undone(ada) == {
        "postal_address",
        "boilerplate",
        "first_story",
        "address",
        "mail_service",
        "test_mail",
        "deliverability",
        "keys",
        "second_administrator",
    }
    client.force_login(ada)
    page = client.get(reverse("wagtailadmin_home")).content.decode()
    assert "Until the newsroom is ready" in page
    assert "1 of 10 are done." in page
    assert "Put this list away" not in page
    for step in steps(ada):
        assert step.title in page
        if step.url:
            assert client.get(step.url, follow=True).status_code == 200


def test_every_open_step_says_why(ada: User) -> None:
    for step in steps(ada):
        assert step.done or step.why


def do_everything(ada: User, settings: Any) -> None:
    identity = SiteIdentity.current()
    identity.postal_address = "Calle del Molino 4, Sevilla"
    identity.save()
    SiteIdentityText.objects.update(boilerplate="We are mills.")
    section = SectionPageFactory(parent=HomePage.objects.get(locale__language_code="en"), title="Shelf")
    StoryPageFactory(parent=section, authors=[AuthorFactory()], topics=[TopicFactory()])
    settings.BASE_URL, settings.MAIL = "https://molinos.org", "smtp"
    settings.EMAIL_BACKEND = "newsletter.sending.smtp.EmailBackend"
    note_test_mail(newsletter_id=1)
    log(instance=identity, action=LOOKED_UP, user=ada, data={"domain": "molinos.org"})
    keep_keys(user=ada)
    UserFactory(username="bo", is_superuser=True)


def test_what_is_done_ticks_itself_and_then_the_list_can_be_put_away(
    ada: User, settings: Any, client: Client
) -> None:
    with pytest.raises(NotYet):
        put_away(user=ada)
    do_everything(ada, settings)
    assert undone(ada) == set()
    settings.ALLOWED_HOSTS = ["*"]
    client.force_login(ada)
    home = reverse("wagtailadmin_home")
    assert "Put this list away" in client.get(home).content.decode()
    client.post(reverse("newsroom_checklist"), {"action": "put_away"})
    assert not is_shown(ada)
    assert not is_shown(User.objects.get(username="bo"))
    assert "Until the newsroom is ready" not in client.get(home).content.decode()


def test_it_cannot_be_put_away_while_something_is_missing(ada: User, client: Client) -> None:
    client.force_login(ada)
    response = client.post(reverse("newsroom_checklist"), {"action": "put_away"}, follow=True)
    assert "Something on the list is still to be done" in response.content.decode()
    assert is_shown(ada)


def test_the_copy_of_the_keys_is_ticked_by_hand_and_noted(ada: User, client: Client) -> None:
    client.force_login(ada)
    client.post(reverse("newsroom_checklist"), {"action": "keys_kept"})
    assert "keys" not in undone(ada)
    assert ModelLogEntry.objects.get(action="newsroom.keys_kept").user == ada


def test_a_button_nobody_knows_changes_nothing(ada: User, client: Client) -> None:
    client.force_login(ada)
    client.post(reverse("newsroom_checklist"), {"action": "everything"})
    assert not ModelLogEntry.objects.filter(action__startswith="newsroom.").exists()


def test_one_language_without_words_leaves_it_open(ada: User) -> None:
    SiteIdentityText.objects.filter(locale__language_code="en").update(boilerplate="We are mills.")
    assert "boilerplate" in undone(ada)


def test_a_test_mail_counts_only_for_the_service_it_went_through(ada: User, settings: Any) -> None:
    note_test_mail(newsletter_id=1)
    assert "test_mail" in undone(ada)
    settings.MAIL, settings.EMAIL_BACKEND = "smtp", "newsletter.sending.smtp.EmailBackend"
    assert "test_mail" in undone(ada)
    note_test_mail(newsletter_id=1)
    assert "test_mail" not in undone(ada)


def test_a_look_at_the_domain_is_noticed(ada: User, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from newsletter.sending.deliverability import views
    from newsletter.sending.deliverability.lookups import Answer, Outcome

    monkeypatch.setattr(views, "Lookups", lambda: lambda name, kind: Answer(Outcome.NO_NAME))
    client.force_login(ada)
    client.post(reverse("sending:deliverability"), {"action": "look_up", "domain": "molinos.org"})
    assert "deliverability" not in undone(ada)


def test_only_administrators_see_and_change_it(ada: User, editor_user: User, client: Client) -> None:
    assert not is_shown(editor_user)
    client.force_login(editor_user)
    assert "Until the newsroom" not in client.get(reverse("wagtailadmin_home")).content.decode()
    client.post(reverse("newsroom_checklist"), {"action": "keys_kept"})
    assert "keys" in undone(ada)
    client.force_login(ada)
    assert client.get(reverse("newsroom_checklist")).status_code == 405


def test_the_demo_has_no_checklist(ada: User, mailbox: Path) -> None:
    HomePage.objects.filter(locale__language_code="en").update(translation_key=demo_key("home", "home"))
    assert not is_shown(ada)
