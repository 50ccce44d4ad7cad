"""What rules read of an edition's blocks: their names on the screen, their words, their addresses."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from newsletter.editions.mail_html import sanitise_mail_html
from newsletter.editions.preflight.registry import CheckedVersion
from newsletter.editions.rich_text import parsed, stored_text

# The fields of each kind of block that hold a line of an editor's words, and those that hold a whole address.
LINES = {
    "heading": ("text",),
    "button": ("label",),
    "image": ("caption",),
    "quote": ("text", "attribution", "role"),
}
ADDRESSES = {"button": ("url",), "image": ("link",), "quote": ("source",)}


def blocks_of(version: CheckedVersion, *types: str) -> Iterator[tuple[Any, str]]:
    """Blocks of these types, or all, each with words that find it: “Text”, block 3."""
    for position, block in enumerate(version.edition.body, start=1):
        if not types or block.block_type in types:
            name = _("“%(label)s”, block %(position)s") % {"label": block.block.label, "position": position}
            yield block, name


def written_words(block: Any) -> list[str]:
    """Every piece of text an editor wrote in the block: a text is cut where bold, italic or a link begins."""
    if (root := _tree(block)) is not None:
        return [str(text) for text in root.find_all(string=True)]
    return [block.value[field] or "" for field in LINES.get(block.block_type, ())]


def written_addresses(block: Any) -> list[str]:
    """Addresses as they were typed; links to pages and documents of this site have none."""
    if (root := _tree(block)) is not None:
        return [str(link["href"]).replace("%7B", "{") for link in root.find_all("a", href=True)]
    return [address for field in ADDRESSES.get(block.block_type, ()) if (address := block.value[field])]


def _tree(block: Any) -> Any:
    if block.block_type == "text":
        return stored_text(block.value["text"].source)
    if block.block_type == "html":
        return parsed(sanitise_mail_html(str(block.value["html"] or "")))
    return None
