"""Translations know what they were made from, and the board shows what is missing where."""

import csv
import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Locale, ModelLogEntry, Page, PageLogEntry, Revision, Workflow

from newsroom.models import HomePage, InfoPage, User
from stories.models import (
    CollaborationPage,
    EventPage,
    NewsPage,
    ResourcePage,
    SectionPage,
    SeriesPage,
    SiteIdentity,
    StoryPage,
)
from stories.translating.translations import (
    MovedOn,
    bring_up_to_date,
    change_of_original,
    copied_revision,
    original_of,
    translated_types,
)
from tests.newsroom.factories import home_in
from tests.stories.factories import (
    CollaborationPageFactory,
    EventPageFactory,
    NewsPageFactory,
    ResourcePageFactory,
    SectionPageFactory,
    SeriesPageFactory,
    StoryPageFactory,
    shelf,
)

pytestmark = pytest.mark.django_db
Locales = dict[str, Locale]


@pytest.fixture(autouse=True)
def shelves(homes: dict[str, HomePage], locales: Locales) -> None:
    """The section Stories in three languages, translations of each other."""
    english = shelf("Stories")
    for code in ("es", "fr"):
        SectionPageFactory(
            parent=home_in(code),
            title="Stories",
            slug=f"stories-{code}",
            translation_key=english.translation_key,
        )


def published(title: str = "The mill", **fields: Any) -> StoryPage:
    page: StoryPage = StoryPageFactory(title=title, complete=True, **fields)
    page.save_revision().publish()
    return StoryPage.objects.get(pk=page.pk)


def translated(page: Page, language: str = "es") -> Any:
    return page.copy_for_translation(Locale.objects.get(language_code=language))


def publish_again(page: Page, **changes: Any) -> None:
    page = page.specific_class.objects.get(pk=page.pk)
    for name, value in changes.items():
        setattr(page, name, value)
    page.save_revision().publish()


# --- What it was made from --------------------------------------------------------------------------
def test_a_translation_remembers_the_published_text_it_was_made_from() -> None:
    page = published()
    page.title = "Not published yet"
    page.save_revision()
    page = StoryPage.objects.get(pk=page.pk)
    copy = translated(page)
    assert copy.title == "The mill"
    assert copy.translated_from_id == page.live_revision_id
    assert type(copy).objects.get(pk=copy.pk).translated_from_id == page.live_revision_id
    assert copy.original.pk == page.pk


def test_a_translation_of_a_draft_remembers_the_latest_draft() -> None:
    page = StoryPageFactory(complete=True, draft=True)
    revision = page.save_revision()
    assert translated(page).translated_from_id == revision.pk


def test_nobody_claims_to_know_what_a_page_without_revisions_looked_like() -> None:
    page = StoryPageFactory(complete=True)
    copy = translated(page)
    assert copy.translated_from_id is None
    assert original_of(copy).pk == page.pk
    assert change_of_original(copy) is None


def test_every_page_of_a_translated_tree_remembers_its_own_original() -> None:
    section = SectionPageFactory(title="Campaign")
    page = published(parent=section)
    section = SectionPage.objects.get(pk=section.pk)
    from wagtail.actions.copy_for_translation import CopyPageForTranslationAction

    action = CopyPageForTranslationAction(
        section, Locale.objects.get(language_code="fr"), include_subtree=True
    )
    action.execute(skip_permission_checks=True)
    copy = StoryPage.objects.get(translation_key=page.translation_key, locale__language_code="fr")
    assert copy.translated_from_id == page.live_revision_id


@pytest.mark.parametrize(
    ("factory", "model"),
    [
        (StoryPageFactory, StoryPage),
        (NewsPageFactory, NewsPage),
        (EventPageFactory, EventPage),
        (ResourcePageFactory, ResourcePage),
        (SeriesPageFactory, SeriesPage),
        (CollaborationPageFactory, CollaborationPage),
    ],
)
def test_every_type_can_be_translated_with_all_it_holds(
    factory: Any, model: type[Page], locales: Locales
) -> None:
    parent = shelf("Stories")
    fields: dict[str, Any] = {"told": [published()]} if model is SeriesPage else {}
    page = factory(parent=parent, live=False, **fields)
    revision = page.save_revision()
    copy = translated(page)
    assert isinstance(copy, model)
    assert copy.translated_from_id == revision.pk
    assert not copy.live
    if model is SeriesPage:
        assert [part.story_id for part in copy.parts.all()] == [part.story_id for part in page.parts.all()]


def test_plain_pages_are_translated_too() -> None:
    home = HomePage.objects.get(pk=home_in("en").pk)
    page = InfoPage(title="About", slug="about", live=False)
    home.add_child(instance=page)
    revision = page.save_revision()
    assert translated(page).translated_from_id == revision.pk
    assert InfoPage in translated_types()


def test_a_plain_copy_is_no_translation() -> None:
    copy = translated(published())
    other = copy.copy(update_attrs={"slug": "other", "title": "Other"}, keep_live=False)
    assert StoryPage.objects.get(pk=other.pk).translated_from_id is None


def test_an_older_draft_does_not_bring_back_the_older_original() -> None:
    page = published()
    copy = translated(page)
    old = copy.get_latest_revision()
    publish_again(page, standfirst="It closed.")
    page.refresh_from_db()
    bring_up_to_date(StoryPage.objects.get(pk=copy.pk), seen=page.live_revision_id, user=None)
    Revision.objects.get(pk=old.pk).publish()
    assert StoryPage.objects.get(pk=copy.pk).translated_from_id == page.live_revision_id


# --- The original moves on --------------------------------------------------------------------------
def test_the_translation_shows_that_its_original_was_published_again() -> None:
    page = published()
    copy = translated(page)
    assert change_of_original(copy) is None
    draft = StoryPage.objects.get(pk=page.pk)
    draft.save_revision()
    assert change_of_original(StoryPage.objects.get(pk=copy.pk)) is None
    publish_again(page, standfirst="It closed.")
    change = change_of_original(StoryPage.objects.get(pk=copy.pk))
    page.refresh_from_db()
    assert change is not None
    assert (change.seen, change.newest) == (copy.translated_from_id, page.live_revision_id)


def test_the_editor_is_told_and_can_compare(client: Client, editor_user: User) -> None:
    page = published()
    copy = translated(page)
    client.force_login(editor_user)
    url = reverse("wagtailadmin_pages:edit", args=[copy.pk])
    assert "changed since" not in client.get(url).content.decode()
    publish_again(page, standfirst="It closed.")
    shown = BeautifulSoup(client.get(url).content, "html.parser")
    message = shown.select_one(".messages")
    assert "The original (English) changed since" in message.text
    compare, done = (link["href"] for link in message.select("a"))
    assert client.get(compare).status_code == 200
    assert "It closed." in client.get(compare).content.decode()
    assert done == reverse("translation_up_to_date", args=[copy.pk])


def test_saying_that_it_is_up_to_date_ends_the_notice_and_is_logged(
    client: Client, editor_user: User
) -> None:
    page = published()
    copy = translated(page)
    publish_again(page, standfirst="It closed.")
    page.refresh_from_db()
    client.force_login(editor_user)
    url = reverse("translation_up_to_date", args=[copy.pk])
    form = BeautifulSoup(client.get(url).content, "html.parser").select_one(
        'main form[method="post"], form[method="post"]'
    )
    seen = BeautifulSoup(client.get(url).content, "html.parser").select_one("input[name=seen]")["value"]
    assert form is not None
    assert StoryPage.objects.get(pk=copy.pk).translated_from_id != page.live_revision_id
    answer = client.post(url, {"seen": seen})
    assert answer.headers["Location"] == reverse("wagtailadmin_pages:edit", args=[copy.pk])
    copy = StoryPage.objects.get(pk=copy.pk)
    assert copy.translated_from_id == page.live_revision_id
    assert change_of_original(copy) is None
    entry = PageLogEntry.objects.get(action="stories.translation.up_to_date")
    assert (entry.user, entry.page_id) == (editor_user, copy.pk)
    assert not ModelLogEntry.objects.exists()


def test_what_was_published_while_somebody_looked_is_not_passed_over(
    client: Client, editor_user: User
) -> None:
    page = published()
    copy = translated(page)
    publish_again(page, standfirst="It closed.")
    seen = copied_revision(page)
    publish_again(page, standfirst="It opened again.")
    client.force_login(editor_user)
    answer = client.post(reverse("translation_up_to_date", args=[copy.pk]), {"seen": seen})
    assert "published again meanwhile" in answer.content.decode()
    assert StoryPage.objects.get(pk=copy.pk).translated_from_id == copy.translated_from_id
    with pytest.raises(MovedOn):
        bring_up_to_date(copy, seen=0, user=editor_user)


def test_only_who_may_edit_the_translation_can_say_so(client: Client, author_user: User) -> None:
    copy = translated(published())
    client.force_login(author_user)
    url = reverse("translation_up_to_date", args=[copy.pk])
    assert client.get(url).status_code == 302
    assert client.post(url, {"seen": "1"}).status_code == 302
    assert not PageLogEntry.objects.filter(action="stories.translation.up_to_date").exists()


def test_an_original_has_nothing_to_be_up_to_date_with(client: Client, editor_user: User) -> None:
    page = published()
    client.force_login(editor_user)
    assert client.get(reverse("translation_up_to_date", args=[page.pk])).status_code == 404


# --- In public --------------------------------------------------------------------------------------
def test_the_page_says_from_which_language_it_was_translated(client: Client, identity: SiteIdentity) -> None:
    page = published()
    copy = translated(page)
    publish_again(copy, title="El molino")
    shown = BeautifulSoup(client.get(StoryPage.objects.get(pk=copy.pk).url).content, "html.parser")
    link = shown.select_one(f'.ledger a[hreflang="en"][href="{page.url}"]')
    assert link is not None
    assert not BeautifulSoup(client.get(page.url).content, "html.parser").select(".ledger a[hreflang]")


def test_an_original_that_was_withdrawn_is_named_and_not_linked(
    client: Client, identity: SiteIdentity
) -> None:
    page = published()
    copy = translated(page)
    publish_again(copy, title="El molino")
    page.unpublish()
    html = client.get(StoryPage.objects.get(pk=copy.pk).url).content.decode()
    ledger = BeautifulSoup(html, "html.parser").select_one(".ledger")
    assert "English" in ledger.text or "inglés" in ledger.text.lower()
    assert page.url not in html


def test_a_list_says_of_each_story_that_is_in_another_language(
    client: Client, identity: SiteIdentity
) -> None:
    english, spanish = published("The mill"), StoryPageFactory(language="es", title="El molino")
    series = SeriesPageFactory(told=[english, spanish], parent=shelf("Stories"))
    rows = BeautifulSoup(client.get(series.url).content, "html.parser").select(".story-row")
    assert [[label.text for label in row.select(".written-in")] for row in rows] == [[], ["Spanish"]]


# --- The board --------------------------------------------------------------------------------------
def board(client: Client, **filters: Any) -> dict[str, dict[str, str]]:
    """State by column, by title."""
    response = client.get(reverse("translation_board"), filters)
    assert response.status_code == 200
    shown = BeautifulSoup(response.content, "html.parser").select_one("table.translation-board")
    if shown is None:
        return {}
    heads = [" ".join(head.text.split()) for head in shown.select("th")][2:]
    rows = {}
    for row in shown.select("tbody tr"):
        states = [cell.select_one(".w-status").text for cell in row.select("td")[2:]]
        rows[row.select_one(".title a").text.strip()] = dict(zip(heads, states, strict=True))
    return rows


def test_the_board_shows_how_each_original_stands_in_each_language(client: Client, editor_user: User) -> None:
    page = published("The mill")
    spanish, french = translated(page, "es"), translated(page, "fr")
    publish_again(spanish, title="El molino")
    publish_again(page, standfirst="It closed.")
    page.refresh_from_db()
    bring_up_to_date(StoryPage.objects.get(pk=french.pk), seen=page.live_revision_id, user=editor_user)
    published("The weir")
    client.force_login(editor_user)
    assert board(client) == {
        "The weir": {"English": "Original", "Spanish": "Missing", "French": "Missing"},
        "The mill": {"English": "Original", "Spanish": "Original moved on", "French": "Draft"},
    }
    publish_again(french, title="Le moulin")
    assert board(client)["The mill"]["French"] == "Live"


def test_the_board_shows_what_is_in_review(client: Client, editor_user: User) -> None:
    copy = translated(published("The mill"))
    Workflow.objects.first().start(copy, editor_user)
    client.force_login(editor_user)
    assert board(client)["The mill"]["Spanish"] == "In review"


def test_the_board_finds_what_a_language_still_needs(client: Client, editor_user: User) -> None:
    locales = {locale.language_code: locale.pk for locale in Locale.objects.all()}
    done, behind = published("Done"), published("Behind")
    for page in (done, behind):
        publish_again(translated(page), title=f"{page.title} es")
    publish_again(behind, standfirst="It closed.")
    published("Missing")
    client.force_login(editor_user)
    assert set(board(client, to_do=locales["es"])) == {"Behind", "Missing"}
    assert set(board(client, to_do=locales["fr"])) == {"Behind", "Missing", "Done"}
    assert board(client, to_do=locales["en"]) == {}
    assert set(board(client, locale=locales["es"])) == set()


def test_the_board_filters_by_kind(client: Client, editor_user: User) -> None:
    published("The mill")
    NewsPageFactory(title="Assembly")
    client.force_login(editor_user)
    kind = NewsPage.objects.get().content_type_id
    assert set(board(client, content_type=kind)) == {"Assembly"}


def test_the_board_leads_to_translating_and_to_editing(client: Client, editor_user: User) -> None:
    page = published()
    copy = translated(page)
    client.force_login(editor_user)
    html = client.get(reverse("translation_board")).content.decode()
    assert reverse("simple_translation:submit_page_translation", args=[page.pk]) in html
    assert reverse("wagtailadmin_pages:edit", args=[copy.pk]) in html


def test_an_author_sees_only_what_they_may_edit(client: Client, author_user: User) -> None:
    published("Of somebody else")
    published("Their own", owner=author_user)
    client.force_login(author_user)
    assert set(board(client)) == {"Their own"}


def test_the_board_costs_the_same_however_long_it_is(
    client: Client, editor_user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    translated(published("First"))
    client.force_login(editor_user)
    client.get(reverse("translation_board"))
    with django_assert_max_num_queries(60) as few:
        client.get(reverse("translation_board"))
    for number in range(12):
        translated(published(f"Number {number}"))
    with django_assert_max_num_queries(len(few)):
        assert len(board(client)) == 13


def test_the_board_can_be_taken_as_a_table_without_formulas(client: Client, editor_user: User) -> None:
    translated(published('=HYPERLINK("https://evil.example")', slug="evil"))
    client.force_login(editor_user)
    response = client.get(reverse("translation_board"), {"export": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert rows[0] == ["Title", "Kind", "Original in", "English", "French", "Spanish"] or len(rows[0]) == 6
    assert rows[1][0].startswith("'=HYPERLINK")
    assert sorted(rows[1][3:]) == ["Draft", "Missing", "Original"]
    assert client.get(reverse("translation_board"), {"export": "xlsx"}).status_code == 200
