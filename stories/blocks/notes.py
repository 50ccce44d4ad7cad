"""Footnotes: an editor writes a note into its sentence and marks it; readers get a number there and the note beside.

Stored where it belongs, as <footnote> inside the paragraph (docs/decisions/notes-inside-the-sentence.md). Numbers are
given when the page is shown, so that moved, deleted and translated sentences keep their notes.
"""

from dataclasses import dataclass
from typing import Any

import lxml.html
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from lxml.html import HtmlElement
from wagtail.rich_text import RichText

FEATURE = "footnote"
ELEMENT = "footnote"
# What may stand around or inside a part of a note; a link cuts the note it is in into several elements.
INLINE = frozenset({ELEMENT, "a", "b", "i", "sup", "sub", "code"})
# How long notes may be beside a text before they leave a hole in it: the margin's lines are shorter, and closer.
MARGIN_SHARE, MARGIN_SLACK = 0.5, 80


@dataclass(frozen=True)
class Note:
    number: int
    html: SafeString


def has_notes(html: str) -> bool:
    return f"<{ELEMENT}>" in html


def with_notes(html: str, *, first: int) -> SafeString:
    """Rich text with its notes under the paragraph or list they belong to, numbered from `first`."""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    for element in list(root):
        notes = lift_notes(element, first=first)
        if not notes:
            continue
        first += len(notes)
        noted = lxml.html.fragment_fromstring(_shown(notes))
        if len("".join(noted.itertext())) > len("".join(element.itertext())) * MARGIN_SHARE + MARGIN_SLACK:
            noted.set("class", "noted noted-at-length")
        tail, element.tail = element.tail, None
        root.replace(element, noted)
        noted.insert(0, element)
        noted.tail = tail
    return _inner_html(root)


def lift_notes(root: HtmlElement, *, first: int) -> list[Note]:
    """Takes the notes out of an element and leaves their numbers; they come back in the order of the text."""
    notes: list[Note] = []
    for run in _runs(root):
        words = _words(run)
        number = first + len(notes)
        if words:
            notes.append(Note(number, words))
        _replace(run, number if words else None)
    return notes


def first_number(value: RichText, body: Any) -> int:
    """The number of the first note of this text: notes are counted through a page's body, from 1."""
    before = 0
    for block in body or ():
        if block.value is value:
            break
        if isinstance(block.value, RichText) and has_notes(block.value.source):
            before += count_notes(block.value.source)
    else:
        return 1
    return before + 1


def count_notes(html: str) -> int:
    return len(lift_notes(lxml.html.fragment_fromstring(html, create_parent="div"), first=1))


def _runs(element: HtmlElement) -> list[list[HtmlElement]]:
    """The notes below an element, each as the neighbouring elements it is made of."""
    runs: list[list[HtmlElement]] = []
    run: list[HtmlElement] = []
    for child in element:
        if _is_part(child):
            if not run:
                runs.append(run)
            run.append(child)
        else:
            run = []
            runs.extend(_runs(child))
        # The editor leaves the space before a link out of the note when it opens a text again.
        if child.tail and child.tail.strip():
            run = []
    return runs


def _is_part(element: HtmlElement) -> bool:
    """Whether all words of an inline element belong to a note."""
    if element.tag == ELEMENT:
        return True
    return (
        element.tag in INLINE
        and len(element) > 0
        and not (element.text or "").strip()
        and all(_is_part(child) and not (child.tail or "").strip() for child in element)
    )


def _words(run: list[HtmlElement]) -> SafeString:
    """The content of a note, empty when there are no words in it."""
    if not "".join("".join(part.itertext()) for part in run).strip():
        return mark_safe("")
    holder = lxml.html.Element("div")
    for part in run:
        copy = lxml.html.fragment_fromstring(lxml.html.tostring(part, encoding="unicode", with_tail=False))
        copy.tail = part.tail if part is not run[-1] else None
        holder.append(copy)
    for nested in list(holder.iter(ELEMENT)):
        nested.drop_tag()
    return mark_safe(_inner_html(holder).strip())


def _replace(run: list[HtmlElement], number: int | None) -> None:
    """Puts the number, or nothing, where the note was."""
    parent = run[0].getparent()
    tail, run[-1].tail = run[-1].tail, None
    place = parent.index(run[0])
    for part in run:
        parent.remove(part)
    if number is None:
        _append_text(parent, place, tail or "")
        return
    _strip_before(parent, place)
    mark = lxml.html.fragment_fromstring(
        format_html(
            '<sup class="note-mark"><a id="mark-{0}" href="#note-{0}" role="doc-noteref" aria-label="{1}">{0}</a></sup>',
            number,
            _("Note %(number)s") % {"number": number},
        )
    )
    mark.tail = tail
    parent.insert(place, mark)


def _append_text(parent: HtmlElement, place: int, text: str) -> None:
    if place:
        parent[place - 1].tail = (parent[place - 1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _strip_before(parent: HtmlElement, place: int) -> None:
    """No space between a word and the number of its note."""
    if place:
        parent[place - 1].tail = (parent[place - 1].tail or "").rstrip() or None
    else:
        parent.text = (parent.text or "").rstrip() or None


def _shown(notes: list[Note]) -> SafeString:
    back = _("Back to the text")
    return format_html(
        '<div class="noted"><div class="notes">{}</div></div>',
        format_html_join(
            "",
            '<p class="note" id="note-{0}" role="doc-footnote"><span class="note-number">{0}</span> {1}'
            ' <a href="#mark-{0}" role="doc-backlink" aria-label="{2}">↑</a></p>',
            ((note.number, note.html, back) for note in notes),
        ),
    )


def _inner_html(root: HtmlElement) -> SafeString:
    outer = lxml.html.tostring(root, encoding="unicode", with_tail=False)
    return mark_safe(outer[outer.index(">") + 1 : outer.rindex("</")])
