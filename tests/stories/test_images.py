"""What a picture says about itself."""

import pytest

from stories.models import CreditedImage, CreditedRendition
from tests.stories.factories import ImageFactory

pytestmark = pytest.mark.django_db


def test_a_decorative_picture_stays_decorative_and_says_nothing() -> None:
    picture = ImageFactory(is_decorative=True, description="")
    assert CreditedImage.objects.get(pk=picture.pk).alt == ""


def test_a_picture_is_described_by_its_description_then_by_its_title() -> None:
    assert ImageFactory(description="Two people carry a sack").alt == "Two people carry a sack"
    assert ImageFactory(description="", title="Mill").alt == "Mill"


def test_a_size_that_came_with_the_picture_is_not_written_to_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = ImageFactory(focal_point_x=40, focal_point_y=30, focal_point_width=20, focal_point_height=20)
    sizes = ("fill-100x80", "max-60x60|format-jpeg")
    made = [picture.get_rendition(size) for size in sizes]
    (fetched,) = CreditedImage.objects.filter(pk=picture.pk).prefetch_renditions(*sizes)
    monkeypatch.setattr(CreditedRendition.cache_backend, "set", lambda *_arguments: pytest.fail("written"))
    assert [fetched.get_rendition(size) for size in sizes] == made
    assert list(fetched.get_renditions(*sizes).values()) == made


def test_a_size_for_another_focal_point_is_made_anew() -> None:
    picture = ImageFactory(focal_point_x=40, focal_point_y=30, focal_point_width=20, focal_point_height=20)
    made = picture.get_rendition("fill-100x80")
    (fetched,) = CreditedImage.objects.filter(pk=picture.pk).prefetch_renditions("fill-100x80")
    fetched.focal_point_x = 20
    assert fetched.get_rendition("fill-100x80") != made
