"""What machines read in the head of an article."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Page

from newsroom.models import HomePage
from stories.models import Correction, CorrectionsPage, SiteIdentity, StoryPage
from stories.structured_data import script_safe
from tests.newsroom.factories import home_in
from tests.stories.factories import (
    AuthorFactory,
    EventPageFactory,
    ImageFactory,
    PlaceFactory,
    StoryPageFactory,
    TopicFactory,
)

MOMENT = datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
Homes = dict[str, HomePage]


def head(client: Client, page: Page) -> BeautifulSoup:
    response = client.get(page.url)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser").head


def data(client: Client, page: Page, kind: str = "NewsArticle") -> dict[str, Any]:
    scripts = head(client, page).select('script[type="application/ld+json"]')
    assert len(scripts) == 1
    graph = json.loads(scripts[0].string)["@graph"]
    (found,) = [node for node in graph if node["@type"] == kind]
    assert isinstance(found, dict)
    return found


@pytest.mark.django_db
def test_an_article_says_what_search_engines_ask_for(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    identity.logo = ImageFactory()
    identity.save()
    author = AuthorFactory(name="Ada Ruiz", role="Reporter")
    page = StoryPageFactory(
        authors=[author], topics=[TopicFactory(name="Food")], lead_image=ImageFactory(), licence="cc-by-4.0"
    )
    found = data(client, page)
    assert found["headline"] == page.title
    assert datetime.fromisoformat(found["datePublished"]) == page.first_published_at
    assert datetime.fromisoformat(found["dateModified"]) == page.last_published_at
    assert found["datePublished"][-6] in "+-"
    assert found["mainEntityOfPage"] == {"@type": "WebPage", "@id": page.full_url}
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert found["inLanguage"] == "en"
    assert found["articleSection"] == "Stories"
    assert found["isAccessibleForFree"] is True
    assert found["keywords"] == ["Food"]
    (person,) = found["author"]
    assert (person["@type"], person["name"]) == ("Person", "Ada Ruiz")
    assert person["url"].startswith("http://localhost/")
    (picture,) = found["image"]
    assert picture["url"].startswith("http://localhost/media/")
    assert picture["creditText"] == "Noor Haddad"
    publisher = found["publisher"]
    assert (publisher["@type"], publisher["name"]) == ("NewsMediaOrganization", "Weft")
    assert publisher["logo"]["url"].startswith("http://localhost/media/")


@pytest.mark.django_db
def test_without_a_picture_the_share_picture_stands_in(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = StoryPageFactory()
    shared = head(client, page).select_one('meta[property="og:image"]')["content"]
    assert data(client, page)["image"] == [{"@type": "ImageObject", "url": shared}]


@pytest.mark.django_db
def test_the_policy_is_the_page_of_corrections_or_what_the_ledger_says(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = StoryPageFactory()
    assert "correctionsPolicy" not in data(client, page)["publisher"]
    identity.texts.filter(locale=page.locale).update(corrections_policy="We correct at once.")
    assert data(client, page)["publisher"]["correctionsPolicy"] == f"{page.full_url}#ledger"
    listing = CorrectionsPage(title="Corrections", slug="corrections", locale=page.locale)
    HomePage.objects.get(pk=home_in("en").pk).add_child(instance=listing)
    assert data(client, page)["publisher"]["correctionsPolicy"] == listing.full_url


@pytest.mark.django_db
def test_corrections_and_a_retraction_are_told_with_their_dates(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = StoryPageFactory()
    Correction.objects.create(page=page, text="Forty, not four.", made_at=MOMENT)
    found = data(client, page)
    (correction,) = found["correction"]
    assert (correction["@type"], correction["text"]) == ("CorrectionComment", "Forty, not four.")
    assert datetime.fromisoformat(correction["datePublished"]) == MOMENT
    assert datetime.fromisoformat(found["dateModified"]) == MOMENT
    assert "creativeWorkStatus" not in found
    Correction.objects.create(page=page, kind="retraction", text="It never happened.", made_at=MOMENT)
    assert data(client, page)["creativeWorkStatus"] == "Retracted"


@pytest.mark.django_db
def test_the_way_to_the_article_is_told(client: Client, homes: Homes, identity: SiteIdentity) -> None:
    page = StoryPageFactory(language="es")
    steps = data(client, page, "BreadcrumbList")["itemListElement"]
    assert [(step["position"], step["name"]) for step in steps] == [
        (1, "Trama"),
        (2, "Stories"),
        (3, page.title),
    ]
    assert steps[-1]["item"] == page.full_url


@pytest.mark.django_db
def test_an_event_is_told_as_one_with_the_clocks_of_its_place(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    starts = datetime(2027, 3, 13, 9, 0, tzinfo=UTC)
    event = EventPageFactory(
        starts_at=starts,
        ends_at=starts + timedelta(hours=8),
        time_zone="Europe/Madrid",
        venue="Hemp store",
        place=PlaceFactory(name="Cerrolinde", country="ES"),
        online_link="https://meet.example/room",
    )
    found = data(client, event, "Event")
    assert found["startDate"] == "2027-03-13T10:00:00+01:00"
    assert found["endDate"] == "2027-03-13T18:00:00+01:00"
    assert found["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    there, online = found["location"]
    assert (there["@type"], there["name"], there["address"]["addressCountry"]) == (
        "Place",
        "Hemp store",
        "ES",
    )
    assert online == {"@type": "VirtualLocation", "url": "https://meet.example/room"}
    assert found["organizer"]["name"] == "Weft"


@pytest.mark.django_db
def test_a_translation_names_the_work_it_was_made_from(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = StoryPageFactory(complete=True)
    page.save_revision().publish()
    page.refresh_from_db()
    copy = StoryPageFactory(
        language="es", translation_key=page.translation_key, translated_from=page.live_revision
    )
    assert data(client, copy)["translationOfWork"]["@id"] == f"{page.full_url}#article"
    assert "translationOfWork" not in data(client, page)


@pytest.mark.django_db
def test_nothing_an_editor_writes_ends_the_script(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    title = "</script><script>alert(1)</script>"
    page = StoryPageFactory(title=title, slug="hostile", standfirst="\u2028<!-- <script> & ]]>")
    Correction.objects.create(page=page, text=title, made_at=MOMENT)
    html = client.get(page.url).content.decode()
    assert "<script>alert" not in html
    found = data(client, page)
    assert (found["headline"], found["description"]) == (title, "\u2028<!-- <script> & ]]>")


@given(st.text())
def test_whatever_is_written_is_read_back_and_holds_nothing_a_browser_acts_on(value: str) -> None:
    written = script_safe({"value": value})
    assert json.loads(written) == {"value": value}
    assert not set(written) & set("<>&\u2028\u2029")


@pytest.mark.django_db
def test_link_previews_get_authors_section_and_topics(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = StoryPageFactory(
        topics=[TopicFactory(name="Food & <drink>", slug="food")], authors=[AuthorFactory()]
    )
    found = head(client, page)
    assert found.select_one('meta[property="article:section"]')["content"] == "Stories"
    assert found.select_one('meta[property="article:tag"]')["content"] == "Food & <drink>"
    assert found.select_one('meta[property="article:published_time"]')


@pytest.mark.django_db
def test_pages_that_are_no_articles_and_drafts_say_nothing_of_an_article(
    client: Client, homes: Homes, identity: SiteIdentity, administrator: Any
) -> None:
    assert not head(client, homes["en"]).select('script[type="application/ld+json"]')
    page = StoryPageFactory(complete=True)
    page.save_revision()
    client.force_login(administrator)
    draft = client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]))
    assert draft.status_code == 200
    assert b"application/ld+json" not in draft.content


@pytest.mark.django_db
def test_languages_are_named_with_a_default_for_everybody_else(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = StoryPageFactory(language="fr")
    spanish = StoryPageFactory(language="es", translation_key=page.translation_key)
    links = {link["hreflang"]: link["href"] for link in head(client, page).select("link[hreflang]")}
    assert links == {"es": spanish.full_url, "fr": page.full_url, "x-default": spanish.full_url}
    english = StoryPageFactory(translation_key=page.translation_key)
    links = {link["hreflang"]: link["href"] for link in head(client, page).select("link[hreflang]")}
    assert links["x-default"] == english.full_url
    assert StoryPage.objects.count() == 3
