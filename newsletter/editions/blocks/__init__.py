"""What an edition is made of: blocks that mail programs can show, each optionally aimed at a segment.

The names are stored in the database: never rename one.
"""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from newsletter.editions.blocks.aiming import AimedBlock, SegmentChooserBlock, aimed_segment_ids
from newsletter.editions.blocks.events import EditionEventsBlock
from newsletter.editions.blocks.stories import EditionNewStoriesBlock, EditionStoriesBlock, EditionStoryBlock
from newsletter.editions.blocks.words import (
    EditionButtonBlock,
    EditionDividerBlock,
    EditionHeadingBlock,
    EditionHTMLBlock,
    EditionImageBlock,
    EditionQuoteBlock,
    EditionTextBlock,
)


class EditionBody(blocks.StreamBlock):
    heading = EditionHeadingBlock(label=_("Heading"))
    text = EditionTextBlock(label=_("Text"))
    story = EditionStoryBlock(label=_("Story card"))
    stories = EditionStoriesBlock(label=_("Stories"))
    new_stories = EditionNewStoriesBlock(label=_("New stories"))
    events = EditionEventsBlock(label=_("Coming events"))
    image = EditionImageBlock(label=_("Picture"))
    button = EditionButtonBlock(label=_("Button"))
    quote = EditionQuoteBlock(label=_("Quote"))
    divider = EditionDividerBlock(label=_("Divider"))
    html = EditionHTMLBlock(label=_("HTML"))


__all__ = ["AimedBlock", "EditionBody", "SegmentChooserBlock", "aimed_segment_ids"]
