"""Everything the demo consists of, made where it is missing. A second run changes nothing; a killed one goes on."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from newsletter.audience.models import Newsletter, Segment
from newsletter.editions.models import EditionPage, NewsletterPage
from newsroom.demo.articles import PageIds, Shelf, load_articles
from newsroom.demo.content_files import ContentError, Text, read_edition, read_names, read_network, read_texts
from newsroom.demo.corrections import load_corrections, load_corrections_pages, remember_originals
from newsroom.demo.mailing import load_edition
from newsroom.demo.navigation import load_navigation
from newsroom.demo.newsletters import load_newsletters, load_segments
from newsroom.demo.pages import (
    Homes,
    load_homes,
    load_identity,
    load_newsletter_pages,
    load_plain_pages,
    load_sections,
)
from newsroom.demo.people import Login, load_people
from newsroom.demo.pictures import load_pictures
from newsroom.demo.subscribers import load_subscribers
from newsroom.demo.telling import Teller
from newsroom.demo.together import load_collaborations, load_directory, load_series
from newsroom.demo.vocabulary import Vocabulary, load_vocabulary

# The kinds of texts that are articles, by their folders.
PUBLISHED = ("stories", "news", "events", "resources")


@dataclass(frozen=True)
class Content:
    """`approved_today` is the key of the text that goes through the editors' review, in each of its languages."""

    network: dict[str, Any]
    edition: dict[str, Any]
    names: dict[str, Any]
    texts: list[Text]
    drafts: list[Text]
    plain_pages: list[Text]
    collaborations: list[Text]
    approved_today: str = "dunmorra-battery"

    @classmethod
    def read(cls) -> "Content":
        """Raises ContentError."""
        return cls(
            network=read_network(),
            edition=read_edition(),
            names=read_names(),
            texts=[text for kind in PUBLISHED for text in read_texts(kind)],
            drafts=read_texts("drafts"),
            plain_pages=read_texts("pages"),
            collaborations=read_texts("collaborations"),
        )


@dataclass(frozen=True)
class Demo:
    """What the database holds now. `pages` are stories, news and drafts by (key, language)."""

    content: Content
    homes: Homes
    logins: dict[str, Login]
    newsletters: dict[str, Newsletter]
    newsletter_pages: dict[tuple[str, str], NewsletterPage]
    segments: dict[str, Segment]
    pages: PageIds

    def load_edition(self) -> EditionPage:
        return load_edition(
            self.content.edition,
            self.newsletter_pages,
            pages=self.pages,
            segments=self.segments,
            manager=self.logins["newsletter"].user,
        )


def load(content: Content, teller: Teller) -> Demo:
    """Raises ContentError."""
    network = content.network
    logins = load_people(network["domain"])
    vocabulary = load_vocabulary(network)
    newsletters = load_newsletters(network, vocabulary)
    segments = load_segments(network, vocabulary)
    monthly = newsletters[content.edition["newsletter"]]
    homes = load_homes(network, vocabulary, monthly)
    load_identity(network, vocabulary)
    sections = load_sections(network, homes)
    newsletter_pages = load_newsletter_pages(network, homes, newsletters)
    load_plain_pages(content.plain_pages, homes)
    pages = _load_articles(content, vocabulary, sections, logins, teller)
    remember_originals(content.texts, pages)
    load_corrections(content.texts, pages, editor=logins["editor"].user)
    load_corrections_pages(network, homes)
    load_directory(network, homes)
    load_navigation(network, homes)
    load_series(network, sections, pages)
    _load_collaborations(content, vocabulary, homes, pages, teller)
    press = next(newsletter for key, newsletter in newsletters.items() if newsletter != monthly)
    load_subscribers(content.names, vocabulary, monthly=monthly, press=press)
    return Demo(
        content=content,
        homes=homes,
        logins=logins,
        newsletters=newsletters,
        newsletter_pages=newsletter_pages,
        segments=segments,
        pages=pages,
    )


def _load_articles(
    content: Content, vocabulary: Vocabulary, sections: Any, logins: dict[str, Login], teller: Teller
) -> PageIds:
    everything = [*content.texts, *content.drafts]
    shelf = Shelf(
        vocabulary=vocabulary,
        pictures=load_pictures(everything, content.network, teller=teller, label=_("Drawing pictures")),
        sections=sections,
        author=logins["author"].user,
        editor=logins["editor"].user,
        held_back=frozenset({content.approved_today, *(draft.key for draft in content.drafts)}),
    )
    try:
        return load_articles(everything, shelf, teller=teller, label=_("Setting pages"))
    except KeyError as missing:
        raise ContentError(f"A text names {missing}, which network.toml does not have.") from missing


def _load_collaborations(
    content: Content, vocabulary: Vocabulary, homes: Homes, pages: PageIds, teller: Teller
) -> None:
    drawn = load_pictures(content.collaborations, content.network, teller=teller, label=_("Drawing pictures"))
    load_collaborations(
        content.collaborations, homes, pictures=drawn, organisations=vocabulary.organisations, pages=pages
    )
