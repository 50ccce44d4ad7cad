from struct import unpack
from xml.etree import ElementTree

import pytest

from stories.posters import MOTIFS, poster_png, poster_svg

BAKERY = {"motifs": ["bread", "wheel", "sun"], "papers": ["canary", "salmon"]}


def test_a_story_always_gets_the_same_poster():
    assert poster_svg(slug="mill-at-six", **BAKERY) == poster_svg(slug="mill-at-six", **BAKERY)


def test_two_stories_with_the_same_motifs_get_different_posters():
    assert poster_svg(slug="mill-at-six", **BAKERY) != poster_svg(slug="first-loaves", **BAKERY)


@pytest.mark.parametrize("motif", MOTIFS)
def test_every_motif_can_be_the_hero(motif):
    ElementTree.fromstring(poster_svg(slug=motif, motifs=[motif], papers=["mint"]))


def test_every_layout_prints_a_whole_drawing():
    drawings = {poster_svg(slug=f"story-{number}", **BAKERY) for number in range(24)}
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    assert len(drawings) == 24


def test_the_poster_is_printed_on_its_papers_in_red_and_ink():
    drawing = poster_svg(slug="mill-at-six", **BAKERY)
    assert "#FFE56B" in drawing
    assert "#FFB7A1" in drawing
    assert "#15233B" in drawing
    assert "mix-blend-mode:multiply" in drawing


def test_the_picture_has_the_size_asked_for():
    png = poster_png(slug="mill-at-six", width=320, height=200, **BAKERY)
    assert unpack(">II", png[16:24]) == (320, 200)


@pytest.mark.parametrize(
    ("motifs", "papers", "said"),
    [
        (["dragon"], ["mint"], "'dragon'"),
        (["bread"], ["tartan"], "'tartan'"),
        ([], ["mint"], "at least"),
        (["sun"], [], "at least"),
    ],
)
def test_what_is_not_in_stock_is_refused_in_words(motifs, papers, said):
    with pytest.raises(ValueError, match=said):
        poster_svg(slug="x", motifs=motifs, papers=papers)
