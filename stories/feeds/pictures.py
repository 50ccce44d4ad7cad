"""Pictures as feeds carry them: JPEG, large enough for Flipboard (400 px), with their rights."""

from __future__ import annotations

import logging
import mimetypes
from urllib.parse import urljoin

from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import SourceImageIOError

from stories.licences import LICENCES
from stories.models import CreditedImage

from .entries import Picture, plain_line

logger = logging.getLogger(__name__)

FULL = "max-1200x1200|format-jpeg"
THUMBNAIL = "max-400x400|format-jpeg"
# RSS 2.0 allows an image of at most 144 × 400 pixels, and no other format than GIF, JPEG and PNG.
LOGO = "max-144x400|format-png"
FILTERS = (FULL, THUMBNAIL)


def picture_of(image: CreditedImage, *, root_url: str, alt: str | None = None) -> Picture | None:
    """The picture and its thumbnail, with its own alternative text unless another is given; None when its file is gone."""
    full = rendition(image, FULL, root_url)
    if full is None:
        return None
    return Picture(
        url=full.url,
        length=full.length,
        media_type=full.media_type,
        width=full.width,
        height=full.height,
        alt=plain_line(image.alt if alt is None else alt),
        credit=plain_line(image.credit),
        licence=str(LICENCES[image.licence].name) if image.licence in LICENCES else "",
        may_be_republished=image.may_be_republished,
        thumbnail=rendition(image, THUMBNAIL, root_url),
    )


def rendition(image: CreditedImage, filter_spec: str, root_url: str) -> Picture | None:
    """One size of a picture. A file that cannot be read is logged and left out: the feed must not fail for it."""
    try:
        # Wagtail's own way writes each of them to its cache again.
        fetched = getattr(image, "prefetched_renditions", ())
        made = next((one for one in fetched if one.filter_spec == filter_spec), None) or image.get_rendition(
            filter_spec
        )
        length = made.file.size
    except (OSError, SourceImageIOError, InvalidFilterSpecError) as error:
        logger.warning("Picture %s is left out of the feeds: %s", image.pk, error)
        return None
    media_type = mimetypes.guess_type(made.file.name)[0] or "application/octet-stream"
    return Picture(
        url=urljoin(root_url, made.url),
        length=length,
        media_type=media_type,
        width=made.width,
        height=made.height,
    )
