"""Topics, places, authors and organisations of the demo, in each language."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from wagtail.models import Locale

from newsroom.demo.content_files import demo_key
from stories.models import Author, Organisation, Place, Topic


@dataclass
class Vocabulary:
    """Each by (key, language code)."""

    locales: dict[str, Locale]
    topics: dict[tuple[str, str], Topic] = field(default_factory=dict)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    authors: dict[tuple[str, str], Author] = field(default_factory=dict)
    organisations: dict[tuple[str, str], Organisation] = field(default_factory=dict)

    def terms(self, kind: str, keys: Iterable[str], language: str) -> list[Any]:
        """Those of one language, in the order of the keys. Raises KeyError for one that does not exist."""
        return [getattr(self, kind)[key, language] for key in keys]


def load_vocabulary(network: dict[str, Any]) -> Vocabulary:
    vocabulary = Vocabulary(
        locales={code: Locale.objects.get_or_create(language_code=code)[0] for code in network["languages"]}
    )
    for language, locale in vocabulary.locales.items():
        for table in network["topics"]:
            vocabulary.topics[table["key"], language] = Topic.objects.get_or_create(
                translation_key=demo_key("topic", table["key"]),
                locale=locale,
                defaults={"paper": table["paper"], **table[language]},
            )[0]
        for table in network["places"]:
            vocabulary.places[table["key"], language] = Place.objects.get_or_create(
                translation_key=demo_key("place", table["key"]),
                locale=locale,
                defaults={"country": table["country"], **table[language]},
            )[0]
        for table in network["authors"]:
            vocabulary.authors[table["key"], language] = Author.objects.get_or_create(
                translation_key=demo_key("author", table["key"]),
                locale=locale,
                defaults={"name": table["name"], "slug": table["slug"], **table[language]},
            )[0]
        for table in network["organisations"]:
            vocabulary.organisations[table["key"], language] = Organisation.objects.get_or_create(
                translation_key=demo_key("organisation", table["key"]),
                locale=locale,
                defaults={
                    "relation": table["relation"],
                    "place": vocabulary.places[table["place"], language] if "place" in table else None,
                    "since": table.get("since"),
                    "website": table.get("website", ""),
                    **table[language],
                },
            )[0]
    return vocabulary
