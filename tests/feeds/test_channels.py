import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageViewRestriction

from stories.feeds import channels
from stories.feeds.channels import Channel, UnknownChannel, find_channel, list_channels, register_channel
from stories.feeds.documents import build_document
from stories.feeds.formats import FORMATS
from stories.feeds.freshness import freshness_of
from stories.models import NewsPage, StoryPage
from tests.stories.factories import ImageFactory


def titles(newsroom, slug, language="en"):
    return [page.title for page in find_channel(slug, newsroom.scope(language)).newest()]


def entry_of(newsroom, slug="all", language="en"):
    channel = find_channel(slug, newsroom.scope(language))
    document = build_document(channel, FORMATS["rss"], article_count=freshness_of(channel).article_count)
    return document.entries[0]


def test_all_mixes_stories_and_news_newest_first(newsroom):
    newsroom.publish(StoryPage, "First")
    newsroom.publish(NewsPage, "Second")
    newsroom.publish(StoryPage, "Third")
    assert titles(newsroom, "all") == ["Third", "Second", "First"]
    assert titles(newsroom, "stories") == ["Third", "First"]
    assert titles(newsroom, "news") == ["Second"]


def test_each_language_has_its_own_feeds(newsroom, client):
    newsroom.publish(StoryPage, "The mill", topics=("housing",))
    newsroom.publish(StoryPage, "El molino", language="es", topics=("housing",))
    assert titles(newsroom, "all") == ["The mill"]
    assert titles(newsroom, "all", "es") == ["El molino"]
    assert titles(newsroom, "all", "fr") == []
    assert titles(newsroom, "topic-vivienda", "es") == ["El molino"]
    feed = json.loads(client.get("/es/feeds/all.json").content)
    assert feed["feed_url"] == "https://weft.example/es/feeds/all.json"
    assert feed["home_page_url"] == "https://weft.example/es/"
    assert feed["title"].startswith("Trama")
    assert feed["language"] == "es"
    assert [item["url"] for item in feed["items"]] == ["https://weft.example/es/stories/el-molino/"]


def test_a_topic_is_known_by_its_slug_in_that_language_only(newsroom):
    assert find_channel("topic-vivienda", newsroom.scope("es"))
    with pytest.raises(UnknownChannel):
        find_channel("topic-housing", newsroom.scope("es"))


def test_an_article_tagged_with_the_topic_of_another_language_is_in_its_own_languages_topic_feed(newsroom):
    page = newsroom.publish(StoryPage, "El molino", language="es")
    page.topics = [newsroom.topics["housing"]["en"]]
    page.save_revision().publish()
    assert titles(newsroom, "topic-vivienda", "es") == ["El molino"]
    assert [category.label for category in entry_of(newsroom, language="es").categories] == ["Vivienda"]


def test_what_not_everybody_may_read_is_in_no_feed(newsroom):
    newsroom.publish(StoryPage, "Open", topics=("food",))
    hidden = newsroom.publish(StoryPage, "Members only", topics=("food",))
    PageViewRestriction.objects.create(page=hidden, restriction_type=PageViewRestriction.LOGIN)
    newsroom.publish(StoryPage, "Withdrawn", topics=("food",)).unpublish()
    draft = newsroom.publish(StoryPage, "Corrected", topics=("food",))
    draft.title = "Not yet approved"
    draft.save_revision()
    for slug in ("all", "stories", "topic-food"):
        assert titles(newsroom, slug) == ["Corrected", "Open"]


def test_the_guid_survives_a_new_slug_and_differs_between_translations(newsroom):
    page = newsroom.publish(StoryPage, "The mill")
    before = entry_of(newsroom)
    page.slug = "the-old-mill"
    page.save_revision().publish()
    after = entry_of(newsroom)
    assert after.url != before.url
    assert after.guid == before.guid
    newsroom.publish(StoryPage, "El molino", language="es", translation_key=page.translation_key)
    assert entry_of(newsroom, language="es").guid != before.guid


def test_another_room_may_add_channels(newsroom, client, monkeypatch):
    monkeypatch.setattr(channels, "_sources", dict(channels._sources))

    def press(scope):
        yield Channel(
            slug="press",
            scope=scope,
            title="Press",
            description="For journalists",
            articles=lambda: scope.articles(NewsPage),
            covers=lambda page: isinstance(page, NewsPage),
            html_url=scope.home_url,
        )

    register_channel("press", press)
    newsroom.publish(NewsPage, "Statement")
    assert b"Statement" in client.get("/feeds/press.rss").content
    assert [channel.slug for channel in list_channels(newsroom.scope())][-1] == "press"
    with pytest.raises(ValueError, match="press"):
        register_channel("press", press)


def test_a_feed_of_fifty_asks_the_database_as_often_as_a_feed_of_five(newsroom, client):
    picture = ImageFactory(credit="Ada Ruiz", licence="cc-by-4.0")

    def publish(number):
        model = StoryPage if number % 2 else NewsPage
        target = StoryPage.objects.first()
        link = f'<p><a linktype="page" id="{target.pk}">before</a></p>' if target else "<p>text</p>"
        newsroom.publish(
            model,
            f"Story {number}",
            topics=("food", "housing"),
            authors=[newsroom.authors["Ada Ruiz"]],
            translator=newsroom.authors["Luc Martin"],
            lead_image=picture,
            body=[
                {"type": "paragraph", "value": link},
                {
                    "type": "image",
                    "value": {"image": {"image": picture.pk, "alt_text": "A", "decorative": False}},
                },
            ],
        )

    def queries():
        client.get("/feeds/all.rss")
        with CaptureQueriesContext(connection) as context:
            client.get("/feeds/all.rss")
        return len(context)

    for number in range(5):
        publish(number)
    few = queries()
    for number in range(5, 52):
        publish(number)
    assert queries() == few
    assert few <= 25
    response = client.get("/feeds/all.rss")
    assert response.content.count(b"<item>") == 50
