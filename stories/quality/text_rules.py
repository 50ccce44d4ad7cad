"""Rules about the running text: the order of headings, and how long it takes to read."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from stories.blocks import HeadingBlock
from stories.models import StoryPage
from stories.quality.reading import ReadArticle
from stories.quality.registry import Fault, Rule

WORDS_PER_MINUTE = 200
SHORTEST_STORY = 1  # minutes
LONGEST = 15


def heading_is_too_deep(article: ReadArticle) -> Iterator[Fault]:
    """A level is left out, as h4 after h2; or a text whose first heading is not h2: the title is h1 (WCAG 2.2, 1.3.1)."""
    above = 1
    for piece in article.pieces:
        if isinstance(piece.block, HeadingBlock) and piece.value is not None:
            level = int((piece.value.get("level") or "h2")[1:])
            if level > above + 1:
                wanted = dict(piece.block.child_blocks["level"].field.choices)[f"h{above + 1}"]
                yield Fault(piece, words={"text": piece.value.get("text") or "", "wanted": wanted})
            above = level


def story_is_very_short(article: ReadArticle) -> Iterator[Fault]:
    if isinstance(article.page, StoryPage) and article.word_count < SHORTEST_STORY * WORDS_PER_MINUTE:
        yield Fault(field_name="body", words={"words": article.word_count})


def text_is_very_long(article: ReadArticle) -> Iterator[Fault]:
    minutes = round(article.word_count / WORDS_PER_MINUTE)
    if minutes > LONGEST:
        yield Fault(field_name="body", words={"minutes": minutes})


RULES = [
    Rule(
        "heading_order",
        "error",
        heading_is_too_deep,
        _(
            "%(where)s: “%(text)s” leaves out a level of headings. Make it “%(wanted)s”, or put one before it."
        ),
    ),
    Rule(
        "short",
        "warning",
        story_is_very_short,
        _(
            "It takes less than a minute to read (%(words)s words). Is it all there? "
            "If it is an announcement, News is the better kind of page."
        ),
    ),
    Rule(
        "long",
        "warning",
        text_is_very_long,
        _("It takes about %(minutes)s minutes to read. Few get to the end: shorten it, or make it a series."),
    ),
]
