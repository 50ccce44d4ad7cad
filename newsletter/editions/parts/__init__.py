"""An edition's blocks as readers of one version get them, before anything says HTML or plain text.

Mail, plain text and web archive are made of the same parts, so they say the same.
"""

from newsletter.editions.parts.cards import Cards, cards_of
from newsletter.editions.parts.kinds import (
    ButtonPart,
    DividerPart,
    EventsPart,
    HeadingPart,
    HTMLPart,
    ImagePart,
    OwnTopicsPart,
    Part,
    QuotePart,
    StoriesPart,
    TextPart,
)
from newsletter.editions.parts.making import button_address, parts_for

__all__ = [
    "ButtonPart",
    "Cards",
    "DividerPart",
    "EventsPart",
    "HTMLPart",
    "HeadingPart",
    "ImagePart",
    "OwnTopicsPart",
    "Part",
    "QuotePart",
    "StoriesPart",
    "TextPart",
    "button_address",
    "cards_of",
    "parts_for",
]
