"""The demo's stories, news, events, resources and drafts, with the dates they were published on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from wagtail.models import Page

from newsroom.demo.content_files import Text, demo_key
from newsroom.demo.kinds import set_event, set_resource
from newsroom.demo.markdown import article_blocks, paragraphs_html
from newsroom.demo.pictures import Pictures
from newsroom.demo.telling import Teller
from newsroom.demo.vocabulary import Vocabulary
from newsroom.models import User
from stories.models import ArticlePage, EventPage, NewsPage, ResourcePage, SectionPage, StoryPage
from stories.quality.going_out import going_out_together

MODELS: dict[str, type[ArticlePage]] = {
    "stories": StoryPage,
    "drafts": StoryPage,
    "news": NewsPage,
    "events": EventPage,
    "resources": ResourcePage,
}
SECTIONS = {
    "stories": "stories",
    "drafts": "stories",
    "news": "news",
    "events": "events",
    "resources": "resources",
}

# Page numbers by (key of the text, language code).
PageIds = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Shelf:
    """What articles are made with. `held_back` names the keys that are not published here."""

    vocabulary: Vocabulary
    pictures: Pictures
    sections: Mapping[tuple[str, str], SectionPage]
    author: User
    editor: User
    held_back: frozenset[str]


def page_ids(texts: Iterable[Text]) -> PageIds:
    """Those that exist, however they were renamed or moved since."""
    keys = {demo_key("article", text.key): text.key for text in texts}
    rows = Page.objects.filter(translation_key__in=keys).values_list(
        "translation_key", "locale__language_code", "pk"
    )
    return {(keys[translation_key], language): pk for translation_key, language, pk in rows}


def load_articles(texts: list[Text], shelf: Shelf, *, teller: Teller, label: str) -> PageIds:
    """Makes what is missing. Texts link to one another, so all pages come first and their words after."""
    known = page_ids(texts)
    missing = [text for text in texts if (text.key, text.language) not in known]
    # Originals before what was translated from them: that is how one tells them apart later.
    for text in sorted(missing, key=lambda text: text.language != text.front["original"]):
        _create(text, shelf)
    known = page_ids(texts)
    # A page without a revision has not got its words yet.
    wordless = set(
        Page.objects.filter(pk__in=known.values(), latest_revision=None).values_list("pk", flat=True)
    )
    waiting = [text for text in texts if known[text.key, text.language] in wordless]
    for text in teller.each(label, waiting, len(waiting)):
        _write(text, shelf, known)
    return known


def _create(text: Text, shelf: Shelf) -> None:
    front, language = text.front, text.language
    held_back = text.key in shelf.held_back
    page = MODELS[text.kind](
        title=front["title"],
        slug=front["slug"],
        standfirst=front["standfirst"],
        search_description=front["search_description"],
        lead_image=shelf.pictures[text.key, language],
        translator=shelf.vocabulary.authors[front["translator"], language] if "translator" in front else None,
        locale=shelf.vocabulary.locales[language],
        translation_key=demo_key("article", text.key),
        first_published_at=None if held_back else front["published"],
        owner=shelf.author,
        live=False,
    )
    for field in ("authors", "topics", "places"):
        setattr(page, field, shelf.vocabulary.terms(field, front[field], language))
    if isinstance(page, StoryPage):
        page.dateline = shelf.vocabulary.places[front["dateline"], language]
    elif isinstance(page, EventPage):
        set_event(page, front, places=shelf.vocabulary.places, language=language)
    elif isinstance(page, ResourcePage):
        set_resource(page, front, language=language)
    # Read anew: treebeard counts a parent's children in the object it was given.
    section = SectionPage.objects.get(pk=shelf.sections[SECTIONS[text.kind], language].pk)
    with transaction.atomic():
        section.add_child(instance=page)


def _write(text: Text, shelf: Shelf, known: PageIds) -> None:
    in_this_language = {key: pk for (key, language), pk in known.items() if language == text.language}
    pictures = {key: image for (key, language), image in shelf.pictures.items() if language == text.language}
    blocks = article_blocks(text.body, pages=in_this_language, name=text.name, pictures=pictures)
    model = MODELS[text.kind]
    with transaction.atomic():
        page = model.objects.get(pk=known[text.key, text.language])
        page.body = page.body.stream_block.to_python(blocks)
        if isinstance(page, EventPage):
            page.recap = paragraphs_html(text.front.get("recap", ""), pages=in_this_language)
        revision = page.save_revision(user=shelf.author, log_action=True)
        if text.key in shelf.held_back:
            return
        # The texts link to one another, those still to be published included.
        with going_out_together(known.values()):
            revision.publish(user=shelf.editor)
        # Publishing says now; these were published on their dates.
        model.objects.filter(pk=page.pk).update(last_published_at=text.front["published"])
