"""Editions ready to be sent: EditionPageFactory(body=[heading("From the assemblies"), stories(story)])."""

import uuid
from typing import Any

import factory
from wagtail.models import Page
from wagtail.rich_text import RichText

from newsletter.audience.models import Newsletter, Segment
from newsletter.editions.models import EditionPage, NewsletterPage
from stories.models import CreditedImage, Topic
from tests.audience.factories import NewsletterFactory, NewsletterTextFactory
from tests.newsroom.factories import PageFactory, home_in
from tests.stories.factories import (
    EventPageFactory,
    ImageFactory,
    PlaceFactory,
    StoryPageFactory,
    TopicFactory,
)

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


def story(page: Page, *, show_only_to: Segment | None = None) -> Block:
    return "story", {"story": Page.objects.get(pk=page.pk), "show_only_to": show_only_to}


def new_stories(
    *topics: Topic, limit: int = 5, own_topics: bool = False, show_only_to: Segment | None = None
) -> Block:
    return "new_stories", {
        "topics": list(topics),
        "own_topics": own_topics,
        "limit": limit,
        "show_only_to": show_only_to,
    }


def events(*topics: Topic, days: int = 60, limit: int = 5, show_only_to: Segment | None = None) -> Block:
    return "events", {"topics": list(topics), "days": days, "limit": limit, "show_only_to": show_only_to}


def image(
    picture: CreditedImage,
    *,
    alt: str | None = None,
    decorative: bool = False,
    caption: str = "",
    link: str = "",
    show_only_to: Segment | None = None,
) -> Block:
    """`alt` is what the editor wrote for this edition."""
    picture = CreditedImage.objects.get(pk=picture.pk)
    picture.contextual_alt_text, picture.decorative = alt, decorative
    return "image", {"image": picture, "caption": caption, "link": link, "show_only_to": show_only_to}


def quote(
    words: str,
    *,
    attribution: str = "",
    role: str = "",
    source: str = "",
    show_only_to: Segment | None = None,
) -> Block:
    fields = {"text": words, "attribution": attribution, "role": role, "source": source}
    return "quote", {**fields, "show_only_to": show_only_to}


def divider(*, show_only_to: Segment | None = None) -> Block:
    return "divider", {"show_only_to": show_only_to}


def html(markup: str, *, show_only_to: Segment | None = None) -> Block:
    return "html", {"html": markup, "show_only_to": show_only_to}


def button(
    label: str, *, url: str = "", page: Page | None = None, show_only_to: Segment | None = None
) -> Block:
    return "button", {"label": label, "page": page, "url": url, "show_only_to": show_only_to}


def every_block(*, stories_in_list: int = 2) -> list[Block]:
    """One of each, with words and pictures of the usual length, and {{name}} where it may stand."""
    topic, place = TopicFactory(name="Energy", paper="canary"), PlaceFactory(name="Dunmorra")
    EventPageFactory(title="The assembly in the hemp store", venue="Hemp store", place=place, topics=[topic])
    told = [
        StoryPageFactory(
            title=f"The village that bought its mill, part {number}",
            slug=f"mill-{number}",
            standfirst="It took nine years, four hundred neighbours and one very patient accountant.",
            topics=[topic],
            dateline=place,
            lead_image=ImageFactory(description="Two people carry a sack of flour through a door."),
        )
        for number in range(stories_in_list + 2)
    ]
    return [
        text(
            "<p>Dear {{name|friend}}, this month <b>three towns</b> opened <i>one</i> ledger, and "
            '<a href="https://weft.example/ledger">anybody may read it</a>.</p>'
            "<ul><li>bread</li><li>light</li></ul><ol><li>count</li><li>vote</li></ol>"
        ),
        heading("From the assemblies"),
        story(told[0]),
        stories(*told[1:-1]),
        new_stories(topic),
        events(),
        image(
            ImageFactory(credit="Inés Ferreira", licence="cc-by-4.0"),
            alt="The weir at dusk",
            caption="The weir, on the evening of the vote.",
            link="https://weft.example/weir",
        ),
        button("Come to the assembly", url="https://weft.example/assembly"),
        quote(
            "We counted the spoons, and then we counted the votes.",
            attribution="A member",
            role="kitchen co-operative",
            source="https://weft.example/minutes",
        ),
        divider(),
        html(
            "<h2>Votes</h2><table><tr><th>Town</th><th>Votes</th></tr><tr><td>Halse</td>"
            '<td style="text-align:right;color:#c4261d">212</td></tr></table>'
            "<h3>Next</h3><blockquote>Bring a spoon.</blockquote><hr><h4>After</h4><p>Soup.</p>"
        ),
    ]
