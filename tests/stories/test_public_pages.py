import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from stories.models import SiteIdentity
from tests.stories.factories import (
    AuthorFactory,
    ImageFactory,
    NewsPageFactory,
    PlaceFactory,
    SectionPageFactory,
    StoryPageFactory,
    TopicFactory,
)

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the temporary file of every rendition to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


def _read(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_a_newsroom_that_has_published_nothing_has_a_front_page_in_each_language(client, homes, identity):
    for path, name in (("/", "Weft"), ("/es/", "Trama"), ("/fr/", "Trame")):
        assert f"<title>{name}</title>" in _read(client, path)


def test_a_story_says_where_it_is_told_from_and_who_made_it(client, identity):
    place = PlaceFactory(name="Port Esk")
    story = StoryPageFactory(
        title="The yard",
        dateline=place,
        authors=[AuthorFactory(name="Noor Haddad")],
        lead_image=ImageFactory(),
    )
    page = _read(client, story.url)
    assert re.search(r"<h1[^>]*>The yard</h1>", page)
    assert page.index("Port Esk") < page.index("The yard</h1>")
    ledger = page[page.index('class="ledger"') :]
    assert "Noor Haddad" in ledger
    assert "CC BY-SA 4.0" in ledger


def test_a_date_is_written_as_people_in_that_language_write_it(client, identity):
    day = datetime(2026, 11, 3, 9, tzinfo=UTC)
    for language, written in (
        ("en", "3 November 2026"),
        ("es", "3 de noviembre de 2026"),
        ("fr", "3 novembre 2026"),
    ):
        story = StoryPageFactory(language=language, first_published_at=day)
        page = _read(client, story.url)
        assert f'<html lang="{language}"' in page
        assert re.search(rf'<time datetime="2026-11-03T[^"]+">{written}</time>', page)


def test_the_language_switch_leads_to_the_translation_or_else_to_that_languages_home(client, homes, identity):
    story = StoryPageFactory(slug="mill")
    StoryPageFactory(language="es", slug="molino", translation_key=story.translation_key)
    page = _read(client, story.url)
    assert re.search(r'<a href="/es/[^"]*molino/" lang="es" hreflang="es" rel="alternate">', page)
    assert '<a href="/fr/" lang="fr" hreflang="fr">' in page
    assert re.search(r'<link rel="alternate" hreflang="es" href="http://localhost/es/[^"]*molino/">', page)
    assert '<link rel="alternate" hreflang="fr"' not in page


def test_a_draft_translation_is_not_offered(client, homes, identity):
    story = StoryPageFactory()
    StoryPageFactory(language="es", slug="molino", translation_key=story.translation_key, draft=True)
    assert "molino" not in _read(client, story.url)


def test_the_menu_is_what_editors_put_in_it(client, home, identity):
    SectionPageFactory(title="Campaigns", parent=home, show_in_menus=True)
    SectionPageFactory(title="Attic", parent=home, show_in_menus=False)
    page = _read(client, "/")
    assert "Campaigns" in page
    assert "Attic" not in page


def test_a_page_without_a_picture_is_shared_with_the_band(client, home, identity):
    StoryPageFactory(topics=[TopicFactory(paper="mint")])
    assert '<meta property="og:image" content="http://localhost/weave/m-share.png">' in _read(client, "/")


def test_a_story_is_shared_with_its_own_picture(client, identity):
    story = StoryPageFactory(lead_image=ImageFactory())
    assert re.search(r'<meta property="og:image" content="http://[^"]+\.jpg">', _read(client, story.url))


def test_the_front_page_weaves_the_papers_of_its_own_language(client, homes, identity):
    StoryPageFactory(topics=[TopicFactory(paper="sky")])
    StoryPageFactory(language="es", topics=[TopicFactory(paper="salmon", language="es")])
    assert 'id="band-k-18"' in _read(client, "/")
    assert 'id="band-s-18"' in _read(client, "/es/")


def test_a_video_is_a_link_and_nothing_is_loaded_from_its_host(client, identity):
    video = {"url": "https://www.youtube.com/watch?v=1", "title": "The assembly", "caption": ""}
    story = StoryPageFactory(body=[("embed", video)])
    page = _read(client, story.url)
    assert '<a href="https://www.youtube.com/watch?v=1" rel="external">The assembly</a>' in page
    assert "youtube.com; nothing is loaded" in page
    assert not re.search(r'<(iframe|object|embed|script(?! type="application/ld\+json"))\b', page)


def test_no_page_loads_anything_from_anybody_else(client, identity):
    story = StoryPageFactory(lead_image=ImageFactory())
    for url in ("/", story.url):
        page = _read(client, url)
        loaded = re.findall(r'(?:\ssrc|srcset)="([^"]+)"', page) + re.findall(
            r'<link rel="(?:stylesheet|preload|icon)" href="([^"]+)"', page
        )
        assert loaded
        assert [address for address in loaded if not address.startswith("/")] == []


def test_what_the_import_kept_back_is_not_shown_to_readers(client, identity):
    story = StoryPageFactory(
        body=[("quarantined", {"reason": "A form of the old site", "source": "<form>x</form>"})]
    )
    page = _read(client, story.url)
    assert "A form of the old site" not in page
    assert "&lt;form&gt;" not in page


def test_a_long_section_goes_on_to_older_pages(client, home, identity):
    section = SectionPageFactory(title="News room", parent=home)
    for _number in range(21):
        NewsPageFactory(parent=section)
    assert 'href="?page=2" rel="next"' in _read(client, section.url)
    second = _read(client, section.url + "?page=2")
    assert 'href="?page=1" rel="prev"' in second
    assert '?page=2">' in second[second.index('rel="canonical"') :][:120]


def test_an_address_that_is_not_here_says_so_and_leads_home(client, home, identity):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    page = response.content.decode()
    assert "This page is not here" in page
    assert 'class="button" href="/"' in page


def test_the_front_page_asks_the_database_few_questions(
    client, home, identity, django_assert_max_num_queries
):
    for _number in range(8):
        StoryPageFactory(topics=[TopicFactory()], dateline=PlaceFactory())
        NewsPageFactory(places=[PlaceFactory()])
    _read(client, "/")
    with django_assert_max_num_queries(60):
        _read(client, "/")


def test_an_organisation_that_has_not_said_who_it_is_still_has_pages(client, home):
    assert SiteIdentity.objects.count() == 0
    assert re.search(r'<h1 class="masthead-name"><a [^>]+>Weft</a></h1>', _read(client, "/"))


def test_a_lead_that_was_made_private_leaves_the_front_page(client, homes, identity):
    lead, other = StoryPageFactory(title="The ledger"), StoryPageFactory(title="The mill")
    home = homes["en"]
    home.lead = lead
    home.save()
    assert "The ledger" in _read(client, "/")
    PageViewRestriction.objects.create(page=lead, restriction_type=PageViewRestriction.LOGIN)
    shown = _read(client, "/")
    assert "The ledger" not in shown
    assert other.title in shown
