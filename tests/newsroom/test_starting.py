import io
import re
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from wagtail.models import Locale, Page, Site

from newsletter.audience.models import Newsletter
from newsletter.editions.models import NewsletterPage
from newsroom.models import HomePage, User
from stories.feeds.formats import FORMATS
from stories.models import SectionPage, SiteIdentity

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
SCRIPTS = re.compile(r"<(script|style).*?</\1>", re.DOTALL)
OPTIONS = {
    "organisation": "Red de Molinos",
    "languages": "es,en",
    "address": "http://localhost",
    "postal_address": "Calle del Molino 4, Sevilla",
    "sender": "boletin@molinos.example",
    "administrator": "ada@molinos.example",
}


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / ".env"
    path.write_text("SUBSCRIBER_KEY=kept\n")
    monkeypatch.setenv("NEWSROOM_DOTENV", str(path))
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    return path


def new_newsroom(**options: str) -> str:
    out = io.StringIO()
    call_command("new_newsroom", interactive=False, stdout=out, **{**OPTIONS, **options})
    return out.getvalue()


def test_a_new_newsroom_has_a_front_page_sections_and_a_newsletter_in_each_language(dotenv: Path) -> None:
    new_newsroom()
    assert {locale.language_code for locale in Locale.objects.all()} == {"es", "en"}
    homes = HomePage.objects.live()
    assert {home.locale.language_code for home in homes} == {"es", "en"}
    assert len({home.translation_key for home in homes}) == 1
    for home in homes:
        assert SectionPage.objects.child_of(home).live().in_menu().count() == 4
        assert NewsletterPage.objects.child_of(home).live().count() == 1
        assert home.newsletter == Newsletter.objects.get()
    assert len(set(SectionPage.objects.values_list("translation_key", flat=True))) == 4
    spanish = SectionPage.objects.filter(locale__language_code="es").values_list("title", flat=True)
    english = SectionPage.objects.filter(locale__language_code="en").values_list("title", flat=True)
    assert set(english) == {"Stories", "News", "Events", "Resources"}
    assert "Historias" in spanish


def test_a_new_newsroom_says_who_publishes_it(dotenv: Path) -> None:
    new_newsroom()
    site = Site.objects.get()
    identity = SiteIdentity.for_site(site)
    assert site.is_default_site
    assert site.root_page.locale.language_code == "es"
    assert (identity.organisation, identity.contact_email) == ("Red de Molinos", "boletin@molinos.example")
    assert identity.postal_address == "Calle del Molino 4, Sevilla"
    newsletter = Newsletter.objects.get()
    assert (newsletter.from_email, newsletter.list_id) == (
        "boletin@molinos.example",
        "newsletter.molinos.example",
    )


def test_the_administrator_logs_in(dotenv: Path, client: Client) -> None:
    new_newsroom()
    assert client.login(username="ada@molinos.example", password=PASSWORD)
    assert User.objects.get().is_superuser
    assert client.get("/admin/").status_code == 200


def test_the_front_page_opens(dotenv: Path, client: Client) -> None:
    new_newsroom(languages="en,es")
    response = client.get("/")
    assert response.status_code == 200
    assert "Red de Molinos" in response.content.decode()


def test_every_page_of_an_empty_newsroom_opens_in_every_language(dotenv: Path, client: Client) -> None:
    new_newsroom(languages="en,es,fr")
    pages = [page.specific.full_url for page in Page.objects.live().filter(depth__gt=1)]
    assert len(pages) == 3 * (1 + 4 + 1)
    others = ["/robots.txt", "/sitemap.xml", "/favicon.svg"]
    for language in ("", "/es", "/fr"):
        others += [
            f"{language}/{path}"
            for path in ("feeds/", "subscribe/", "subscribe/newsletter/", "search/", "calendar.ics")
        ]
        others += [
            f"{language}/feeds/{channel}.{name}" for channel in ("all", "stories", "news") for name in FORMATS
        ]
    for address in [*pages, *others]:
        response = client.get(urlsplit(address).path)
        assert response.status_code == 200, address
        seen = SCRIPTS.sub("", response.content.decode())
        assert not re.search(r"\bNone\b|\{\{|\{%", seen), address


def test_answers_that_are_settings_are_remembered_beside_the_keys(dotenv: Path) -> None:
    out = new_newsroom(address="https://molinos.example")
    assert dotenv.read_text().splitlines() == [
        "SUBSCRIBER_KEY=kept",
        "NEWSROOM_LANGUAGES=es,en",
        "BASE_URL=https://molinos.example",
        "MAIL_FROM=boletin@molinos.example",
    ]
    assert stat.S_IMODE(dotenv.stat().st_mode) == 0o600
    assert "NEWSROOM_LANGUAGES=es,en" in out
    assert Site.objects.get().port == 443


def test_a_second_newsroom_does_not_overwrite_the_first(dotenv: Path) -> None:
    new_newsroom()
    with pytest.raises(CommandError, match="There is a newsroom in this database already"):
        new_newsroom(organisation="Another")
    assert SiteIdentity.objects.get().organisation == "Red de Molinos"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("organisation", " ", "needs a name"),
        ("languages", "es,de", "one or more of en, es, fr"),
        ("languages", "es,es", "one or more of en, es, fr"),
        ("address", "molinos.example", "Give the whole address"),
        ("sender", "boletin", "valid email address"),
    ],
)
def test_an_answer_that_cannot_be_used_changes_nothing(
    option: str, value: str, words: str, dotenv: Path
) -> None:
    with pytest.raises(CommandError, match=words):
        new_newsroom(**{option: value})
    assert not HomePage.objects.exists()
    assert dotenv.read_text() == "SUBSCRIBER_KEY=kept\n"


def test_a_weak_password_is_refused(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "password")
    with pytest.raises(CommandError, match="too common"):
        new_newsroom()
    assert not User.objects.exists()


def test_a_question_is_asked_again_until_the_answer_can_be_used(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "Red de Molinos\nde\nes\nhttps://molinos.example\n\nboletin@molinos.example\n\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    call_command("new_newsroom")
    assert "the main one first." in capsys.readouterr().err
    assert User.objects.get().email == "boletin@molinos.example"
    assert [locale.language_code for locale in Locale.objects.all()] == ["es"]


def test_whoever_stops_in_the_middle_leaves_nothing_behind(dotenv: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Red de Molinos\n"))
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("new_newsroom")
    assert not HomePage.objects.exists()
