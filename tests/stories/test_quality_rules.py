"""What is said about an article that is not ready, rule by rule."""

from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model

from newsroom.models import HomePage
from stories.models import StoryPage
from stories.quality.going_out import going_out_together
from stories.quality.link_rules import can_be_followed, says_nothing
from stories.quality.own_addresses import MOST, addresses_nothing_answers
from stories.quality.registry import Finding, Rule, check_article, register_rule
from tests.stories.factories import (
    EventPageFactory,
    ImageFactory,
    NewsPageFactory,
    ResourcePageFactory,
    StoryPageFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("homes")]
ENOUGH = "<p>" + "The second person reads the numbers aloud. " * 40 + "</p>"


def a_story(*blocks: tuple[str, Any], **fields: Any) -> StoryPage:
    """Ready to be published, but for what the test gives it."""
    body = [("paragraph", ENOUGH), *blocks]
    return StoryPageFactory(draft=True, complete=True, body=body, **fields)


def found(page: Any) -> dict[str, Finding]:
    return {finding.rule: finding for finding in check_article(page)}


def test_a_finished_story_has_nothing_to_mend() -> None:
    assert found(a_story(lead_image=ImageFactory(), slug="mill")) == {}


@pytest.mark.parametrize(
    ("field", "rule"), [("standfirst", "standfirst"), ("topics", "topic"), ("authors", "author")]
)
def test_what_is_missing_beside_the_text_is_an_error_with_a_way_there(field: str, rule: str) -> None:
    story = StoryPageFactory(draft=True, standfirst=" ")
    finding = found(story)[rule]
    assert finding.level == "error"
    assert finding.anchor == f"id_{field}"


def test_an_event_needs_a_beginning() -> None:
    assert "event_beginning" in found(EventPageFactory(draft=True, complete=True, starts_at=None))
    assert "event_beginning" not in found(EventPageFactory(draft=True, complete=True))


def test_a_resource_needs_a_file_or_a_link() -> None:
    empty = ResourcePageFactory(draft=True, complete=True)
    assert "resource" in found(empty)
    empty.link = "https://tools.example/guide"
    assert "resource" not in found(empty)


# Pictures


def picture(image: Any, alt: str = "", *, decorative: bool = False) -> tuple[str, Any]:
    image.contextual_alt_text, image.decorative = alt, decorative
    return "image", {"image": image, "caption": "", "link": ""}


def test_a_picture_needs_a_description_a_credit_and_a_licence_wherever_it_stands() -> None:
    bare = {"description": "", "credit": " ", "licence": ""}
    in_a_gallery = {"pictures": [{"image": ImageFactory(**bare), "caption": ""}], "caption": ""}
    for story in (
        a_story(lead_image=ImageFactory(**bare)),
        a_story(picture(ImageFactory(**bare))),
        a_story(("gallery", in_a_gallery)),
    ):
        findings = found(story)
        assert {"alt_text", "credit", "picture_licence"} <= findings.keys()
        assert "/admin/images/" in findings["credit"].address
        assert all(findings[rule].level == "error" for rule in ("alt_text", "credit", "picture_licence"))


def test_a_decorative_picture_needs_no_description_and_one_described_in_its_block_neither() -> None:
    assert "alt_text" not in found(a_story(lead_image=ImageFactory(description="", is_decorative=True)))
    assert "alt_text" not in found(a_story(picture(ImageFactory(description=""), "Two people at a mill")))
    assert "alt_text" not in found(a_story(picture(ImageFactory(description=""), decorative=True)))


def test_a_picture_that_was_deleted_from_the_text_is_missed() -> None:
    assert "choice" in found(a_story(("image", {"image": None, "caption": "The mill", "link": ""})))


def test_a_finding_names_the_block_by_number_and_heading_and_leads_to_it() -> None:
    heading = ("heading", {"text": "The vote", "level": "h2", "link": ""})
    story = a_story(heading, picture(ImageFactory(credit="")))
    finding = found(story)["credit"]
    assert finding.message.startswith("“Picture”, block 3, under “The vote”")
    assert finding.anchor == f"block-{story.body[2].id}-section"


# Headings, length, address


@pytest.mark.parametrize(
    ("levels", "is_fine"),
    [
        (["h2", "h3", "h4", "h2"], True),
        (["h2", "h4"], False),
        (["h3"], False),
        (["h2", "h3", "h2", "h4"], False),
        ([], True),
    ],
)
def test_headings_leave_out_no_level(levels: list[str], is_fine: bool) -> None:
    headings = [("heading", {"text": "So", "level": level, "link": ""}) for level in levels]
    assert ("heading_order" not in found(a_story(*headings))) == is_fine


def test_a_story_of_a_few_words_and_one_of_many_pages_are_worth_a_look() -> None:
    short = StoryPageFactory(draft=True, complete=True)
    long = StoryPageFactory(draft=True, complete=True, body=[("paragraph", f"<p>{'word ' * 3400}</p>")])
    assert found(short)["short"].level == "warning"
    assert "17 minutes" in found(long)["long"].message
    assert "short" not in found(NewsPageFactory(draft=True, complete=True))


@pytest.mark.parametrize(
    ("mine", "other", "is_near"),
    [
        ("the-mill-2", "the-mill", True),
        ("the-mill", "the-mill-3", True),
        ("assembly-2026", "assembly-2025", False),
        ("the-mill", "the-mill-pond", False),
    ],
)
def test_an_address_that_is_nearly_taken_in_the_same_language_is_worth_a_look(
    mine: str, other: str, is_near: bool
) -> None:
    NewsPageFactory(slug=other)
    assert ("slug" in found(a_story(slug=mine))) == is_near


def test_the_same_address_in_another_language_is_no_duplicate() -> None:
    StoryPageFactory(slug="the-mill", language="es")
    assert "slug" not in found(a_story(slug="the-mill"))


# Links


def a_link(page_id: int, words: str = "the mill", kind: str = "page") -> tuple[str, str]:
    return "paragraph", f'<p>See <a linktype="{kind}" id="{page_id}">{words}</a>.</p>'


def test_a_link_to_a_draft_is_an_error_until_that_is_published() -> None:
    other = StoryPageFactory(draft=True, title="The bakery")
    story = a_story(a_link(other.pk))
    assert "“The bakery”" in found(story)["unpublished_link"].message
    StoryPage.objects.filter(pk=other.pk).update(live=True)
    assert "unpublished_link" not in found(story)


def test_a_link_to_what_is_scheduled_no_later_or_goes_out_with_it_is_fine() -> None:
    other = StoryPageFactory(draft=True)
    story = a_story(a_link(other.pk))
    with going_out_together([other.pk]):
        assert "unpublished_link" not in found(story)
    other.save_revision(approved_go_live_at=timezone.now())
    assert "unpublished_link" not in found(story)


def test_a_link_to_a_deleted_page_or_document_is_an_error() -> None:
    assert "deleted_link" in found(a_story(a_link(999_999)))
    assert "deleted_link" in found(a_story(a_link(999_999, kind="document")))
    document = get_document_model().objects.create(title="Statutes", file="statutes.pdf")
    assert "deleted_link" not in found(a_story(a_link(document.pk, kind="document")))


def test_a_button_and_a_list_of_stories_are_links_too() -> None:
    other = StoryPageFactory(draft=True)
    button = ("button", {"label": "Come", "page": other.page_ptr, "url": ""})
    stories = ("related_stories", {"heading": "", "stories": [other.page_ptr]})
    assert "unpublished_link" in found(a_story(button))
    assert "unpublished_link" in found(a_story(stories))
    assert "choice" in found(a_story(("button", {"label": "Come", "page": None, "url": ""})))


@pytest.mark.parametrize(
    "href",
    [
        "https://mill.example/a?b=c#d",
        "http://localhost:8000/",
        "mailto:ada@mill.example",
        "mailto:ada@mill.example?subject=Bread",
        "tel:+34 600 000 000",
        "/feeds/",
        "#the-vote",
    ],
)
def test_addresses_that_can_be_followed(href: str) -> None:
    assert can_be_followed(href)


@pytest.mark.parametrize(
    "href",
    ["", "mill.example/a", "https://", "https://mill", "https:// mill.example", "mailto:", "mailto:ada", "#", "# a",
     "//mill.example", "javascript:alert(1)", "tel:", "http://[1", "http://a.b:x/"],
)  # fmt: skip
def test_addresses_that_cannot(href: str) -> None:
    assert not can_be_followed(href)


def linking_to(href: str) -> StoryPage:
    heading = ("heading", {"text": "The vote", "level": "h2", "link": ""})
    note = ("paragraph", "<p>Six.<footnote>Five in summer.</footnote></p>")
    return a_story(heading, note, ("paragraph", f'<p>See <a href="{href}">the minutes</a>.</p>'))


@pytest.fixture
def published(homes: dict[str, HomePage]) -> None:
    StoryPageFactory(title="Mill", slug="mill")
    StoryPageFactory(title="Molino", slug="molino", language="es")
    StoryPageFactory(title="Oven", slug="oven", draft=True)
    Redirect.add_redirect("/old-mill", redirect_to="/stories/mill/")


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "href",
    [
        "/", "/stories/", "/stories/mill/", "/stories/mill", "/stories/mill/?a=b#c", "/es/stories/molino/", "/feeds/", "/old-mill/",
        "http://localhost/stories/mill/", "https://elsewhere.example/stories/gone/", "mailto:ada@mill.example",
        "#the-vote", "#note-1", "#ledger",
    ],
)  # fmt: skip
def test_an_address_of_ours_where_something_is(href: str) -> None:
    assert "dead_link" not in found(linking_to(href))


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "href",
    ["/gone/", "/stories/gone/", "/stories/oven/", "/es/stories/mill/", "/feeds/all.xyz/b", "http://localhost/stories/gone/",
     "#nowhere", "#note-2"],
)  # fmt: skip
def test_an_address_of_ours_where_nothing_is_keeps_a_story_from_going_out(href: str) -> None:
    finding = found(linking_to(href))["dead_link"]
    assert finding.level == "error"
    assert href in finding.message


@pytest.mark.usefixtures("published")
def test_a_text_full_of_addresses_of_ours_is_looked_through_with_a_bounded_number_of_questions(
    django_assert_max_num_queries: Any,
) -> None:
    addresses = [f"/stories/gone-{number}/" for number in range(10 * MOST)]
    with django_assert_max_num_queries(12 * MOST):
        assert len(addresses_nothing_answers(addresses)) == MOST


@given(st.text())
def test_no_address_is_too_odd_to_be_judged(href: str) -> None:
    assert can_be_followed(href) in {True, False}


@pytest.mark.parametrize(
    "words",
    [
        "click here",
        "Here.",
        "« ici »",
        "Haz clic aquí",
        "aquí",
        "https://mill.example/a",
        "www.mill.example",
        "ver más",
    ],
)
def test_words_that_do_not_say_where_a_link_leads(words: str) -> None:
    assert says_nothing(words)
    assert found(a_story(("paragraph", f'<p><a href="https://a.example/">{words}</a></p>')))[
        "link_text"
    ].level == ("warning")


@pytest.mark.parametrize("words", ["the minutes of March", "Here we stand", "más pan", "here be dragons"])
def test_words_that_do(words: str) -> None:
    assert not says_nothing(words)


def test_a_link_without_words_is_an_error() -> None:
    assert "empty_link" in found(a_story(("paragraph", '<p><a href="https://a.example/"> </a></p>')))


# The list itself


def test_errors_come_first_and_in_the_readers_language() -> None:
    findings = check_article(StoryPageFactory(draft=True))
    assert [finding.level for finding in findings] == sorted(
        (finding.level for finding in findings), key=lambda level: level != "error"
    )
    with translation.override("es"):
        assert all(finding.message for finding in check_article(StoryPageFactory(draft=True)))


def test_a_rule_has_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="standfirst"):
        register_rule(Rule("standfirst", "error", lambda article: [], "…"))


def test_a_check_asks_the_database_no_more_often_for_a_longer_text(
    django_assert_max_num_queries: Any,
) -> None:
    others = [StoryPageFactory() for _number in range(6)]
    story = a_story(*(a_link(other.pk, "a story of the mill") for other in others))
    with django_assert_max_num_queries(12):
        check_article(story)
