"""The part of a text where the words stand, with the words marked."""

import re
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from stories.finding.words import fold, fold_evenly, forms_of

SNIPPET_CHARACTERS = 240
# Of a snippet's characters those before its first marked word.
_BEFORE = 60
_IS_WORD = "[^\\W_]"
# Where no form of the word is found the database found it by its stem, and the beginning has to do.
_STEM = 4


def snippet(text: str, words: tuple[str, ...]) -> SafeString:
    """About 240 characters of plain text around the first of the words, escaped, each of them in <mark>."""
    text = " ".join(text.split())
    found = _places(text, words)
    start = _beginning(text, found[0][0] if found else 0)
    end = _end(text, start + SNIPPET_CHARACTERS)
    shown = [(first, last) for first, last in found if first >= start and last <= end]
    return format_html(
        "{}{}{}", "… " if start else "", _marked(text, start, end, shown), " …" if end < len(text) else ""
    )


def highlighted(text: str, words: tuple[str, ...]) -> SafeString:
    """The whole text, escaped, with the words marked."""
    return _marked(text, 0, len(text), _places(text, words))


def _places(text: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    folded = fold_evenly(text)
    for pattern in _patterns(words):
        # Whether it stands at a word's beginning is asked afterwards: a pattern that begins so is tried at every letter.
        if places := [match.span() for match in pattern.finditer(folded) if _begins(folded, match.start())]:
            return places
    return []


def _begins(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


@lru_cache(maxsize=256)
def _patterns(words: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """One for the forms of the words, and one for what begins as they do. Words are letters and digits alone."""
    forms = {form for word in words for form in forms_of(word)}
    stems = {fold(word)[: max(_STEM, len(word) - 3)] for word in words if len(word) >= _STEM}
    sources = (
        rf"(?:{'|'.join(forms)})(?!{_IS_WORD})" if forms else "",
        rf"(?:{'|'.join(stems)}){_IS_WORD}*" if stems else "",
    )
    return tuple(re.compile(source) for source in sources if source)


def _beginning(text: str, first: int) -> int:
    if first <= _BEFORE:
        return 0
    return text.find(" ", first - _BEFORE, first) + 1 or first


def _end(text: str, wanted: int) -> int:
    if wanted >= len(text):
        return len(text)
    space = text.rfind(" ", wanted - 40, wanted)
    return space if space > 0 else wanted


def _marked(text: str, start: int, end: int, places: list[tuple[int, int]]) -> SafeString:
    parts: list[tuple[str]] = []
    at = start
    for first, last in places:
        parts += [(text[at:first],), (format_html("<mark>{}</mark>", text[first:last]),)]
        at = last
    return format_html_join("", "{}", [*parts, (text[at:end],)])
