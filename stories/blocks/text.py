from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.rich_text import RichText

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


class ParagraphBlock(blocks.RichTextBlock):
    """Rich text that went through bleach: whatever was pasted, only the features above remain."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("features", RICH_TEXT_FEATURES)
        super().__init__(**kwargs)

    def clean(self, value: RichText) -> RichText:
        return super().clean(RichText(sanitise_rich_text(value.source)))

    class Meta:
        icon = "pilcrow"
        template = "stories/blocks/paragraph.html"
        preview_value = _(
            "<p>On Thursdays the mill opens at six, and the <b>first loaves</b> leave at eight.</p>"
        )


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
        preview_value = {"text": _("What the assembly decided"), "level": "h2"}


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("quote"), rows=3)
    attribution = blocks.CharBlock(label=_("who said it"), required=False, max_length=120)
    role = blocks.CharBlock(label=_("role"), required=False, max_length=160)
    source = blocks.URLBlock(label=_("source"), required=False)

    class Meta:
        icon = "openquote"
        template = "stories/blocks/quote.html"
        preview_value = {
            "text": _("We counted the spoons, and then we counted the votes."),
            "attribution": _("A member"),
            "role": _("kitchen co-operative"),
        }
