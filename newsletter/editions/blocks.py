"""What an edition is made of: blocks that mail programs can show, each optionally aimed at a segment."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from stories.blocks import ButtonBlock, ParagraphBlock


class AimedBlock(blocks.StructBlock):
    """A block that may be shown to one segment only; without one, everybody sees it."""

    show_only_to = SnippetChooserBlock(
        "audience.Segment",
        label=_("Show only to"),
        required=False,
        help_text=_("Leave empty to show this to everybody. Aimed blocks are left out of the public archive."),
    )


class EditionHeadingBlock(AimedBlock):
    text = blocks.CharBlock(label=_("heading"), max_length=200)

    class Meta:
        icon = "title"
        template = "editions/blocks/heading.html"
        form_layout = ["text", "show_only_to"]
        preview_value = {"text": _("From the assemblies")}


class EditionTextBlock(AimedBlock):
    text = ParagraphBlock(
        label=_("text"),
        features=["bold", "italic", "link", "ol", "ul"],
        help_text=_("Write {{name|friend}} for the reader's name; what stands after the bar is used when it is missing."),
    )

    class Meta:
        icon = "pilcrow"
        template = "editions/blocks/text.html"
        form_layout = ["text", "show_only_to"]


class EditionStoriesBlock(AimedBlock):
    stories = blocks.ListBlock(
        blocks.PageChooserBlock(page_type=["stories.StoryPage", "stories.NewsPage"]),
        label=_("stories"),
        min_num=1,
        help_text=_("Each reader gets the story in their language where there is one."),
    )

    class Meta:
        icon = "doc-full-inverse"
        template = "editions/blocks/stories.html"
        form_layout = ["stories", "show_only_to"]


class EditionButtonBlock(AimedBlock, ButtonBlock):
    class Meta:
        icon = "link"
        template = "editions/blocks/button.html"
        value_class = ButtonBlock._meta_class.value_class  # type: ignore[attr-defined]
        form_layout = ["label", "page", "url", "show_only_to"]
        preview_value = {"label": _("Come to the assembly"), "url": "https://weft.example/assembly"}


class EditionBody(blocks.StreamBlock):
    heading = EditionHeadingBlock(label=_("Heading"))
    text = EditionTextBlock(label=_("Text"))
    stories = EditionStoriesBlock(label=_("Stories"))
    button = EditionButtonBlock(label=_("Button"))


def aimed_segment_ids(raw_body: Any) -> set[int]:
    """Segments that blocks of this body are aimed at, as stored, whether or not they still exist."""
    return {
        entry["value"]["show_only_to"]
        for entry in raw_body
        if isinstance(entry.get("value"), dict) and entry["value"].get("show_only_to")
    }
