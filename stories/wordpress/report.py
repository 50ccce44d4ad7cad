"""What an import did to a document, told in notes that the command and the admin show in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    REPAIRED = "repaired"
    DROPPED = "dropped"
    SIMPLIFIED = "simplified"
    KEPT_BACK = "kept-back"


KIND_LABELS: dict[Kind, Promise] = {
    Kind.REPAIRED: _("Repaired"),
    Kind.DROPPED: _("Dropped on purpose"),
    Kind.SIMPLIFIED: _("Made simpler"),
    Kind.KEPT_BACK: _("Kept back for an editor"),
}

# Stored by their key: never rename one.
NOTES: dict[str, tuple[Kind, Promise]] = {
    "scheme-added": (Kind.REPAIRED, _("link without https:// made whole")),
    "made-absolute": (Kind.REPAIRED, _("link relative to the old site made whole")),
    "anchor-moved": (Kind.REPAIRED, _("link within the page led to its heading's new anchor")),
    "picture-lifted": (Kind.REPAIRED, _("picture lifted out of the text around it")),
    "apple-span": (Kind.REPAIRED, _("leftover of a Mac's clipboard taken away")),
    "lazy-picture": (Kind.REPAIRED, _("address of a picture that loads late put in its place")),
    "emoji": (Kind.REPAIRED, _("emoji picture turned back into its character")),
    "heading-level": (Kind.REPAIRED, _("heading level changed")),
    "caption-shortcode": (Kind.REPAIRED, _("caption shortcode turned into a caption")),
    "empty-paragraph": (Kind.DROPPED, _("empty paragraph")),
    "empty-heading": (Kind.DROPPED, _("heading without words")),
    "empty-link": (Kind.DROPPED, _("link with nothing to click")),
    "separator": (Kind.DROPPED, _("separator line")),
    "style-sheet": (Kind.DROPPED, _("style sheet")),
    "noscript": (Kind.DROPPED, _("stand-in for browsers without scripts")),
    "tracking-pixel": (Kind.DROPPED, _("tracking pixel")),
    "drawing": (Kind.DROPPED, _("drawn icon without words")),
    "back-link": (Kind.DROPPED, _("arrow back from a footnote")),
    "hidden-field": (Kind.DROPPED, _("hidden form field")),
    "address-refused": (Kind.DROPPED, _("address that may not be followed; its text stays")),
    "in-page-link": (Kind.SIMPLIFIED, _("link within the page whose target has no heading; its text stays")),
    "struck-text": (Kind.SIMPLIFIED, _("struck-through text stands without the line")),
    "columns": (Kind.SIMPLIFIED, _("columns set one under the other")),
    "list-start": (Kind.SIMPLIFIED, _("numbered list starts at one")),
    "list-opened": (
        Kind.SIMPLIFIED,
        _("list entry holding a heading, picture frame or table taken out of its list"),
    ),
    "quote-opened": (Kind.SIMPLIFIED, _("quotation with links, headings or lists set as plain text")),
    "definition-list": (Kind.SIMPLIFIED, _("definition list set as paragraphs")),
    "shortcode-in-heading": (Kind.SIMPLIFIED, _("shortcode left standing in its line")),
    "long-caption": (Kind.SIMPLIFIED, _("caption with links, or a long one, set as a paragraph")),
    "title-shortened": (Kind.SIMPLIFIED, _("title shortened to 255 characters")),
    "table": (Kind.KEPT_BACK, _("table")),
    "form": (Kind.KEPT_BACK, _("form or form field")),
    "script": (Kind.KEPT_BACK, _("script, not run")),
    "embed": (Kind.KEPT_BACK, _("content of a site we do not know")),
    "media": (Kind.KEPT_BACK, _("sound or film file")),
    "shortcode": (Kind.KEPT_BACK, _("shortcode, not run")),
    "markup": (Kind.KEPT_BACK, _("drawing, formula or other markup")),
    "linked-heading": (Kind.KEPT_BACK, _("heading with several links or with a mail or telephone link")),
    "long-heading": (Kind.KEPT_BACK, _("heading longer than 200 characters")),
    "picture-missing": (Kind.KEPT_BACK, _("picture that could not be fetched")),
    "picture-missing-lead": (Kind.KEPT_BACK, _("featured picture that could not be fetched")),
    "redirect-kept": (Kind.SIMPLIFIED, _("the old address already leads elsewhere; that was left alone")),
    "redirect-same": (Kind.SIMPLIFIED, _("the old address is the new one; no redirect needed")),
    "redirect-impossible": (Kind.SIMPLIFIED, _("the old address cannot be redirected")),
}

MAX_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Note:
    key: str
    detail: str = ""

    @property
    def kind(self) -> Kind:
        return NOTES[self.key][0]

    @property
    def text(self) -> str:
        return str(NOTES[self.key][1])


@dataclass(slots=True)
class Report:
    notes: list[Note] = field(default_factory=list)

    def add(self, key: str, detail: str = "") -> None:
        self.notes.append(Note(key, " ".join(detail.split())[:MAX_DETAIL]))

    def details(self, key: str) -> list[str]:
        return [note.detail for note in self.notes if note.key == key]


def grouped(notes: Iterable[Note]) -> dict[Kind, dict[str, list[str]]]:
    """Kind → note text → its details, in the order of Kind."""
    groups: dict[Kind, dict[str, list[str]]] = {kind: {} for kind in Kind}
    for note in notes:
        groups[note.kind].setdefault(note.text, []).append(note.detail)
    return {kind: texts for kind, texts in groups.items() if texts}


def notes_from_json(stored: Any) -> list[Note]:
    """Notes as ImportedDocument.report keeps them: [[key, detail], …]; keys of another version are passed over."""
    return [Note(key, detail) for key, detail in stored or [] if key in NOTES]
