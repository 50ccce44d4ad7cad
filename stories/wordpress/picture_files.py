"""Pictures of the old site, fetched and looked at before anything believes them to be pictures."""

import base64
import binascii
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from PIL import Image

from stories.wordpress.blocks import Picture
from stories.wordpress.fetching import Fetcher, FetchError

MAX_PICTURE_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
# The whole of a hostile document may point at many pictures that each take their time.
MAX_PICTURES = 300
FORMATS = {"AVIF": "avif", "GIF": "gif", "JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class PictureFile:
    content: bytes
    name: str

    @property
    def checksum(self) -> str:
        return sha256(self.content).hexdigest()


def fetch_pictures(
    pictures: Iterable[Picture], fetcher: Fetcher | None
) -> tuple[dict[str, PictureFile], dict[str, str]]:
    """Files by the address the document shows, and for each that is missing the reason. None fetches nothing."""
    files: dict[str, PictureFile] = {}
    missing: dict[str, str] = {}
    for picture in pictures:
        if picture.address in files or picture.address in missing:
            continue
        if len(files) + len(missing) >= MAX_PICTURES:
            missing[picture.address] = _("There are more than %(limit)d pictures.") % {"limit": MAX_PICTURES}
            continue
        try:
            files[picture.address] = _fetch(picture, fetcher)
        except FetchError as error:
            missing[picture.address] = str(error)
    return files, missing


def _fetch(picture: Picture, fetcher: Fetcher | None) -> PictureFile:
    if picture.address.lower().startswith("data:"):
        return _inside_document(picture.address)
    if fetcher is None:
        raise FetchError(_("Not fetched: the import ran offline."))
    problem: FetchError | None = None
    for address in picture.candidates or (picture.address,):
        try:
            content = fetcher.fetch(address, max_bytes=MAX_PICTURE_BYTES)
            return PictureFile(content, _file_name(address, check_picture(content)))
        except FetchError as error:
            problem = error
    raise problem or FetchError(_("It has no address."))


def _inside_document(address: str) -> PictureFile:
    declared, _comma, encoded = address.partition(",")
    try:
        content = base64.b64decode(encoded, validate=False) if declared.endswith(";base64") else b""
    except (binascii.Error, ValueError):
        content = b""
    ending = check_picture(content)
    return PictureFile(content, f"{sha256(content).hexdigest()[:12]}.{ending}")


def check_picture(content: bytes) -> str:
    """The file ending that fits the content. Raises FetchError for what is no whole raster picture of sane size."""
    if not content or len(content) > MAX_PICTURE_BYTES:
        raise FetchError(_("The file is empty or too large for a picture."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=list(FORMATS)) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise FetchError(_("The picture has more than %(limit)d pixels.") % {"limit": MAX_PIXELS})
                ending = FORMATS[str(opened.format)]
                opened.load()
                return ending
    except FetchError:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file provokes
        raise FetchError(
            _("What came is no picture that can be shown: %(error)s") % {"error": error}
        ) from error


def _file_name(address: str, ending: str) -> str:
    stem = PurePosixPath(unquote(urlsplit(address).path)).stem[:80]
    return f"{get_valid_filename(stem) if stem.strip('. _') else 'picture'}.{ending}"
