"""Merge fields: what an editor may write, {{name|friend}}, and how a version carries it until the ESP gets it.

A version carries fields as neutral tokens in private-use characters, which no editor can type. A dialect
(newsletter.sending.dialects) turns them into the vendor's syntax, so editors' text that happens to look like
vendor syntax is never mistaken for a field.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TOKEN_START, TOKEN_END = "\ue000", "\ue001"
TOKEN = re.compile(f"{TOKEN_START}([a-z0-9_]+){TOKEN_END}")
WRITTEN = re.compile(r"\{\{([^{}]*)\}\}")

# What editors may use, with the words the editor's help shows.
EDITOR_FIELDS = {"name": _("the reader's name")}
# What stands there when the reader gave nothing and the editor wrote no word of their own, in the edition's language.
FALLBACKS = {"name": pgettext_lazy("instead of the reader's name", "friend")}
# The button that writes {{name|…}} for an editor: newsletter.editions.field_button.
NAME_BUTTON = "reader-name"
# What the templates use: links that belong to one reader.
SYSTEM_FIELDS = ("unsubscribe_url", "preferences_url")


@dataclass(frozen=True)
class MergeField:
    """One use of a field: the subscriber's attribute and what stands there when it is empty."""

    field: str
    fallback: str = ""


def token(key: str) -> str:
    return f"{TOKEN_START}{key}{TOKEN_END}"


def written_fields(text: str) -> list[MergeField]:
    """Every {{field|fallback}} in the text, in order, known or not."""
    return [_parse(inner) for inner in WRITTEN.findall(text)]


def unknown_fields(text: str) -> list[str]:
    """The names of fields in the text that nobody can fill, as the editor wrote them."""
    return [use.field for use in written_fields(text) if use.field not in EDITOR_FIELDS]


def strip_tokens(text: str) -> str:
    """Text without the private-use characters that delimit tokens: a pasted one must not become a field."""
    return text.replace(TOKEN_START, "").replace(TOKEN_END, "")


class FieldCollector:
    """Replaces written fields by tokens and remembers what each token means. Wants the edition's language active.

    The same field with another fallback is another token: `fields` is {"name_1": MergeField("name", "friend")}.
    """

    def __init__(self) -> None:
        self.fields: dict[str, MergeField] = {}

    def tokenise(self, text: str) -> str:
        return WRITTEN.sub(self._token_for, strip_tokens(text))

    def _token_for(self, match: re.Match[str]) -> str:
        use = _parse(match.group(1))
        if use.field not in EDITOR_FIELDS:
            return match.group(0)
        for key, known in self.fields.items():
            if known == use:
                return token(key)
        key = f"{use.field}_{len(self.fields) + 1}"
        self.fields[key] = use
        return token(key)


def without_reader(text: str) -> str:
    """The text as it stands in the web archive: each field shows its fallback. Wants the edition's language active."""
    return WRITTEN.sub(lambda match: _parse(match.group(1)).fallback, strip_tokens(text))


def _parse(inner: str) -> MergeField:
    """{{name|}} falls back to nothing, {{name}} to the language's own word."""
    field, bar, fallback = (piece.strip() for piece in inner.partition("|"))
    return MergeField(field=field, fallback=fallback if bar else str(FALLBACKS.get(field, "")))
