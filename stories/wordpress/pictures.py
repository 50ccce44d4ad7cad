"""What an <img>, or a background in a style attribute, says about its picture."""

import re
from collections.abc import Mapping

from stories.wordpress.addresses import repair_address

# Where plug-ins for late loading put the address while src holds a blank.
_LATE_ADDRESSES = ("data-src", "data-lazy-src", "data-original", "data-orig-file")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*[\"']?([^\"')]+)", re.IGNORECASE)
# A pattern over a style attribute of megabytes would take minutes.
_LONGEST_STYLE = 2000
_SIZE_IN_NAME = re.compile(r"-\d{2,5}x\d{2,5}(?=\.[a-z]{3,4}$)|-scaled(?=\.[a-z]{3,4}$)", re.IGNORECASE)
_ALIGNMENT = re.compile(r"\balign(left|right|center|wide|full)\b")


def picture_address(attributes: Mapping[str, str], base: str) -> str:
    """The picture's absolute address, "data:image/…" for one inside the document, empty when there is none."""
    source = attributes.get("src", "").strip()
    if not source or source.startswith("data:"):
        late = next((attributes[name] for name in _LATE_ADDRESSES if attributes.get(name, "").strip()), "")
        source = late.strip() or source
    if not source:
        entries = (attributes.get("srcset") or attributes.get("data-srcset") or "").split()
        source = entries[0].rstrip(",") if entries else ""
    if source.lower().startswith("data:image/"):
        return source
    url = repair_address(source, base).url
    return url if url.startswith(("http://", "https://")) else ""


def loads_late(attributes: Mapping[str, str]) -> bool:
    source = attributes.get("src", "").strip()
    return (not source or source.startswith("data:")) and any(
        attributes.get(name) for name in _LATE_ADDRESSES
    )


def background_address(attributes: Mapping[str, str], base: str) -> str:
    style = attributes.get("style", "")[:_LONGEST_STYLE]
    found = _BACKGROUND.search(style) if "url(" in style else None
    url = repair_address(found[1], base).url if found else ""
    return url if url.startswith(("http://", "https://")) else ""


def full_size_candidates(address: str) -> tuple[str, ...]:
    """WordPress writes small copies as photo-300x102.jpg beside photo.jpg: the original first, then what is shown."""
    path, question, query = address.partition("?")
    original = _SIZE_IN_NAME.sub("", path)
    return (original + question + query, address) if original != path else (address,)


def emoji(attributes: Mapping[str, str]) -> str:
    """The character behind an emoji that WordPress shows as a picture, else empty."""
    classes = attributes.get("class", "").split()
    if "emoji" in classes or "wp-smiley" in classes:
        return attributes.get("alt", "").strip()
    return ""


def is_tracking_pixel(attributes: Mapping[str, str]) -> bool:
    return attributes.get("width", "").strip() in {"0", "1"} and attributes.get("height", "").strip() in {
        "0",
        "1",
    }


def alignment(attributes: Mapping[str, str]) -> str:
    found = _ALIGNMENT.search(attributes.get("class", ""))
    return found[1] if found else attributes.get("align", "").strip().lower()[:10]
