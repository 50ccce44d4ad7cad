from struct import unpack
from xml.etree import ElementTree

import pytest
from django.test import Client

from stories.weaving.weave import LETTERS, band_letters, band_png, band_svg, favicon_svg, papers_of_letters

STORIES = ["mint", "sky", "canary", "salmon", "lilac", "buff", "mint"]


def _size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return unpack(">II", png[16:24])


def test_letters_and_papers_say_the_same():
    assert band_letters(STORIES) == "mkcslbm"
    assert papers_of_letters("mkcslbm") == STORIES


def test_every_paper_has_a_letter_of_its_own():
    assert len(set(LETTERS.values())) == 6


def test_only_the_newest_24_stories_are_threads():
    assert band_letters(["mint"] * 3 + ["sky"] * 40) == "mmm" + "k" * 21


def test_an_unknown_paper_is_named_in_the_error():
    with pytest.raises(ValueError, match="'tartan'"):
        band_letters(["mint", "tartan"])


@pytest.mark.parametrize("letters", ["", "mkx", "m" * 25])
def test_letters_that_no_band_has_are_refused(letters):
    with pytest.raises(ValueError):
        papers_of_letters(letters)


def test_the_same_stories_give_the_same_band():
    assert band_svg(STORIES, width=600, height=24) == band_svg(list(STORIES), width=600, height=24)
    assert band_png("mkc", width=600, height=24) == band_png("mkc", width=600, height=24)


def test_a_new_story_changes_the_band():
    assert band_svg(["sky", *STORIES]) != band_svg(STORIES)


def test_the_band_is_a_drawing_in_the_colours_of_its_papers():
    drawing = band_svg(["canary", "sky"], width=600, height=24)
    root = ElementTree.fromstring(drawing)
    assert root.get("viewBox") == "0 0 600 24"
    assert "#FFE56B" in drawing
    assert "#B5DCF4" in drawing
    assert "#FFB7A1" not in drawing


def test_two_bands_of_different_height_do_not_share_a_pattern_on_one_page():
    assert 'id="band-mkcslbm-18"' in band_svg(STORIES)
    assert 'id="band-mkcslbm-28"' in band_svg(STORIES, height=28)


def test_a_newsroom_without_stories_has_a_bare_band():
    ElementTree.fromstring(band_svg([]))
    ElementTree.fromstring(favicon_svg([]))


@pytest.mark.parametrize(("width", "height"), [(600, 24), (1200, 630)])
def test_the_band_fits_the_size_asked_for(width, height):
    assert _size(band_png("mkcslb", width=width, height=height)) == (width, height)


def test_the_band_in_a_mail_is_kept_for_ever(client: Client):
    response = client.get("/weave/mkcslb.png")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert "immutable" in response["Cache-Control"]
    assert _size(response.content) == (1200, 48)


def test_the_share_picture_has_the_size_previews_want(client: Client):
    assert _size(client.get("/weave/mkcslb-share.png").content) == (1200, 630)


@pytest.mark.django_db
@pytest.mark.parametrize("letters", ["mkx", "m" * 25])
def test_an_address_that_is_no_band_is_not_found(client: Client, letters):
    assert client.get(f"/weave/{letters}.png").status_code == 404


@pytest.mark.django_db
def test_the_favicon_is_a_drawing(client: Client):
    response = client.get("/favicon.svg")
    assert response["Content-Type"] == "image/svg+xml"
    ElementTree.fromstring(response.content)
