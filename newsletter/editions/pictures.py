"""Pictures in the sizes a mail shows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from wagtail.images.models import SourceImageIOError

from newsletter.editions.addresses import on_this_site
from newsletter.editions.characters import sendable_line
from stories.models import CreditedImage

# Of the 600 pixels of a mail, without its margins.
MAIL_WIDTH = 552
# Twice the pixels the mail shows, for fine screens. JPEG, because Outlook shows nothing newer.
CARD = "fill-1104x620|format-jpeg|jpegquality-72"
WHOLE = "width-1104|format-jpeg|jpegquality-72"


@dataclass(frozen=True)
class MailPicture:
    """Address absolute, sizes in CSS pixels as the mail shows it."""

    url: str
    width: int
    height: int
    alt: str

    def described(self, alt: str) -> Self:
        return replace(self, alt=alt)


def pictures(image_ids: Iterable[int], *, spec: str) -> dict[int, MailPicture]:
    """By the image's id. Left out: a picture whose file is gone or broken, so that the words still go out."""
    images = CreditedImage.objects.filter(pk__in=set(image_ids)).prefetch_renditions(spec)
    made = {image.pk: _picture(image, spec) for image in images}
    return {pk: picture for pk, picture in made.items() if picture}


def newest_picture() -> MailPicture | None:
    """For the editor's preview of a picture block."""
    newest = CreditedImage.objects.order_by("-pk").values_list("pk", flat=True)[:1]
    return next(iter(pictures(newest, spec=WHOLE).values()), None)


def _picture(image: CreditedImage, spec: str) -> MailPicture | None:
    try:
        rendition = image.get_rendition(spec)
    except (OSError, SourceImageIOError):
        return None
    width = min(MAIL_WIDTH, rendition.width)
    return MailPicture(
        url=on_this_site(rendition.url),
        width=width,
        height=round(rendition.height * width / rendition.width),
        alt=sendable_line(image.alt),
    )
