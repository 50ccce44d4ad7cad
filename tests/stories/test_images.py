"""What a picture says about itself."""

import pytest

from stories.models import CreditedImage
from tests.stories.factories import ImageFactory

pytestmark = pytest.mark.django_db


def test_a_decorative_picture_stays_decorative_and_says_nothing() -> None:
    picture = ImageFactory(is_decorative=True, description="")
    assert CreditedImage.objects.get(pk=picture.pk).alt == ""


def test_a_picture_is_described_by_its_description_then_by_its_title() -> None:
    assert ImageFactory(description="Two people carry a sack").alt == "Two people carry a sack"
    assert ImageFactory(description="", title="Mill").alt == "Mill"
