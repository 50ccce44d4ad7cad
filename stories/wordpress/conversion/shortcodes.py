"""WordPress shortcodes ([contact-form-7 id="3"]) that the old site did not turn into HTML. None is ever run."""

import re
from collections.abc import Iterator

_BRACKETS = re.compile(r"\[(/?)([a-zA-Z][a-zA-Z0-9_-]{1,60})((?:[ \t\r\n\u00a0][^\[\]<>]{0,2000})?)\]")
# "[sic]" and "[applause]" are words. A shortcode has attributes, ends something, or is one of these.
_KNOWN = frozenset(
    {"audio", "caption", "contact-form-7", "embed", "gallery", "playlist", "video", "wp_caption"}
)
_ATTRIBUTE = re.compile(r"[a-zA-Z_-]\s*=\s*[\"'“”″‘’&\w]")
_CAPTION = re.compile(r"\[(?:wp_)?caption\b([^\[\]<>]{0,2000})\]")
_CAPTION_END = re.compile(r"\[/(?:wp_)?caption\]")
_PICTURE_BEFORE_CAPTION = re.compile(r"(?is)(.*<img\b[^>]*>(?:\s*</a>)?)(.*)")
_ALIGN = re.compile(r"align(left|right|center|none)")


def is_shortcode(brackets: re.Match[str]) -> bool:
    ends, name, rest = brackets.groups()
    return bool(ends) or name.lower() in _KNOWN or "_" in name or bool(_ATTRIBUTE.search(rest))


def split_shortcodes(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces of the text in order, each with whether it is a shortcode."""
    at = 0
    for brackets in _BRACKETS.finditer(text) if "[" in text else ():
        if is_shortcode(brackets):
            if brackets.start() > at:
                yield text[at : brackets.start()], False
            yield brackets[0], True
            at = brackets.end()
    if at < len(text):
        yield text[at:], False


def has_shortcode(text: str) -> bool:
    return any(is_shortcode for _piece, is_shortcode in split_shortcodes(text))


def open_captions(html: str) -> tuple[str, int]:
    """The HTML with each [caption]<img> words[/caption] as a <figure>, and how many there were."""
    if "caption" not in html:
        return html, 0
    written: list[str] = []
    at = count = 0
    while (opening := _CAPTION.search(html, at)) and (ending := _CAPTION_END.search(html, opening.end())):
        inner = html[opening.end() : ending.start()]
        picture = _PICTURE_BEFORE_CAPTION.fullmatch(inner)
        written.append(html[at : opening.start()])
        if picture:
            align = _ALIGN.search(opening[1])
            classes = f"wp-caption {align[0]}" if align else "wp-caption"
            written.append(
                f'<figure class="{classes}">{picture[1]}<figcaption>{picture[2]}</figcaption></figure>'
            )
            count += 1
        else:
            written.append(html[opening.start() : ending.end()])
        at = ending.end()
    written.append(html[at:])
    return "".join(written), count
