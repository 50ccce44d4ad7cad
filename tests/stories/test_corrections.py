"""Corrections: on the page, in the public list, and only once they are published."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from wagtail.models import PageViewRestriction
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from newsroom.models import HomePage
from stories.models import ArticlePage, Correction, CorrectionsPage, SiteIdentity, StoryPage
from tests.newsroom.factories import home_in
from tests.stories.factories import StoryPageFactory, TopicFactory, index_everything

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
Homes = dict[str, HomePage]


def corrections_page(language: str = "en", **fields: Any) -> CorrectionsPage:
    home = HomePage.objects.get(pk=home_in(language).pk)
    page = CorrectionsPage(title="Corrections", slug="corrections", locale=home.locale, **fields)
    home.add_child(instance=page)
    return page


def story(**fields: Any) -> StoryPage:
    """One that may be published."""
    page: StoryPage = StoryPageFactory(complete=True, **fields)
    return page


def correct(page: ArticlePage, text: str = "Forty houses, not four.", **fields: Any) -> Correction:
    return Correction.objects.create(page=page, text=text, **{"made_at": MOMENT, **fields})


def read(client: Client, url: str) -> BeautifulSoup:
    response = client.get(url)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


# --- On the page ------------------------------------------------------------------------------------
def test_a_correction_stands_on_the_page_with_its_kind_and_its_day(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = story()
    correct(page, kind=Correction.Kind.CLARIFICATION)
    shown = read(client, page.url)
    section = shown.select_one("section.corrections")
    assert section.select_one("strong").text == "Clarification"
    assert section.select_one("time").text == "20 October 2026"
    assert "Forty houses, not four." in section.text
    link = shown.select_one(".corrected a")
    assert section.find(id=link["href"].removeprefix("#"))


def test_a_page_without_corrections_does_not_speak_of_any(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    shown = read(client, story().url)
    assert not shown.select(".corrections, .corrected, .retraction")


def test_a_retraction_stands_above_the_headline_and_the_text_stays(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = story()
    correct(page, "The council never met.", kind=Correction.Kind.RETRACTION)
    response = client.get(page.url)
    html = response.content.decode()
    assert response.status_code == 200
    assert html.index('class="retraction"') < html.index("<h1")
    assert "On Thursdays the mill opens at six." in html
    assert "The council never met." in read(client, page.url).select_one(".retraction").text


def test_wherever_a_retracted_story_is_listed_its_headline_says_so(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    food = TopicFactory(name="Food")
    page = story(title="The council met", topics=[food])
    other = story(
        title="The mill",
        topics=[food],
        body=[{"type": "related_stories", "value": {"heading": "", "stories": [page.pk]}}],
    )
    correct(page, kind=Correction.Kind.RETRACTION)
    index_everything()
    shown = "Retracted: The council met"
    for url in ("/", "/stories/", "/topics/food/", "/search/?q=council"):
        listed = read(client, url).find("a", href=page.url)
        assert listed, url
        assert listed.text == shown, url
    beside = read(client, other.url)
    assert [link.text for link in beside.find_all("a", href=page.url)] == [shown, shown]
    own = read(client, page.url)
    assert own.find("meta", property="og:title")["content"] == own.title.text.split(" · ")[0] == shown


def test_a_correction_that_is_no_retraction_leaves_the_headline_as_it_is(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = story(title="The council met")
    correct(page)
    assert read(client, "/stories/").find("a", href=page.url).text == "The council met"


def test_a_correction_is_plain_text_whatever_it_holds(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = story()
    correct(page, "<script>alert(1)</script> & </section>", kind=Correction.Kind.RETRACTION)
    corrections_page()
    for url in (page.url, CorrectionsPage.objects.get().url):
        html = client.get(url).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;/section&gt;" in html


def test_two_corrections_of_one_moment_have_places_of_their_own(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = story()
    first, second = correct(page, "One."), correct(page, "Two.")
    ids = [correction["id"] for correction in read(client, page.url).select(".correction")]
    assert len(set(ids)) == 2
    corrections_page()
    links = read(client, CorrectionsPage.objects.get().url).select(".correction a")
    assert [link["href"].partition("#")[2] for link in links] == ids
    assert first.text == page.correction_list[1].text
    assert second.text == page.correction_list[0].text


def test_the_page_says_that_it_changed_on_the_day_of_the_correction(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = story()
    correct(page)
    assert page.changed_at == MOMENT
    assert "changed 20 October 2026" in " ".join(read(client, page.url).select_one(".ledger").text.split())


# --- With the revision ------------------------------------------------------------------------------
def test_a_correction_goes_out_with_the_revision_that_holds_it(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    page = story()
    draft = StoryPage.objects.get(pk=page.pk)
    draft.corrections = [Correction(text="Forty houses, not four.", made_at=MOMENT)]
    revision = draft.save_revision()
    listing = corrections_page()
    assert "Forty houses" not in client.get(page.url).content.decode()
    assert "Forty houses" not in client.get(listing.url).content.decode()
    revision.publish()
    assert "Forty houses" in client.get(page.url).content.decode()
    assert "Forty houses" in client.get(listing.url).content.decode()


def test_publishing_an_older_revision_keeps_a_corrections_address(homes: Homes) -> None:
    page = story()
    page.corrections = [Correction(text="Forty houses.", made_at=MOMENT)]
    first = page.save_revision()
    first.publish()
    before = Correction.objects.get()
    again = StoryPage.objects.get(pk=page.pk)
    again.corrections = []
    again.save_revision().publish()
    first.publish()
    after = Correction.objects.get()
    assert (after.pk == before.pk, after.anchor == before.anchor) == (False, True)


def test_an_editor_cannot_date_a_correction_in_the_future() -> None:
    with pytest.raises(ValidationError) as refused:
        Correction(text="Soon.", made_at=timezone.now() + timedelta(minutes=5)).clean()
    assert "made_at" in refused.value.message_dict
    Correction(text="Now.", made_at=timezone.now()).clean()


def test_the_editor_says_so_beside_the_date(client: Client, homes: Homes, administrator: Any) -> None:
    page = story()
    client.force_login(administrator)
    tomorrow = timezone.localtime(timezone.now() + timedelta(days=1))
    data = nested_form_data(
        {
            "title": page.title,
            "slug": page.slug,
            "body": streamfield([]),
            "comments": inline_formset([]),
            "corrections": inline_formset(
                [{"kind": "correction", "made_at": tomorrow.strftime("%Y-%m-%d %H:%M"), "text": "Soon."}]
            ),
        }
    )
    answer = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
    assert "A correction cannot be dated in the future." in answer.content.decode()


# --- The public list --------------------------------------------------------------------------------
def test_the_list_shows_the_newest_first_and_links_to_each_page(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    older, newer = story(title="The mill"), story(title="The weir")
    correct(older, "Last.", made_at=MOMENT)
    correct(newer, "First.", made_at=MOMENT + timedelta(days=1))
    rows = read(client, corrections_page().url).select(".correction")
    assert [row.select_one("h2").text for row in rows] == ["The weir", "The mill"]
    assert rows[0].a["href"].startswith(newer.url + "#correction-20261021")


def test_the_list_leaves_out_drafts_private_pages_and_other_languages(
    client: Client, homes: Homes, identity: SiteIdentity
) -> None:
    listing = corrections_page()
    correct(story(draft=True), "Of a draft.")
    private = story()
    correct(private, "Of a private page.")
    PageViewRestriction.objects.create(page=private, restriction_type=PageViewRestriction.LOGIN)
    correct(story(language="es"), "De otra lengua.")
    correct(story(), "Of this list.")
    shown = read(client, listing.url)
    assert [row.select("p")[-1].text for row in shown.select(".correction")] == ["Of this list."]


def test_the_list_costs_the_same_however_long_it_is(
    client: Client,
    homes: Homes,
    identity: SiteIdentity,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    listing = corrections_page()
    page = story()
    correct(page)
    with django_assert_max_num_queries(30) as few:
        client.get(listing.url)
    for number in range(40):
        correct(
            story() if number % 4 == 0 else page,
            f"Number {number}.",
            made_at=MOMENT - timedelta(hours=number),
        )
    with django_assert_max_num_queries(len(few)):
        shown = read(client, listing.url)
    assert len(shown.select(".correction")) == 30
    assert len(read(client, f"{listing.url}?page=2").select(".correction")) == 11


def test_the_ledger_leads_to_the_list(client: Client, homes: Homes, identity: SiteIdentity) -> None:
    page, listing = story(), corrections_page()
    link = read(client, page.url).select_one(f'.ledger a[href="{listing.url}"]')
    assert link.text == "Everything we corrected"


# --- Copies -----------------------------------------------------------------------------------------
def test_a_translation_does_not_take_over_the_corrections(homes: Homes, locales: dict[str, Any]) -> None:
    page = story()
    correct(page)
    copy = page.copy_for_translation(locales["es"], copy_parents=True)
    assert not copy.corrections.exists()
    assert not copy.get_latest_revision_as_object().corrections.all()
    assert page.corrections.count() == 1
