"""What several groups do and tell together: the directory, a series, a collaboration, in each language."""

from collections.abc import Mapping
from typing import Any

from newsroom.demo.articles import PageIds
from newsroom.demo.content_files import Text, demo_key
from newsroom.demo.markdown import article_blocks
from newsroom.demo.pages import Homes, publish_below
from newsroom.demo.pictures import Pictures
from stories.models import (
    CollaborationLink,
    CollaborationPage,
    CollaborationStory,
    Organisation,
    OrganisationsPage,
    SectionPage,
    SeriesPage,
    SeriesPart,
)


def load_directory(network: dict[str, Any], homes: Homes) -> None:
    key = demo_key("page", "directory")
    for language, home in homes.items():
        if OrganisationsPage.objects.filter(translation_key=key, locale_id=home.locale_id).exists():
            continue
        page = OrganisationsPage(
            **network["directory"][language], locale_id=home.locale_id, translation_key=key
        )
        publish_below(home, page)


def load_series(
    network: dict[str, Any], sections: Mapping[tuple[str, str], SectionPage], pages: PageIds
) -> None:
    for table in network["series"]:
        key = demo_key("series", table["key"])
        for (section, language), parent in sections.items():
            if section != table["section"]:
                continue
            if SeriesPage.objects.filter(translation_key=key, locale_id=parent.locale_id).exists():
                continue
            page = SeriesPage(
                **table[language],
                locale_id=parent.locale_id,
                translation_key=key,
                first_published_at=table["published"],
            )
            told = [pages[story, language] for story in table["stories"] if (story, language) in pages]
            page.parts.set([SeriesPart(story_id=story, sort_order=place) for place, story in enumerate(told)])
            publish_below(parent, page)


def load_collaborations(
    texts: list[Text],
    homes: Homes,
    *,
    pictures: Pictures,
    organisations: Mapping[tuple[str, str], Organisation],
    pages: PageIds,
) -> None:
    for text in texts:
        key, home, front = demo_key("collaboration", text.key), homes[text.language], text.front
        if CollaborationPage.objects.filter(translation_key=key, locale_id=home.locale_id).exists():
            continue
        page = CollaborationPage(
            title=front["title"],
            slug=front["slug"],
            standfirst=front["standfirst"],
            search_description=front["search_description"],
            lead_image=pictures[text.key, text.language],
            locale_id=home.locale_id,
            translation_key=key,
        )
        page.body = page.body.stream_block.to_python(article_blocks(text.body, pages={}, name=text.name))
        page.links.set([CollaborationLink(**link) for link in front["links"]])
        told = [pages[story, text.language] for story in front["stories"] if (story, text.language) in pages]
        page.stories.set(
            [CollaborationStory(story_id=story, sort_order=place) for place, story in enumerate(told)]
        )
        page.partners = [organisations[partner, text.language] for partner in front["partners"]]
        publish_below(home, page)
