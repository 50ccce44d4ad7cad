"""Series, collaborations, organisations and resources: what stands together, in the reader's language."""

import re

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.documents.models import Document
from wagtail.models import Locale, Page, PageViewRestriction

from newsroom.models import HomePage, User
from stories.models import CollaborationLink, CollaborationPage, CollaborationStory, SeriesPage
from stories.page_guide import guide_entries
from tests.stories.factories import (
    AuthorFactory,
    CollaborationPageFactory,
    NewsPageFactory,
    OrganisationFactory,
    OrganisationsPageFactory,
    PlaceFactory,
    ResourcePageFactory,
    SectionPageFactory,
    SeriesPageFactory,
    StoryPageFactory,
    TopicFactory,
    shelf,
)

pytestmark = pytest.mark.django_db


def _read(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def _main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def _asked(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def _hide(page: Page) -> None:
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)


# --- series ------------------------------------------------------------------------------------------
def test_a_series_lists_its_parts_in_the_editors_order(client: Client, identity: object) -> None:
    first, second, third = (
        StoryPageFactory(title=f"Part about {word}") for word in ("bread", "roof", "boat")
    )
    page = _main(_read(client, SeriesPageFactory(told=[third, first, second]).url))
    assert page.index("Part about boat") < page.index("Part about bread") < page.index("Part about roof")


def test_a_part_says_which_it_is_and_leads_to_its_neighbours(client: Client, identity: object) -> None:
    stories = [StoryPageFactory(title=f"Part about {word}") for word in ("bread", "roof", "boat")]
    SeriesPageFactory(title="What it costs", told=stories)
    page = _main(_read(client, stories[1].url))
    assert re.search(r'Part 2 of 3 of <a href="[^"]+">What it costs</a>', page)
    assert re.search(r'rel="prev">Part about bread', page)
    assert re.search(r'rel="next">Part about boat', page)
    first = _main(_read(client, stories[0].url))
    assert "Part 1 of 3" in first
    assert 'rel="prev"' not in first


def test_parts_nobody_may_read_are_not_counted(client: Client, identity: object) -> None:
    stories = [StoryPageFactory(title=f"Part about {word}") for word in ("bread", "roof", "boat", "loom")]
    series = SeriesPageFactory(told=stories)
    _hide(stories[0])
    stories[1].unpublish()
    assert "Part 1 of 2" in _main(_read(client, stories[2].url))
    page = _main(_read(client, series.url))
    assert "Part about bread" not in page
    assert "Part about roof" not in page


def test_a_story_of_a_series_that_is_not_public_says_nothing_of_it(client: Client, identity: object) -> None:
    story = StoryPageFactory()
    SeriesPageFactory(title="Sketched", told=[story], live=False)
    _hide(SeriesPageFactory(title="Inside", told=[story]))
    page = _main(_read(client, story.url))
    assert "Sketched" not in page
    assert "Inside" not in page


def test_a_translated_series_keeps_its_parts_and_shows_their_translations(
    client: Client, homes: dict[str, HomePage], identity: object
) -> None:
    stories = [StoryPageFactory(title=f"Part about {word}") for word in ("bread", "roof")]
    section = shelf("Stories")
    spanish_section = SectionPageFactory(
        title="Historias", parent=homes["es"], translation_key=section.translation_key
    )
    translated = StoryPageFactory(
        title="Parte sobre el pan", parent=spanish_section, translation_key=stories[0].translation_key
    )
    series = SeriesPageFactory(told=stories)
    copy = series.copy_for_translation(Locale.objects.get(language_code="es"))
    copy.save_revision().publish()
    page = _main(_read(client, SeriesPage.objects.get(pk=copy.pk).url))
    assert "Parte sobre el pan" in page
    assert "Part about bread" not in page
    # Without a translation the original stands, marked as being in its language.
    assert re.search(r'lang="en"[^>]*>.*Part about roof', page, re.DOTALL)
    assert re.search(r"Parte 1 de 2|Part 1 of 2", _main(_read(client, translated.url)))


# --- collaborations ----------------------------------------------------------------------------------
def test_a_collaboration_shows_partners_links_and_public_stories(client: Client, identity: object) -> None:
    partner = OrganisationFactory(name="Roofs in Common", relation="partner", website="https://roofs.example")
    page = CollaborationPageFactory(title="Dark windows", partners=[partner])
    CollaborationLink.objects.create(
        collaboration=page, title="The list", url="https://dark-windows.example/list"
    )
    hidden = StoryPageFactory(title="Kept inside")
    _hide(hidden)
    for story in (NewsPageFactory(title="The count"), hidden):
        CollaborationStory.objects.create(collaboration=page, story=story)
    shown = _main(_read(client, page.url))
    for words in (
        "Roofs in Common",
        "https://roofs.example",
        "https://dark-windows.example/list",
        "The count",
    ):
        assert words in shown
    assert "Kept inside" not in shown


def test_a_translated_collaboration_keeps_partners_links_and_stories(
    client: Client, homes: dict[str, HomePage], identity: object
) -> None:
    partner = OrganisationFactory(name="Roofs in Common")
    OrganisationFactory(name="Techos en común", language="es", translation_key=partner.translation_key)
    page = CollaborationPageFactory(partners=[partner])
    CollaborationLink.objects.create(collaboration=page, title="The list", url="https://list.example")
    CollaborationStory.objects.create(collaboration=page, story=NewsPageFactory(title="The count"))
    copy = page.copy_for_translation(Locale.objects.get(language_code="es"))
    copy.save_revision().publish()
    shown = _main(_read(client, CollaborationPage.objects.get(pk=copy.pk).url))
    assert "Techos en común" in shown
    assert "https://list.example" in shown
    assert "The count" in shown


def test_collaboration_and_series_ask_as_often_however_much_is_in_them(
    client: Client, identity: object
) -> None:
    partners = [OrganisationFactory(place=PlaceFactory()) for _number in range(6)]
    page = CollaborationPageFactory(partners=partners[:1])
    series = SeriesPageFactory(told=[StoryPageFactory(topics=[TopicFactory()], dateline=PlaceFactory())])
    CollaborationStory.objects.create(collaboration=page, story=StoryPageFactory(topics=[TopicFactory()]))
    few = {url: _asked(client, url) for url in (page.url, series.url)}
    page.partners.set(partners)
    page.save()
    for number in range(1, 6):
        story = StoryPageFactory(topics=[TopicFactory()], dateline=PlaceFactory())
        CollaborationStory.objects.create(collaboration=page, story=story)
        series.parts.create(story=story, sort_order=number)
    assert {url: _asked(client, url) for url in few} == few


# --- organisations -----------------------------------------------------------------------------------
def test_the_directory_has_members_by_place_before_partners_and_only_its_language(
    client: Client, identity: object
) -> None:
    aldersyke, cerrolinde = (
        PlaceFactory(name=name, country=country)
        for name, country in (("Aldersyke", "GB"), ("Cerrolinde", "ES"))
    )
    OrganisationFactory(name="Laundry", place=aldersyke)
    OrganisationFactory(name="Bakery", place=cerrolinde, since=2019)
    OrganisationFactory(name="Net", relation="partner")
    OrganisationFactory(name="Panadería", language="es")
    page = _main(_read(client, OrganisationsPageFactory().url))
    page = page[page.index('id="members"') :]
    assert page.index("Bakery") < page.index("Laundry") < page.index('id="partners"') < page.index("Net")
    assert "since 2019" in page
    assert "Panadería" not in page


def test_the_directory_can_be_read_for_one_place(client: Client, identity: object) -> None:
    OrganisationFactory(name="Laundry", place=PlaceFactory(name="Aldersyke"))
    OrganisationFactory(name="Bakery", place=PlaceFactory(name="Cerrolinde"))
    url = OrganisationsPageFactory().url
    page = _main(_read(client, f"{url}?place=aldersyke"))
    assert "Laundry" in page
    assert "Bakery" not in page
    assert re.search(r'<option value="aldersyke" selected>', page)
    assert "Bakery" in _main(_read(client, f"{url}?place=%00<script>"))


def test_the_directory_asks_as_often_for_many_as_for_few(client: Client, identity: object) -> None:
    url = OrganisationsPageFactory().url
    OrganisationFactory(place=PlaceFactory(language="es"))
    few = _asked(client, url)
    for _number in range(5):
        OrganisationFactory(place=PlaceFactory(language="es"))
    assert _asked(client, url) == few


def test_editors_keep_the_organisations_and_authors_may_not(
    client: Client, editor_user: User, author_user: User, home: HomePage
) -> None:
    address = reverse("wagtailsnippets_stories_organisation:add")
    client.force_login(editor_user)
    client.post(address, {"name": "Bakery", "slug": "bakery", "relation": "member", "since": "2019"})
    assert "Bakery" in _read(client, reverse("wagtailsnippets_stories_organisation:list"))
    client.force_login(author_user)
    assert client.get(address).status_code == 302


# --- resources ---------------------------------------------------------------------------------------
def test_a_resource_says_what_it_is_and_hands_out_its_file(client: Client, identity: object) -> None:
    document = Document.objects.create(title="Sheet", file=ContentFile(b"a,b\n" * 300, name="sheet.csv"))
    resource = ResourcePageFactory(
        kind="template", audience="groups with a tin", document=document, licence="cc0-1.0"
    )
    page = _main(_read(client, resource.url))
    for words in ("Template", "groups with a tin", "CSV, 1.2", document.url, "CC0 1.0"):
        assert words in page


def test_a_resource_may_be_somewhere_else_and_its_file_may_be_gone(client: Client, identity: object) -> None:
    document = Document.objects.create(title="Sheet", file=ContentFile(b"a", name="sheet.csv"))
    resource = ResourcePageFactory(link="https://www.tools.example/one", document=document)
    assert "Open it at tools.example" in _read(client, resource.url)
    document.delete()
    assert "Download the file" not in _read(client, resource.url)


# --- the guide ---------------------------------------------------------------------------------------
def test_the_guide_tells_of_every_type_when_to_choose_it(
    client: Client, author_user: User, home: HomePage
) -> None:
    client.force_login(author_user)
    page = _read(client, reverse("stories_page_guide"))
    for entry in guide_entries():
        assert entry.when, entry.name
        assert str(entry.name) in page
    daily = [entry for entry in guide_entries() if entry.example]
    assert {"story", "event", "resource", "series", "collaboration"} <= {
        entry.name.lower() for entry in daily
    }
    assert reverse("stories_page_guide") in _read(
        client, reverse("wagtailadmin_pages:add_subpage", args=[shelf("Stories").pk])
    )


def test_a_type_that_is_chosen_is_published_with_an_author_and_a_topic(
    editor_user: User, home: HomePage
) -> None:
    resource = ResourcePageFactory(
        authors=[AuthorFactory()], topics=[TopicFactory()], link="https://tools.example", draft=True
    )
    resource.save_revision().publish(user=editor_user)
    resource.refresh_from_db()
    assert resource.live
