"""Text as it may stand in a message: nothing that a mail program, an XML parser or a database refuses."""

import re

from newsletter.editions.merge_fields import TOKEN_END, TOKEN_START

# Control characters but line feed and tab, surrogates, non-characters (U+FDD0–FDEF and the last two code points of
# each plane), and the delimiters of tokens.
_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + TOKEN_START
    + TOKEN_END
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
_ATTRIBUTE_UNSAFE = re.compile(r"[^ -~]|\\")


def sendable(text: str) -> str:
    """Without control characters, lone surrogates, non-characters and the delimiters of merge-field tokens."""
    return _REFUSED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def sendable_line(text: str) -> str:
    """The same on one line."""
    return one_line(sendable(text))


def one_line(text: str) -> str:
    """With single spaces in place of line breaks and runs of spaces; those that must not break stay (French « ! »)."""
    return _SPACES.sub(" ", text).strip()


def in_mjml_attribute(escaped: str) -> str:
    """HTML-escaped text with everything beyond ASCII, and the backslash, as character references.

    mrml 5 (mjml-python 1.4.2) prints attributes with Rust's debug format: it doubles backslashes and
    writes U+E000 and combining accents as \\u{e000}. References pass through untouched.
    """
    return _ATTRIBUTE_UNSAFE.sub(lambda match: f"&#{ord(match.group())};", escaped)
