"""What stands beside the text: a sentence lifted out of it, a call-out, questions to open."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from stories.blocks.text import RICH_TEXT_FEATURES, ParagraphBlock


class PullQuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(
        label=_("sentence"), rows=2, max_length=300, help_text=_("Word for word as it stands in the text.")
    )

    class Meta:
        icon = "openquote"
        template = "stories/blocks/pull_quote.html"
        description = _(
            "One sentence of this text, set large so that somebody who leafs through stays. For what a person said: Quote."
        )
        preview_value = {"text": _("The second person is there to read the numbers aloud.")}


class CallOutBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("heading"), required=False, max_length=120)
    text = ParagraphBlock(label=_("text"), features=RICH_TEXT_FEATURES)

    class Meta:
        icon = "info-circle"
        template = "stories/blocks/call_out.html"
        description = _(
            "A few lines on the topic's paper: what to bring, how to take part, what a word means. One or two in a text."
        )
        preview_value = {
            "heading": _("What to bring"),
            "text": _("<p>A cup, a chair if you have one, and <b>last year’s sheet</b>.</p>"),
        }


class AccordionItemBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("question or title"), max_length=200)
    text = ParagraphBlock(label=_("text"), features=RICH_TEXT_FEATURES)

    class Meta:
        icon = "help"


class AccordionBlock(blocks.StructBlock):
    items = blocks.ListBlock(AccordionItemBlock(), label=_("parts"), min_num=1, max_num=30)

    class Meta:
        icon = "list-ul"
        template = "stories/blocks/accordion.html"
        description = _(
            "Questions with answers that open one by one. Not for what everybody should read: it is closed at first."
        )
        preview_value = {
            "items": [
                {
                    "title": _("Who may vote?"),
                    "text": _("<p>Whoever has worked one shift in the last year.</p>"),
                },
                {"title": _("What if nobody agrees?"), "text": _("<p>Then we eat first and try again.</p>")},
            ]
        }
