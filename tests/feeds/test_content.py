"""What of an article is in its feed entry."""

import lxml.html
import pytest
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model

from stories.feeds.channels import find_channel
from stories.feeds.documents import build_document
from stories.feeds.formats import FORMATS
from stories.feeds.freshness import freshness_of
from stories.models import NewsPage, StoryPage
from tests.stories.factories import ImageFactory


def entries(newsroom, slug="all", language="en"):
    channel = find_channel(slug, newsroom.scope(language))
    return build_document(channel, FORMATS["rss"], article_count=freshness_of(channel).article_count).entries


def content_of(newsroom, *blocks):
    newsroom.publish(StoryPage, "The mill", body=[{"type": kind, "value": value} for kind, value in blocks])
    return entries(newsroom)[0].content_html


def test_an_entry_tells_who_what_when_and_on_which_terms(newsroom):
    page = newsroom.publish(
        StoryPage,
        "The  mill\nopens",
        standfirst="A village bought its mill.",
        topics=("food",),
        authors=[newsroom.authors["Ada Ruiz"]],
        translator=newsroom.authors["Luc Martin"],
        licence="cc-by-4.0",
        canonical_link="https://other.example/mill",
    )
    (entry,) = entries(newsroom)
    assert entry.title == "The mill opens"
    assert entry.summary == "A village bought its mill."
    assert entry.url == page.full_url
    assert entry.published == page.first_published_at
    assert entry.updated == page.last_published_at.replace(microsecond=0)
    assert [author.name for author in entry.authors] == ["Ada Ruiz"]
    assert [translator.name for translator in entry.translators] == ["Luc Martin"]
    (category,) = entry.categories
    assert (category.term, category.label) == ("food", "Food")
    assert category.scheme == "https://weft.example/feeds/#topics"
    assert entry.licence.name == "CC BY 4.0"
    assert entry.first_published_elsewhere == "https://other.example/mill"


def test_without_a_licence_of_its_own_an_article_is_under_the_sites(newsroom):
    newsroom.publish(NewsPage, "Assembly")
    assert entries(newsroom)[0].licence.name == "CC BY-SA 4.0"


def test_without_an_author_the_newsroom_is_the_author(newsroom):
    newsroom.publish(NewsPage, "Asamblea", language="es")
    assert [author.name for author in entries(newsroom, language="es")[0].authors] == ["Trama"]


def test_without_a_standfirst_the_first_words_are_the_summary(newsroom):
    newsroom.publish(
        NewsPage,
        "Assembly",
        standfirst="",
        body=[{"type": "paragraph", "value": "<p>On <b>Thursday</b> at six.</p>"}],
    )
    assert entries(newsroom)[0].summary == "On Thursday at six."


def test_an_article_without_text_still_has_summary_and_content(newsroom):
    newsroom.publish(NewsPage, "Assembly & dinner", standfirst="", body=[])
    (entry,) = entries(newsroom)
    assert entry.summary == "Assembly & dinner"
    assert entry.content_html == "<p>Assembly &amp; dinner</p>"


def test_the_lead_picture_is_enclosed_with_its_true_length_and_opens_the_content(newsroom):
    picture = ImageFactory(credit="Ada Ruiz", licence="cc-by-4.0", may_be_republished=False)
    newsroom.publish(StoryPage, "The mill", lead_image=picture, body=[])
    (entry,) = entries(newsroom)
    made = entry.picture
    assert made.url.startswith("https://weft.example/media/")
    assert made.media_type == "image/jpeg"
    assert made.length == picture.renditions.get(filter_spec="max-1200x1200|format-jpeg").file.size
    assert (made.width, made.height) == (900, 600)
    assert made.thumbnail.width == 400
    figure = lxml.html.fromstring(entry.content_html)
    assert figure.find("img").get("src") == made.url
    assert figure.find("img").get("alt") == "Two people carry a flour sack"
    assert figure.findtext("figcaption") == "Picture: Ada Ruiz, CC BY 4.0 (not for republication)."


def test_a_picture_others_may_print_carries_no_warning(newsroom):
    picture = ImageFactory(credit="Ada Ruiz", licence="", may_be_republished=True)
    newsroom.publish(StoryPage, "The mill", lead_image=picture)
    assert "<figcaption>Picture: Ada Ruiz.</figcaption>" in entries(newsroom)[0].content_html


def test_a_picture_whose_file_is_gone_is_left_out_and_the_feed_still_comes(newsroom):
    picture = ImageFactory()
    picture.file.storage.delete(picture.file.name)
    newsroom.publish(StoryPage, "The mill", lead_image=picture)
    assert entries(newsroom)[0].picture is None


def test_a_picture_in_the_text_has_alt_caption_and_credit(newsroom):
    picture = ImageFactory(credit="Noor Haddad")
    value = {"image": {"image": picture.pk, "alt_text": "A loom", "decorative": False}, "caption": "At noon."}
    figure = lxml.html.fromstring(content_of(newsroom, ("image", value)))
    assert figure.find("img").get("alt") == "A loom"
    assert figure.find("img").get("src").startswith("https://weft.example/media/")
    assert figure.findtext("figcaption").startswith("At noon. Picture: Noor Haddad")


def test_a_decorative_picture_has_an_empty_alt(newsroom):
    value = {"image": {"image": ImageFactory().pk, "alt_text": "", "decorative": True}}
    assert 'alt=""' in content_of(newsroom, ("image", value))


def test_links_to_pages_documents_and_notes_become_addresses(newsroom, settings):
    target = newsroom.publish(NewsPage, "Target")
    document = get_document_model().objects.create(
        title="Statutes", file=ContentFile(b"x", name="statutes.pdf")
    )
    content = content_of(
        newsroom,
        (
            "paragraph",
            f"""<p><a linktype="page" id="{target.pk}">a</a> <a linktype="document" id="{document.pk}">b</a>
            <a href="#notes">c</a> <a href="/about/">d</a> <a href="mailto:desk@weft.example">e</a>
            <a linktype="page" id="999999">gone</a></p>""",
        ),
    )
    assert f'href="{target.full_url}"' in content
    assert f'href="https://weft.example{document.url}"' in content
    assert 'href="https://weft.example/stories/the-mill/#notes"' in content
    assert 'href="https://weft.example/about/"' in content
    assert 'href="mailto:desk@weft.example"' in content
    assert "gone</p>" in content


def test_a_link_leads_to_the_translation_in_the_feeds_language(newsroom):
    english = newsroom.publish(NewsPage, "Target")
    spanish = newsroom.publish(NewsPage, "Destino", language="es", translation_key=english.translation_key)
    link = f'<p><a linktype="page" id="{english.pk}">a</a></p>'
    newsroom.publish(StoryPage, "El molino", language="es", body=[{"type": "paragraph", "value": link}])
    assert f'href="{spanish.full_url}"' in entries(newsroom, language="es")[0].content_html


def test_an_embed_is_a_link_and_loads_nothing(newsroom):
    value = {"url": "https://video.example/w/1", "title": "The assembly", "caption": "Four minutes"}
    content = content_of(newsroom, ("embed", value))
    assert content == '<p><a href="https://video.example/w/1">The assembly</a><br>Four minutes</p>'


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("heading", {"text": "Bread & roses", "level": "h3"}, "<h3>Bread &amp; roses</h3>"),
        (
            "quote",
            {"text": "We voted.", "attribution": "Ada", "role": "baker", "source": "https://a.example/"},
            '<blockquote><p>We voted.</p><p>— <a href="https://a.example/">Ada, baker</a></p></blockquote>',
        ),
        (
            "button",
            {"label": "Join", "page": None, "url": "https://join.example/"},
            '<p><a href="https://join.example/">Join</a></p>',
        ),
    ],
)
def test_other_blocks_read_well_anywhere(newsroom, kind, value, expected):
    assert content_of(newsroom, (kind, value)) == expected


def test_a_document_and_related_stories_are_links(newsroom):
    document = get_document_model().objects.create(
        title="Statutes", file=ContentFile(b"x", name="statutes.pdf")
    )
    related = newsroom.publish(NewsPage, "Before")
    content = content_of(
        newsroom,
        ("document", {"document": document.pk, "label": ""}),
        ("related_stories", {"heading": "More", "stories": [related.pk]}),
        ("button", {"label": "Back", "page": related.pk, "url": ""}),
    )
    assert f'<a href="https://weft.example{document.url}">Statutes</a>' in content
    assert f'<h2>More</h2><ul><li><a href="{related.full_url}">Before</a></li></ul>' in content
    assert f'<p><a href="{related.full_url}">Back</a></p>' in content


def test_a_withdrawn_story_is_not_listed_among_the_related(newsroom):
    related = newsroom.publish(NewsPage, "Withdrawn")
    related.unpublish()
    content = content_of(
        newsroom, ("paragraph", "<p>x</p>"), ("related_stories", {"heading": "More", "stories": [related.pk]})
    )
    assert content == "<p>x</p>"


def test_what_only_editors_see_and_what_works_only_with_us_is_left_out(newsroom):
    content = content_of(
        newsroom,
        ("paragraph", "<p>Read on.</p>"),
        ("quarantined", {"reason": "A form", "source": "<form>secret</form>"}),
        ("sign_up", {"newsletter": "weekly"}),
    )
    assert content == "<p>Read on.</p>"


def test_a_script_in_stored_text_never_reaches_a_feed(newsroom):
    newsroom.publish(StoryPage, "The mill")
    page = StoryPage.objects.get()
    page.body = [
        ("paragraph", '<p onclick="x()">Hi<script>alert(1)</script><img src="x.png" onerror="y()"></p>')
    ]
    page.save()
    content = entries(newsroom)[0].content_html
    assert "script" not in content
    assert "onclick" not in content
    assert "onerror" not in content
