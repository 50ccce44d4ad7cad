"""What somebody typed, as words to look for, and the forms of a word that count as the same."""

import re
import unicodedata

MAX_QUERY_CHARACTERS = 200
MAX_WORDS = 10

_WORD = re.compile(r"[^\W_]+")
# Singular and plural in English, Spanish and French; what is left of the word must have three letters.
_ENDINGS = (
    ("s", ""),
    ("es", ""),
    ("x", ""),
    ("ies", "y"),
    ("ces", "z"),
    ("aux", "al"),
    ("", "s"),
    ("", "es"),
    ("", "x"),
    ("y", "ies"),
    ("z", "ces"),
    ("al", "aux"),
)
_SHORTEST = 3


def words_of(query: str) -> tuple[str, ...]:
    """Letters and digits of the first 200 characters, in lower case, each word once, ten at most.

    Everything else separates words: no operator of the database's search language gets through.
    """
    found = _WORD.findall(unicodedata.normalize("NFC", query[:MAX_QUERY_CHARACTERS]).lower())
    # "¼" is a digit, and yet a fraction once it is folded.
    return tuple(dict.fromkeys(word for word in found if _WORD.fullmatch(fold(word))))[:MAX_WORDS]


def fold(text: str) -> str:
    """Lower case without accents, as SQLite's index keeps its words: "Gestión" is "gestion"."""
    text = text.lower()
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


def fold_evenly(text: str) -> str:
    """The text folded letter by letter, so that a place in it is the same place in the text.

    What would become several letters, such as "ﬁ", stays as it is.
    """
    folded = text.lower()
    if len(folded) != len(text):
        # "İ" becomes two.
        folded = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    if folded.isascii():
        return folded
    for letter in set(folded):
        if not letter.isascii() and letter.isalnum() and len(plain := fold(letter)) == 1:
            folded = folded.replace(letter, plain)
    return folded


def forms_of(word: str) -> tuple[str, ...]:
    """The word without accents and its likely singular and plural; some of them are no words, which does no harm."""
    word = fold(word)
    forms = [word]
    for ending, other in _ENDINGS:
        stem = word.removesuffix(ending) if ending else word
        if word.endswith(ending) and len(stem) >= _SHORTEST:
            forms.append(stem + other)
    return tuple(dict.fromkeys(forms))
