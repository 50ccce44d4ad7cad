"""The block that lists coming events. They are looked up, never copied."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from newsletter.editions.blocks.aiming import AimedBlock
from newsletter.editions.blocks.stories import editors_locale

MOST_EVENTS = 12
MOST_DAYS = 366


def next_cards(many: int) -> list[Any]:
    """Cards of the next events in the editor's language, as the block picker shows them."""
    # The core's cards are made of pages, whose models hold these blocks.
    from newsletter.editions.coming_events import coming_event_cards

    return coming_event_cards(locale=editors_locale(), many=many)


class EditionEventsBlock(AimedBlock):
    """Events that are coming when the edition is sent: newsletter.editions.coming_events says which."""

    topics = blocks.ListBlock(
        SnippetChooserBlock("stories.Topic"),
        label=_("topics"),
        default=[],
        help_text=_("Only events on one of these topics; without any, all of them."),
    )
    days = blocks.IntegerBlock(
        label=_("days ahead"),
        default=60,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("Events that begin within so many days of the sending."),
    )
    limit = blocks.IntegerBlock(label=_("at most"), default=5, min_value=1, max_value=MOST_EVENTS)

    class Meta:
        icon = "date"
        template = "editions/blocks/events.html"
        form_layout = ["topics", "days", "limit", "show_only_to"]
        description = _("Events that are coming, the next first, added by themselves when it is sent.")

    def get_preview_value(self) -> Any:
        return {"events": next_cards(2)}
