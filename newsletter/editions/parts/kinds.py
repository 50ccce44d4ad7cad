"""The kinds of parts; `kind` names their templates."""

from dataclasses import dataclass
from typing import ClassVar

from newsletter.editions.coming_events import EventCard
from newsletter.editions.pictures import MailPicture
from newsletter.editions.story_cards import StoryCard


@dataclass(frozen=True, kw_only=True)
class Part:
    """`aimed_at` is the segment's name, empty for what everybody gets; `own_topics` says that readers get different parts
    of it, by the topics they chose.
    """

    kind: ClassVar[str]
    own_topics: ClassVar[bool] = False
    block_id: str
    aimed_at: str = ""


@dataclass(frozen=True, kw_only=True)
class HeadingPart(Part):
    kind = "heading"
    text: str


@dataclass(frozen=True, kw_only=True)
class TextPart(Part):
    """`text` is clean HTML with absolute links."""

    kind = "text"
    text: str


@dataclass(frozen=True, kw_only=True)
class StoriesPart(Part):
    """At least one story: a story card, stories an editor chose, or new ones."""

    kind = "stories"
    stories: list[StoryCard]


@dataclass(frozen=True, kw_only=True)
class OwnTopicsPart(StoriesPart):
    """New stories, for each reader those on the topics they chose."""

    own_topics = True


@dataclass(frozen=True, kw_only=True)
class EventsPart(Part):
    """At least one event."""

    kind = "events"
    events: list[EventCard]


@dataclass(frozen=True, kw_only=True)
class ImagePart(Part):
    """`credit` is the whole line under the picture, with its licence; `href` may be empty."""

    kind = "image"
    picture: MailPicture
    caption: str = ""
    credit: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class ButtonPart(Part):
    kind = "button"
    label: str
    href: str


@dataclass(frozen=True, kw_only=True)
class QuotePart(Part):
    kind = "quote"
    text: str
    attribution: str = ""
    role: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class DividerPart(Part):
    kind = "divider"


@dataclass(frozen=True, kw_only=True)
class HTMLPart(Part):
    """`html` is clean, with absolute links."""

    kind = "html"
    html: str
