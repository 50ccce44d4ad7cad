"""Parts of a sound: Safari plays nothing that is not served in parts, and no browser can jump in it otherwise.

Wagtail's view for documents always sends the whole file; web servers in front do this by themselves (RFC 9110, 14).
"""

import re

from django.http import HttpRequest, HttpResponse
from wagtail.documents.models import AbstractDocument

from stories.blocks.sounds import SOUNDS

# One part; a request for several is answered with the whole. Both are as the RFC allows, and so is a part shorter than
# asked for (15.3.7): Wagtail's view takes no response from us that streams, and this one is held in memory.
_RANGE = re.compile(r"bytes=(?P<first>\d{0,15})-(?P<last>\d{0,15})", re.ASCII)
AT_MOST = 1024 * 1024


def part_of_sound(document: AbstractDocument, request: HttpRequest) -> HttpResponse | None:
    """The part asked for (206, or 416 when there is no such part); None where the whole file is the answer."""
    media_type = SOUNDS.get(document.file_extension.lower())
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if media_type is None or asked is None or request.method != "GET" or not _is_here(document):
        return None
    etag = f'"{document.get_file_hash()}"'
    if request.headers.get("If-Range", etag) != etag:
        return None
    size = document.file.size
    first, last = _bounds(asked["first"], asked["last"], size)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = _part(document, first, last)
    last = first + len(part) - 1
    return HttpResponse(
        part,
        status=206,
        headers={
            "Content-Type": media_type,
            "Content-Range": f"bytes {first}-{last}/{size}",
            "Content-Length": str(len(part)),
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Content-Disposition": document.content_disposition,
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte; the first is greater than the last where there is no such part."""
    if not first:
        wanted = int(last or 0)
        return (size - min(wanted, size), size - 1) if wanted else (1, 0)
    return int(first), min(int(last), size - 1) if last else size - 1


def _is_here(document: AbstractDocument) -> bool:
    try:
        return document.file.storage.exists(document.file.name) and bool(document.file.path)
    except NotImplementedError:
        # A storage elsewhere: Wagtail's view leads there, and it knows parts.
        return False


def _part(document: AbstractDocument, first: int, last: int) -> bytes:
    with document.file.storage.open(document.file.name, "rb") as sound:
        sound.seek(first)
        part: bytes = sound.read(min(last - first + 1, AT_MOST))
    return part
