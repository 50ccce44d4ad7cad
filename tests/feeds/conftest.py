"""A newsroom at https://weft.example in three languages, where stories are published as an editor would."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.text import slugify
from wagtail.models import Locale, Site

from stories.feeds.channels import Scope
from stories.models import Author, NewsPage, SiteIdentity, StoryPage, Topic
from tests.stories.factories import FIRST_DAY, AuthorFactory, NewsPageFactory, StoryPageFactory, TopicFactory

TOPICS = {
    "food": {"en": "Food", "es": "Comida", "fr": "Manger"},
    "housing": {"en": "Housing", "es": "Vivienda", "fr": "Logement"},
}
FACTORIES = {StoryPage: StoryPageFactory, NewsPage: NewsPageFactory}


@dataclass
class Newsroom:
    identity: SiteIdentity
    locales: dict[str, Locale]
    topics: dict[str, dict[str, Topic]] = field(default_factory=dict)
    authors: dict[str, Author] = field(default_factory=dict)
    published: int = 0

    def scope(self, language: str = "en") -> Scope:
        return Scope(
            Site.objects.select_related("root_page").get(is_default_site=True), self.locales[language]
        )

    def publish(
        self,
        model: type[StoryPage] | type[NewsPage],
        title: str,
        *,
        language: str = "en",
        topics: tuple[str, ...] = (),
        **fields: Any,
    ) -> Any:
        """Published by a revision, a day after the one before. Topics are named by their English slugs."""
        self.published += 1
        fields.setdefault("first_published_at", FIRST_DAY + timedelta(days=self.published))
        page = FACTORIES[model](
            title=title,
            slug=slugify(title),
            language=language,
            live=False,
            topics=[self.topics[slug][language] for slug in topics],
            **fields,
        )
        page.save_revision().publish()
        page.refresh_from_db()
        return page


@pytest.fixture(autouse=True)
def fresh_process(articles_go_out_as_they_are: None) -> None:
    """Feeds take articles as they find them: some were published before there were rules."""


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="weft.example", SERVER_PORT="443", headers={"x-forwarded-proto": "https"})


@pytest.fixture
def newsroom(settings: Any, identity: SiteIdentity, locales: dict[str, Locale]) -> Iterator[Newsroom]:
    settings.ALLOWED_HOSTS = ["weft.example"]
    settings.STATIC_ROOT = settings.VAR_DIR
    Site.objects.filter(is_default_site=True).update(hostname="weft.example", port=443)
    Site.clear_site_root_paths_cache()
    room = Newsroom(SiteIdentity.objects.get(pk=identity.pk), locales)
    for slug, names in TOPICS.items():
        english = TopicFactory(name=names["en"])
        room.topics[slug] = {
            code: english
            if code == "en"
            else TopicFactory(name=name, language=code, translation_key=english.translation_key)
            for code, name in names.items()
        }
    room.authors = {name: AuthorFactory(name=name) for name in ("Ada Ruiz", "Luc Martin")}
    yield room
    Site.clear_site_root_paths_cache()
