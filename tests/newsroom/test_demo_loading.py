"""Loading the demo: what a second run, a killed run and somebody else's database mean to it. A part of it, for speed."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from PIL import Image
from wagtail.models import Page, Site, WorkflowState

from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent
from newsletter.audience.segmentation import audience_of
from newsroom.demo import articles, loading, pictures, subscribers
from newsroom.demo.drawing import Poster
from newsroom.demo.editors_day import publish_and_leave_some_waiting
from newsroom.demo.loading import Content, Demo
from newsroom.demo.telling import Teller
from newsroom.models import HomePage, User
from stories.models import CorrectionsPage, NewsPage, StoryPage
from stories.translating.translations import change_of_original

PEOPLE = 120
TOLD_HERE = {"care-fund-rules", "assembly-2027"}  # news without a link to another text


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> Content:
    monkeypatch.setattr(subscribers, "SUBSCRIBERS", PEOPLE)
    monkeypatch.setattr(pictures, "drawn", blank_posters)
    whole = Content.read()
    return replace(
        whole, texts=[text for text in whole.texts if text.key in TOLD_HERE], approved_today="assembly-2027"
    )


@pytest.fixture
def own_var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def teller() -> Teller:
    return Teller(StringIO())


@pytest.fixture
def demo(db: None, content: Content, own_var: Path, teller: Teller) -> Demo:
    return loading.load(content, teller)


def blank_posters(posters: list[Poster]) -> Iterator[tuple[Poster, bytes]]:
    for poster in posters:
        written = BytesIO()
        Image.new("RGB", (16, 10), "#F2D6A2").save(written, "PNG")
        yield poster, written.getvalue()


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours and of Wagtail's pages, but for what tasks leave behind."""
    models = [
        model
        for model in apps.get_models()
        if model._meta.app_label
        in {"newsroom", "stories", "audience", "editions", "wagtailcore", "wordpress"}
        and model._meta.model_name != "referenceindex"
    ]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def test_a_second_run_changes_nothing(demo: Demo, content: Content, teller: Teller) -> None:
    publish_and_leave_some_waiting(demo, teller)
    before = everything()
    again = loading.load(content, teller)
    publish_and_leave_some_waiting(again, teller)
    assert everything() == before
    assert {name: login.password for name, login in again.logins.items()} == {
        name: login.password for name, login in demo.logins.items()
    }


def test_a_killed_run_goes_on_where_it_stopped(
    db: None, content: Content, own_var: Path, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(articles, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            loading.load(content, teller)
    assert NewsPage.objects.count() == 6
    assert not NewsPage.objects.live().exists()
    loading.load(content, teller)
    assert NewsPage.objects.count() == 6
    assert NewsPage.objects.live().filter(locale__language_code="es").count() == 1
    assert Subscriber.objects.count() == PEOPLE


def test_news_keep_the_date_they_were_published_on(demo: Demo) -> None:
    page = NewsPage.objects.get(pk=demo.pages["care-fund-rules", "fr"])
    assert f"{page.first_published_at:%Y-%m-%d %H:%M}" == "2026-10-30 12:00"
    untouched = NewsPage.objects.get(pk=demo.pages["care-fund-rules", "en"])
    assert untouched.last_published_at == untouched.first_published_at
    assert {other.locale.language_code for other in page.get_translations().live()} == {"en", "es"}
    assert page.lead_image is not None
    assert page.lead_image.alt.startswith("Affiche")


def test_a_correction_of_the_original_has_not_reached_every_translation(demo: Demo) -> None:
    found = {
        language: NewsPage.objects.get(pk=demo.pages["care-fund-rules", language])
        for language in ("en", "es", "fr")
    }
    assert [page.corrections.count() for page in found.values()] == [0, 1, 1]
    assert [change_of_original(page) is not None for page in found.values()] == [True, False, False]
    assert found["es"].last_published_at == found["es"].changed_at
    assert CorrectionsPage.objects.live().count() == 3


def test_the_site_answers_at_its_own_address_in_each_language(demo: Demo) -> None:
    site = Site.objects.get(is_default_site=True)
    assert site.root_page.specific == demo.homes["en"]
    assert [demo.homes[code].full_url for code in ("en", "es", "fr")] == [
        "http://localhost/",
        "http://localhost/es/",
        "http://localhost/fr/",
    ]
    assert not Page.objects.filter(title__startswith="Welcome to").exists()


def test_an_editors_day_leaves_two_waiting_one_scheduled_and_one_imported(demo: Demo, teller: Teller) -> None:
    publish_and_leave_some_waiting(demo, teller)
    drafts = StoryPage.objects.filter(live=False)
    assert sum(bool(draft.workflow_in_progress) for draft in drafts) == 2
    assert sum(bool(draft.approved_schedule) for draft in drafts) == 1
    imported = Page.objects.get(imported_documents__isnull=False)
    assert not imported.live


def test_the_reviewer_has_a_version_before_to_compare_with(demo: Demo, teller: Teller) -> None:
    publish_and_leave_some_waiting(demo, teller)
    for state in WorkflowState.objects.active():
        *_others, before, last = state.content_object.specific.revisions.order_by("pk")
        texts = [list(revision.as_object().body) for revision in (before, last)]
        assert len(texts[0]) == len(texts[1]) - 1
        assert state.current_task_state.revision == last


def test_only_confirmed_subscribers_are_in_the_audience_and_evidence_says_how_they_came(demo: Demo) -> None:
    newsletter = demo.newsletters["monthly-thread"]
    chosen = [demo.segments[slug] for slug in demo.content.edition["segments"]]
    people = audience_of(newsletter=newsletter, segments=chosen)
    confirmed = Subscription.objects.filter(newsletter=newsletter, status="confirmed").values("subscriber")
    assert 0 < people.count() < PEOPLE
    assert not people.exclude(pk__in=confirmed).exists()
    asked = SubscriptionEvent.objects.filter(kind="requested", newsletter=newsletter).exclude(text="")
    assert asked.count() == PEOPLE
    assert not Subscriber.objects.exclude(email__endswith=".example").exists()


def test_logins_are_in_a_file_only_its_owner_reads(demo: Demo, own_var: Path) -> None:
    file = own_var / "logins.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    for login in demo.logins.values():
        assert User.objects.get(username=login.username).check_password(login.password)


@pytest.mark.parametrize("mail", ["smtp", "mailgun"])
def test_it_refuses_where_mail_leaves_the_machine(db: None, settings: Any, mail: str) -> None:
    settings.MAIL = mail
    with pytest.raises(CommandError, match="MAIL"):
        call_command("demo", stdout=StringIO())
    assert not HomePage.objects.exists()


def test_it_refuses_a_database_that_is_somebodys(homes: dict[str, HomePage]) -> None:
    with pytest.raises(CommandError, match="3 pages"):
        call_command("demo", stdout=StringIO())
    assert not User.objects.exists()
