"""What an edition's blocks refer to, looked up once for all its versions: stories and pictures."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from wagtail.models import Locale

from newsletter.editions.coming_events import EventCard, coming_event_cards
from newsletter.editions.models import EditionPage
from newsletter.editions.new_stories import NewStories, new_by_topic, newest, sent_at, span_of
from newsletter.editions.pictures import WHOLE, MailPicture, pictures
from newsletter.editions.story_cards import StoryCard, story_cards


class Cards(dict[int, StoryCard]):
    """The edition's stories, by the chosen page's id.

    `new_stories` and `events` hold what each automatic list found, by the block's position in the edition;
    `pictures` the mail's sizes of the pictures, by the image's id.
    """

    def __init__(
        self,
        stories: dict[int, StoryCard],
        *,
        new_stories: dict[int, NewStories],
        events: dict[int, list[EventCard]],
        pictures: dict[int, MailPicture],
    ) -> None:
        super().__init__(stories)
        self.new_stories = new_stories
        self.events = events
        self.pictures = pictures

    def topics_with_news(self, *, shown_segments: Collection[int] | None = None) -> frozenset[UUID]:
        """Topics on which lists of each reader's own topics hold anything: the unaimed lists and those aimed at these
        segments, or all lists.
        """
        return frozenset().union(
            *(
                found.topics_with_news
                for found in self.new_stories.values()
                if shown_segments is None or found.only_to is None or found.only_to in shown_segments
            )
        )


def cards_of(
    edition: EditionPage, *, until: datetime | None = None, topics: Collection[UUID] | None = ()
) -> Cards:
    """A card for each story of the edition: whoever makes several versions of it asks once.

    Lists of each reader's own topics have cards for the whole list, and for who chose any of `topics`; None stands for
    every topic. `until` is the moment after which a story is no longer new, and from which an event is coming: who launches a
    sending says when that was, so that each version, and each later try, lists the same. Without it, it is now.
    """
    blocks = list(edition.body)
    new_stories = _new_stories(edition, blocks, until=until)
    chosen = [page.pk for block in blocks for page in chosen_pages(block) if page]
    found = {
        pk
        for one in new_stories.values()
        for pk in one.read_by_anybody(one.topics_with_news if topics is None else topics)
    }
    images = {
        block.value["image"].pk for block in blocks if block.block_type == "image" and block.value["image"]
    }
    return Cards(
        story_cards([*chosen, *found], locale=edition.locale),
        new_stories=new_stories,
        events=_events(edition, blocks, at=until),
        pictures=pictures(images, spec=WHOLE),
    )


def chosen_pages(block: Any) -> Iterator[Any]:
    """Pages an editor chose in this block, in order; None for one that was deleted."""
    if block.block_type == "stories":
        yield from block.value["stories"]
    elif block.block_type == "story":
        yield block.value["story"]


def _new_stories(edition: EditionPage, blocks: list[Any], *, until: datetime | None) -> dict[int, NewStories]:
    lists = {at: block.value for at, block in enumerate(blocks) if block.block_type == "new_stories"}
    if not lists:
        return {}
    after, sent = span_of(edition)
    chosen = [
        page.pk
        for block in blocks
        if block.value["show_only_to"] is None
        for page in chosen_pages(block)
        if page
    ]
    return {
        at: _found(value, locale=edition.locale, since=after, until=until or sent, but=chosen)
        for at, value in lists.items()
    }


def _found(
    value: Any, *, locale: Locale, since: datetime | None, until: datetime | None, but: list[int]
) -> NewStories:
    limit = value["limit"] or 0
    only_to = value["show_only_to"].pk if value["show_only_to"] else None
    topics = _topics(value)
    if value["own_topics"]:
        on = new_by_topic(locale=locale, topics=topics, since=since, until=until, but=but)
        return NewStories(pages=list(on), limit=limit, topics=on, only_to=only_to)
    pages = newest(locale=locale, many=limit, topics=topics, since=since, until=until, but=but)
    return NewStories(pages=pages, limit=limit, only_to=only_to)


def _events(edition: EditionPage, blocks: list[Any], *, at: datetime | None) -> dict[int, list[EventCard]]:
    lists = {position: block.value for position, block in enumerate(blocks) if block.block_type == "events"}
    if not lists:
        return {}
    moment = at or sent_at(edition)
    return {
        position: coming_event_cards(
            locale=edition.locale,
            many=value["limit"] or 0,
            days=value["days"],
            topics=_topics(value),
            at=moment,
        )
        for position, value in lists.items()
    }


def _topics(value: Any) -> set[UUID] | None:
    """Translation keys; None where none was asked for.

    A topic that was deleted stays a topic that was asked for: without it the list would become wider.
    """
    return {topic.translation_key for topic in value["topics"] if topic} if value["topics"] else None
