"""Text as it may stand in a message: nothing that a mail program, an XML parser or a database refuses."""

import re
import unicodedata

from newsletter.editions.merge_fields import TOKEN_END, TOKEN_START

_KEPT_CONTROLS = {"\n", "\t"}
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
_ATTRIBUTE_UNSAFE = re.compile(r"[^ -~]|\\")


def sendable(text: str) -> str:
    """Without control characters, lone surrogates, non-characters and the delimiters of merge-field tokens."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in plain if character in _KEPT_CONTROLS or not _refused(character))


def sendable_line(text: str) -> str:
    """The same on one line."""
    return one_line(sendable(text))


def one_line(text: str) -> str:
    """With single spaces in place of line breaks and runs of spaces; those that must not break stay (French « ! »)."""
    return _SPACES.sub(" ", text).strip()


def _refused(character: str) -> bool:
    if character in (TOKEN_START, TOKEN_END):
        return True
    # The last two code points of each plane and U+FDD0–FDEF are "Cn", as is what Unicode has not assigned yet.
    category = unicodedata.category(character)
    return category in {"Cc", "Cs"} or (category == "Cn" and _is_noncharacter(ord(character)))


def _is_noncharacter(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def in_mjml_attribute(escaped: str) -> str:
    """HTML-escaped text with everything beyond ASCII, and the backslash, as character references.

    mrml 5 (mjml-python 1.4.2) prints attributes with Rust's debug format: it doubles backslashes and
    writes U+E000 and combining accents as \\u{e000}. References pass through untouched.
    """
    return _ATTRIBUTE_UNSAFE.sub(lambda match: f"&#{ord(match.group())};", escaped)
