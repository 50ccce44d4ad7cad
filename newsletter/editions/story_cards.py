"""Stories as an edition shows them: a picture, where it is from, the title, the standfirst and the link."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page

from newsletter.editions.addresses import on_this_site
from newsletter.editions.characters import sendable_line
from newsletter.editions.localised import language_name
from newsletter.editions.pictures import CARD, MailPicture, pictures
from stories.models import ARTICLE_TYPES, ArticlePage, EventPage, Place, StoryPage, Topic
from stories.models.articles import topic_order
from stories.models.corrections import headline_of, mark_retracted
from stories.papers import Paper
from stories.readable import readable_pages

Term = TypeVar("Term", Topic, Place)


@dataclass(frozen=True)
class StoryCard:
    """`language` is set only when it is not the edition's own; `language_label` says so in words."""

    title: str
    standfirst: str
    url: str
    topic: str
    place: str
    paper: str
    picture: MailPicture | None
    language: str = ""
    language_label: str = ""

    @property
    def direction(self) -> str:
        """Of its own language, for an edition that is written the other way."""
        return "rtl" if self.language and get_language_info(self.language)["bidi"] else "ltr"


def story_cards(page_ids: Iterable[int], *, locale: Locale) -> dict[int, StoryCard]:
    """A card for each chosen story that a reader of that language may open, by the chosen page's id.

    Some twenty queries, however many stories there are; a picture's first rendering adds its own.
    """
    pages = readable_pages(page_ids, locale=locale)
    wanted = {page.pk for page in pages.values()}
    articles: dict[int, ArticlePage] = {}
    for model in ARTICLE_TYPES:
        articles.update(model.objects.defer_streamfields().in_bulk(wanted))
    mark_retracted(articles.values())
    lead_images = {article.lead_image_id for article in articles.values() if article.lead_image_id}
    lead_pictures = pictures(lead_images, spec=CARD)
    topics = _first_topics(articles, locale)
    places = _first_places(articles, locale)
    return {
        chosen: _card(
            articles[page.pk],
            page=page,
            locale=locale,
            topic=topics.get(page.pk),
            place=places.get(page.pk),
            picture=lead_pictures.get(articles[page.pk].lead_image_id or 0),
        )
        for chosen, page in pages.items()
        if page.pk in articles
    }


def _card(
    article: ArticlePage,
    *,
    page: Page,
    locale: Locale,
    topic: Topic | None,
    place: Place | None,
    picture: MailPicture | None,
) -> StoryCard:
    foreign = page.locale.language_code if page.locale_id != locale.pk else ""
    return StoryCard(
        title=sendable_line(headline_of(article)),
        standfirst=sendable_line(article.standfirst),
        url=on_this_site(page.full_url or ""),
        topic=sendable_line(topic.name) if topic else "",
        place=sendable_line(place.name) if place else "",
        paper=topic.paper if topic else Paper.BUFF.value,
        picture=picture,
        language=foreign,
        language_label=_in_language(foreign) if foreign else "",
    )


def _in_language(code: str) -> str:
    """“in Spanish”, in the active language."""
    return _("in %(language)s") % {"language": language_name(code)}


def _first_topics(articles: dict[int, ArticlePage], locale: Locale) -> dict[int, Topic]:
    """The first topic of each article as ArticlePage.topic_list orders them, in the edition's language if it can be."""
    first: dict[int, Topic] = {}
    for model in ARTICLE_TYPES:
        key = f"{model._meta.model_name}_id"
        rows = model.topics.through.objects.filter(**{f"{key}__in": list(articles)}).select_related("topic")
        for row in sorted(
            rows,
            key=lambda row: topic_order(
                articles[getattr(row, key)].translation_key, row.topic.translation_key
            ),
        ):
            first.setdefault(getattr(row, key), row.topic)
    return _translated(Topic, first, locale)


def _first_places(articles: dict[int, ArticlePage], locale: Locale) -> dict[int, Place]:
    """The dateline of a story, the place of an event, else the first place by name."""
    first: dict[int, Place] = {}
    datelines = {
        pk: article.dateline_id if isinstance(article, StoryPage) else article.place_id
        for pk, article in articles.items()
        if isinstance(article, StoryPage | EventPage)
    }
    known = Place.objects.in_bulk([place_id for place_id in datelines.values() if place_id])
    first.update({pk: known[place_id] for pk, place_id in datelines.items() if place_id in known})
    for model in ARTICLE_TYPES:
        key = f"{model._meta.model_name}_id"
        rows = model.places.through.objects.filter(**{f"{key}__in": list(articles)}).select_related("place")
        for row in rows.order_by("place__name"):
            first.setdefault(getattr(row, key), row.place)
    return _translated(Place, first, locale)


def _translated(model: type[Term], terms: dict[int, Term], locale: Locale) -> dict[int, Term]:
    foreign = {term.translation_key for term in terms.values() if term.locale_id != locale.pk}
    here = {
        term.translation_key: term
        for term in model.objects.filter(translation_key__in=foreign, locale=locale)
    }
    return {pk: here.get(term.translation_key, term) for pk, term in terms.items()}
