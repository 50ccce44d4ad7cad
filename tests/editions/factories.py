"""Editions ready to be sent: EditionPageFactory(body=[heading("From the assemblies"), stories(story)])."""

import uuid
from typing import Any

import factory
from wagtail.models import Page
from wagtail.rich_text import RichText

from newsletter.audience.models import Newsletter, Segment
from newsletter.editions.models import EditionPage, NewsletterPage
from tests.audience.factories import NewsletterFactory, NewsletterTextFactory
from tests.newsroom.factories import PageFactory, home_in

NAMES = {"en": "The Monthly Thread", "es": "El hilo del mes", "fr": "Le Fil du mois"}


class NewsletterPageFactory(PageFactory):
    """A newsletter's page in one language; see newsletter_pages() for the three of them."""

    class Meta:
        model = NewsletterPage

    title = "The Monthly Thread"
    newsletter = factory.SubFactory(NewsletterFactory, name="The Monthly Thread")

    @classmethod
    def usual_parent(cls) -> Page:
        return home_in("en")


class EditionPageFactory(PageFactory):
    """A draft edition with its revision, as it is before it is sent."""

    class Meta:
        model = EditionPage

    title = factory.Sequence(lambda number: f"Edition {number}")
    number = factory.Sequence(lambda number: number)
    subject = "What the assemblies decided"
    preheader = "Three towns, one ledger."
    live = False
    body = factory.LazyFunction(lambda: [text("<p>Dear {{name|friend}}, the mill runs.</p>")])

    @classmethod
    def _create(cls, model_class: type[Page], *args: Any, **fields: Any) -> Page:
        page = super()._create(model_class, *args, **fields)
        page.save_revision()
        return page

    @classmethod
    def usual_parent(cls) -> Page:
        return NewsletterPage.objects.first() or NewsletterPageFactory()


def newsletter_pages(newsletter: Newsletter | None = None) -> dict[str, NewsletterPage]:
    """The newsletter's page in three languages, translations of each other, by language code."""
    newsletter = newsletter or NewsletterFactory(name=NAMES["en"])
    key = uuid.uuid4()
    pages = {}
    for code, name in NAMES.items():
        home = home_in(code)
        NewsletterTextFactory(newsletter=newsletter, locale=home.locale, name=name)
        pages[code] = NewsletterPageFactory(
            parent=home, title=name, newsletter=newsletter, translation_key=key, slug=f"thread-{code}"
        )
    return pages


def translation_of(edition: EditionPage, *, parent: NewsletterPage, **fields: Any) -> EditionPage:
    return EditionPageFactory(
        parent=parent, translation_key=edition.translation_key, number=edition.number, **fields
    )


Block = tuple[str, dict[str, Any]]


def heading(words: str, *, show_only_to: Segment | None = None) -> Block:
    return "heading", {"text": words, "show_only_to": show_only_to}


def text(html: str, *, show_only_to: Segment | None = None) -> Block:
    return "text", {"text": RichText(html), "show_only_to": show_only_to}


def stories(*pages: Page, show_only_to: Segment | None = None) -> Block:
    chosen = [Page.objects.get(pk=page.pk) for page in pages]
    return "stories", {"stories": chosen, "show_only_to": show_only_to}


def button(
    label: str, *, url: str = "", page: Page | None = None, show_only_to: Segment | None = None
) -> Block:
    return "button", {"label": label, "page": page, "url": url, "show_only_to": show_only_to}
