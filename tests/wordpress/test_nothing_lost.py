"""The import check itself, and random markup that must pass it."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from stories.wordpress.blocks import Block, Heading, Paragraph
from stories.wordpress.conversion import convert
from tests.wordpress.documents import LINK, checked, converted

TEXT = (
    '<h2>Bread</h2><p>Soup <a href="https://weft.example/s">at noon</a></p>'
    '<p><img src="https://weft.example/a.png" alt="a"></p><iframe src="https://youtu.be/hK4I3UEKcEs"></iframe>'
)


def test_the_check_counts_what_there_is_and_what_came_out() -> None:
    blocks, _report = converted(TEXT)
    assert checked(TEXT, blocks).rows == (
        ("words", 4, 4),
        ("headings", 1, 1),
        ("links", 1, 1),
        ("pictures", 1, 1),
        ("players", 1, 1),
    )


@pytest.mark.parametrize("missing", range(4))
def test_the_check_finds_a_block_that_went_missing(missing: int) -> None:
    blocks, _report = convert(TEXT, base=LINK)
    del blocks[missing]
    assert checked(TEXT, blocks).losses


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Soup", ""),
        ("Soup", "Soup Soup"),
        ("at noon", "noon at"),
        ("https://weft.example/s", "https://elsewhere.example/"),
    ],
)
def test_the_check_finds_a_changed_word_or_link(before: str, after: str) -> None:
    blocks: list[Block] = [
        replace(block, html=block.html.replace(before, after)) if isinstance(block, Paragraph) else block
        for block in convert(TEXT, base=LINK)[0]
    ]
    assert checked(TEXT, blocks).losses


def test_a_heading_turned_into_a_paragraph_is_a_loss() -> None:
    blocks = convert(TEXT, base=LINK)[0]
    assert isinstance(blocks[0], Heading)
    blocks[0] = Paragraph("<p>Bread</p>")
    assert "Bread" in " ".join(checked(TEXT, blocks).losses)


WORDS = st.lists(
    st.sampled_from(["bread", "sel", "a&amp;b", "«\u00a0x\u00a0»", "2 &lt; 3", "&nbsp;", " ", "\n"]),
    max_size=4,
)
NAMES = (  # noqa: SIM905
    "p div section b em span ul ol li h1 h2 h3 h5 blockquote cite figure figcaption table tr td th thead caption dl dt dd pre code sup "
    "details summary form button noscript center label s footer"
).split()
VOIDS = [
    "<br>",
    "<hr>",
    '<img src="/x.png" alt="x">',
    "<!-- c -->",
    '<iframe src="https://maps.example/"></iframe>',
]
LINKS = ["https://weft.example/a", "weft.example/b", "/c", "#d", "javascript:x", "mailto:desk@weft.example"]
LEAVES = st.one_of(
    WORDS.map(" ".join),
    st.sampled_from(VOIDS),
    st.sampled_from(["<p>", "</p>", "</div>", "<li>", "</b>", "<td>"]),
)


def _element(parts: tuple[str, list[str]]) -> str:
    name, inside = parts
    return f"<{name}>{''.join(inside)}</{name}>"


def _link(parts: tuple[str, list[str]]) -> str:
    href, inside = parts
    return f'<a href="{href}">{"".join(inside)}</a>'


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, max_size=4)
    return st.one_of(
        st.tuples(st.sampled_from(NAMES), several).map(_element),
        st.tuples(st.sampled_from(LINKS), several).map(_link),
    )


WELL_FORMED = st.lists(
    st.recursive(st.one_of(WORDS.map(" ".join), st.sampled_from(VOIDS)), _larger, max_leaves=25), max_size=5
).map("".join)
BROKEN = st.lists(st.recursive(LEAVES, _larger, max_leaves=25), max_size=5).map("".join)


def _table(cells: list[list[str]]) -> str:
    rows = [
        [f"<{name}>{words}</{name}>" for name, words in zip(row[::2], row[1::2], strict=True)]
        for row in cells
    ]
    return "<table>" + "".join("<tr>" + "".join(row) + "</tr>" for row in rows) + "</table>"


CELLS = st.one_of(WORDS.map(" ".join), st.recursive(WORDS.map(" ".join), _larger, max_leaves=4))
TABLES = (
    st.integers(2, 3)
    .flatmap(
        lambda width: st.lists(
            st.lists(st.tuples(st.sampled_from(["td", "th"]), CELLS), min_size=width, max_size=width).map(
                lambda row: [part for cell in row for part in cell]
            ),
            min_size=2,
            max_size=4,
        )
    )
    .map(_table)
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(WORDS.map(" ".join), TABLES, WORDS.map(" ".join)).map("".join))
def test_random_tables_pass_the_whole_check(html: str) -> None:
    assume(not HEADING_IN_HEADING.search(html))
    blocks, _report = convert(html, base=LINK)
    assert checked(html, blocks).losses == ()


# Nobody can say what such markup means; the import refuses it where its words would become other headings.
HEADING_IN_HEADING = re.compile(r"<h\d>(?:(?!</h\d>).)*<h\d>", re.DOTALL)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BROKEN)
@example("<pre>bread &nbsp;<!-- c -->bread</pre>")
@example("<blockquote><cite>bread</cite>bread</blockquote>")
def test_random_markup_never_loses_or_moves_a_word(html: str) -> None:
    blocks, _report = convert(html, base=LINK)
    losses = [loss for loss in checked(html, blocks).losses if loss.startswith(("Words", "The words"))]
    assert losses == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WELL_FORMED)
@example('<a href="mailto:desk@weft.example"><h1>bread</h1></a>')
@example('<p><a href="https://weft.example/a"><p></p><img src="/x.png" alt="x"></a></p>')
@example("<tr><h1><tr>bread</tr></h1></tr>")
@example("<li><h2><li>bread</li></h2></li>")
@example("<dd><h2><dt>bread</dt></h2></dd>")
def test_random_well_formed_markup_passes_the_whole_check(html: str) -> None:
    assume(not HEADING_IN_HEADING.search(html))
    blocks, _report = convert(html, base=LINK)
    assert checked(html, blocks).losses == ()
