"""Feed documents made by hand, for tests that need no database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from stories.feeds.entries import Category, FeedDocument, FeedEntry, Licence, Person, Picture

PUBLISHED = datetime(2026, 11, 3, 7, 30, tzinfo=UTC)
CHANGED = datetime(2026, 11, 4, 18, 5, 9, tzinfo=UTC)
LICENCE = Licence("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/")
THUMBNAIL = Picture("https://weft.example/media/mill.400.jpg", 20_480, "image/jpeg", 400, 267)
PICTURE = Picture(
    url="https://weft.example/media/mill.1200.jpg",
    length=204_800,
    media_type="image/jpeg",
    width=1200,
    height=800,
    alt="Two people carry a flour sack",
    credit="Ada Ruiz",
    licence="CC BY 4.0",
    may_be_republished=True,
    thumbnail=THUMBNAIL,
)


def an_entry(**changes: Any) -> FeedEntry:
    return replace(
        FeedEntry(
            guid="urn:uuid:0b0e7c2e-8c1f-5a1b-9d55-2f6f3b0a7c11",
            url="https://weft.example/stories/the-mill/",
            title="The mill opens again",
            summary="A village bought its mill.",
            content_html='<p>On Thursdays the mill opens at six. <a href="https://weft.example/">More</a></p>',
            published=PUBLISHED,
            updated=CHANGED,
            language="en",
            authors=(
                Person("Ada Ruiz", "https://weft.example/"),
                Person("Noor Haddad", "https://weft.example/"),
            ),
            translators=(Person("Luc Martin", "https://weft.example/"),),
            categories=(Category("food", "Food", "https://weft.example/feeds/#topics"),),
            picture=PICTURE,
            licence=LICENCE,
        ),
        **changes,
    )


def a_document(*entries: FeedEntry, extension: str = "rss", **changes: Any) -> FeedDocument:
    return replace(
        FeedDocument(
            id="https://weft.example/feeds/all.atom",
            title="Weft: Everything",
            description="All our stories and news, newest first.",
            home_url="https://weft.example/",
            self_url=f"https://weft.example/feeds/all.{extension}",
            language="en",
            publisher=Person("Weft", "https://weft.example/"),
            rights="© Weft. Licence: CC BY-SA 4.0.",
            entries=entries or (an_entry(),),
            updated=CHANGED,
            licence=LICENCE,
            logo=Picture("https://weft.example/media/logo.png", 900, "image/png", 144, 72),
            icon_url="https://weft.example/favicon.svg",
            hub_url="https://hub.example/",
            other_formats=(("application/feed+json", "https://weft.example/feeds/all.json"),),
            current_url=f"https://weft.example/feeds/all.{extension}",
            previous_archive_url=f"https://weft.example/feeds/all/archive/3.{extension}",
        ),
        **changes,
    )
