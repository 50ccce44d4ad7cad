import re
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks import StreamValue
from wagtail.rich_text import RichText, expand_db_html

from stories.blocks import notes
from stories.sanitising import sanitise_rich_text

RICH_TEXT_FEATURES = [
    "bold",
    "italic",
    "link",
    "document-link",
    "ol",
    "ul",
    "superscript",
    "subscript",
    "code",
]
# For a cell, a date of a timeline: one line and what may be marked in it.
LINE_FEATURES = ["bold", "italic", "link"]

# Nobody can type or paste it: a place in Unicode that stands for no character.
_BETWEEN = "\ufdd0"
_FIRST_PARAGRAPH = re.compile(r"\A\s*<p\b[^>]*>")


class ParagraphBlock(blocks.RichTextBlock):
    """Rich text that went through bleach: whatever was pasted, only the features above and footnotes remain."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("features", [*RICH_TEXT_FEATURES, notes.FEATURE])
        super().__init__(**kwargs)

    def clean(self, value: RichText) -> RichText:
        return super().clean(RichText(sanitise_rich_text(value.source)))

    def normalize(self, value: Any) -> RichText:
        # The preview's words are translated as late as that.
        return super().normalize(str(value) if isinstance(value, Promise) else value)

    def get_context(self, value: RichText, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """`html`: the text with its dateline, where the page gives one, and its notes."""
        context: dict[str, Any] = super().get_context(value, parent_context)
        html = _expanded(value.source, getattr(context.get("page"), "body", None))
        if place := context.get("dateline"):
            html = _with_dateline(html, place.name)
        if notes.has_notes(html):
            body = getattr(context.get("page"), "body", None)
            html = notes.with_notes(html, first=notes.first_number(value, body))
        context["html"] = mark_safe(html)
        return context

    def get_searchable_content(self, value: RichText) -> list[str]:
        apart = value.source.replace(f"<{notes.ELEMENT}>", f" <{notes.ELEMENT}>")
        content: list[str] = super().get_searchable_content(RichText(apart))
        return content

    class Meta:
        icon = "pilcrow"
        template = "stories/blocks/paragraph.html"
        description = _(
            "Paragraphs and lists. For a footnote, write the note into the sentence, mark it and press ¹."
        )
        preview_value = _(
            "<p>On Thursdays the mill opens at six, and the <b>first loaves</b> leave at eight."
            "<footnote>Five in summer.</footnote></p>"
        )


def _expanded(source: str, body: Any) -> str:
    """All paragraphs of a page's text are expanded at once, so that their links are looked up together."""
    if not isinstance(body, StreamValue):
        return expand_db_html(source)
    if not hasattr(body, "expanded_paragraphs"):
        sources = [
            block.value.source.replace(_BETWEEN, "") for block in body if block.block_type == "paragraph"
        ]
        expanded = expand_db_html(_BETWEEN.join(sources)).split(_BETWEEN)
        body.expanded_paragraphs = dict(zip(sources, expanded, strict=True)) if sources else {}
    found: str | None = body.expanded_paragraphs.get(source)
    return expand_db_html(source) if found is None else found


def _with_dateline(html: str, place: str) -> str:
    """The place before the first word, inside the sentence it opens."""
    first = _FIRST_PARAGRAPH.match(html)
    if first is None:
        return format_html('<p class="dateline">{}</p>', place) + html
    return html[: first.end()] + format_html('<span class="dateline">{}</span> ', place) + html[first.end() :]


class HeadingValue(blocks.StructValue):
    @property
    def anchor(self) -> str:
        return slugify(self["text"])


class HeadingBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("heading"), max_length=200)
    level = blocks.ChoiceBlock(
        label=_("level"),
        choices=[("h2", _("Heading")), ("h3", _("Sub-heading")), ("h4", _("Sub-sub-heading"))],
        default="h2",
    )
    link = blocks.URLBlock(label=_("link"), required=False)

    class Meta:
        icon = "title"
        template = "stories/blocks/heading.html"
        value_class = HeadingValue
        form_layout = ["text", "level", "link"]
        description = _("Opens a new part of a long text. Readers who listen jump from heading to heading.")
        preview_value = {"text": _("What the assembly decided"), "level": "h2"}


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("quote"), rows=3)
    attribution = blocks.CharBlock(label=_("who said it"), required=False, max_length=120)
    role = blocks.CharBlock(label=_("role"), required=False, max_length=160)
    source = blocks.URLBlock(label=_("source"), required=False)

    class Meta:
        icon = "openquote"
        template = "stories/blocks/quote.html"
        description = _("What somebody said, with their name. For a sentence of your own text: Pull quote.")
        preview_value = {
            "text": _("We counted the spoons, and then we counted the votes."),
            "attribution": _("A member"),
            "role": _("kitchen co-operative"),
        }
