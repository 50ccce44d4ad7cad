"""Rules about links. Pages and documents of this site are looked up; other sites are never asked."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents import get_document_model
from wagtail.images.blocks import ImageBlock
from wagtail.models import Page
from wagtail.rich_text import RichText

from stories.blocks import ButtonBlock, HeadingBlock
from stories.quality.going_out import opens_by
from stories.quality.own_addresses import addresses_nothing_answers
from stories.quality.reading import Link, Piece, ReadArticle
from stories.quality.registry import Fault, Rule

_HOST = re.compile(r"^[^\s.]+(\.[^\s.]+)+$|^localhost$|^\[[0-9a-f:]+\]$", re.IGNORECASE)
_ANCHOR = re.compile(r"^#[^\s#]+$")
_TELEPHONE = re.compile(r"^\+?[\d\s().-]{3,}$")
_ADDRESS_AS_WORDS = re.compile(r"^(https?://|www\.)\S+$", re.IGNORECASE)
# What the template of every article marks, whatever its text says.
_ANCHORS_OF_ALL = frozenset({"main", "ledger", "corrections"})
# Said alone, these do not tell where the link leads (WCAG 2.2, 2.4.4 and 2.4.9).
_SAYS_NOTHING = frozenset(
    """here|click|click here|click this|this|this link|link|more|read more|learn more|more information|more info
    |aquí|aqui|acá|clic|clic aquí|haz clic|haz clic aquí|haga clic aquí|pulsa aquí|pincha aquí|este enlace|enlace
    |más|leer más|ver más|saber más|más información
    |ici|cliquez|cliquez ici|cliquer ici|clique ici|ce lien|lien|plus|lire plus|lire la suite|en savoir plus
    |voir plus|plus d’informations|plus d'informations""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)


def link_leads_to_unpublished(article: ReadArticle) -> Iterator[Fault]:
    titles = _titles(article)
    closed = titles.keys() - opens_by(article.page, titles.keys())
    for piece, words, page_id in _page_links(article):
        if page_id in closed:
            address = reverse("wagtailadmin_pages:edit", args=[page_id])
            yield Fault(piece, address=address, words={"words": words, "title": titles[page_id]})


def link_leads_to_deleted(article: ReadArticle) -> Iterator[Fault]:
    titles = _titles(article)
    for piece, words, page_id in _page_links(article):
        if page_id not in titles:
            yield Fault(piece, words={"words": words})
    linked = {link.document_id for link in article.links if link.document_id is not None}
    if linked:
        there = set(get_document_model().objects.filter(pk__in=linked).values_list("pk", flat=True))
        for link in article.links:
            if link.document_id is not None and link.document_id not in there:
                yield Fault(link.piece, words={"words": link.words})


def choice_is_gone(article: ReadArticle) -> Iterator[Fault]:
    """A block without the page, document or picture it is about: deleted since, or never chosen."""
    for piece in article.pieces:
        block, value = piece.block, piece.value
        if isinstance(block, ButtonBlock):
            is_gone = not (value["page"] or value["url"])
        else:
            is_gone = value is None and _must_be_chosen(block)
        if is_gone:
            yield Fault(piece)


def _must_be_chosen(block: blocks.Block | None) -> bool:
    if isinstance(block, ImageBlock):
        return bool(block.child_blocks["image"].required)
    return isinstance(block, blocks.ChooserBlock) and bool(block.required)


def _page_links(article: ReadArticle) -> Iterator[tuple[Piece, str, int]]:
    for link in article.links:
        if link.page_id is not None:
            yield link.piece, link.words, link.page_id
    for piece in article.pieces:
        if isinstance(piece.value, Page):
            yield piece, piece.value.title, piece.value.pk


def _titles(article: ReadArticle) -> dict[int, str]:
    """Of the pages linked to, by number; without those that were deleted."""
    linked = {page_id for _piece, _words, page_id in _page_links(article)}
    return dict(Page.objects.filter(pk__in=linked).values_list("pk", "title")) if linked else {}


def address_cannot_be_followed(article: ReadArticle) -> Iterator[Fault]:
    for link in _typed(article):
        if not can_be_followed(link.href):
            yield Fault(link.piece, words={"address": link.href[:80] or "–"})


def address_leads_nowhere(article: ReadArticle) -> Iterator[Fault]:
    """A path or address of ours where nothing is, or an anchor this page does not have."""
    links = [link for link in _typed(article) if can_be_followed(link.href)]
    dead = addresses_nothing_answers([link.href for link in links if not link.href.strip().startswith("#")])
    anchors = _anchors(article)
    for link in links:
        anchor = link.href.strip()
        if link.href in dead or (anchor.startswith("#") and unquote(anchor[1:]) not in anchors):
            yield Fault(link.piece, words={"words": link.words[:80], "address": link.href[:80]})


def _anchors(article: ReadArticle) -> frozenset[str]:
    headings = {piece.value.anchor for piece in article.pieces if isinstance(piece.block, HeadingBlock)}
    corrections = {correction.anchor for correction in article.page.correction_list}
    texts = (piece.value.source for piece in article.pieces if isinstance(piece.value, RichText))
    count = sum(text.count("<footnote") for text in texts)
    notes = {f"{kind}-{number}" for kind in ("note", "mark") for number in range(1, count + 1)}
    return _ANCHORS_OF_ALL | headings | corrections | notes


def can_be_followed(href: str) -> bool:
    """Whether a browser makes sense of it: http, https, mailto, tel, a path of this site, an anchor of this page."""
    href = href.strip()
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return False
    match parts.scheme:
        case "http" | "https":
            return bool(_HOST.match(host)) and not re.search(r"\s", href)
        case "mailto":
            return _is_email(unquote(parts.path))
        case "tel":
            return bool(_TELEPHONE.match(unquote(parts.path)))
        case "":
            is_path = href.startswith("/") and not href.startswith("//") and not re.search(r"\s", href)
            return is_path or bool(_ANCHOR.match(href))
    return False


def _is_email(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def link_has_no_words(article: ReadArticle) -> Iterator[Fault]:
    for link in article.links:
        if not link.words:
            yield Fault(link.piece)


def words_do_not_say_where(article: ReadArticle) -> Iterator[Fault]:
    for link in article.links:
        if says_nothing(link.words):
            yield Fault(link.piece, words={"words": link.words[:80]})
    for piece in article.pieces:
        label = piece.value["label"] or "" if isinstance(piece.block, ButtonBlock) else ""
        if says_nothing(label):
            yield Fault(piece, words={"words": label})


def says_nothing(words: str) -> bool:
    """“Click here”, “aquí”, “ici”, or a bare address."""
    plain = " ".join(words.casefold().split()).strip(" .,:;!?…»«>→()[]\"'“”")
    return plain in _SAYS_NOTHING or bool(_ADDRESS_AS_WORDS.match(words.strip()))


def _typed(article: ReadArticle) -> Iterator[Link]:
    return (link for link in article.links if link.page_id is None and link.document_id is None)


RULES = [
    Rule(
        "unpublished_link",
        "error",
        link_leads_to_unpublished,
        _(
            "%(where)s: the link “%(words)s” leads to “%(title)s”, which is not published. "
            "Publish that page first, or take the link out."
        ),
    ),
    Rule(
        "deleted_link",
        "error",
        link_leads_to_deleted,
        _(
            "%(where)s: the link “%(words)s” leads to something that was deleted. Take it out, or let it lead elsewhere."
        ),
    ),
    Rule(
        "choice",
        "error",
        choice_is_gone,
        _(
            "%(where)s: what is to be shown or linked here is not chosen, or was deleted. "
            "Choose again, or take the block out."
        ),
    ),
    Rule(
        "address",
        "error",
        address_cannot_be_followed,
        _("%(where)s: nobody can follow the address “%(address)s”. Write it whole, with https:// before it."),
    ),
    Rule(
        "dead_link",
        "error",
        address_leads_nowhere,
        _(
            "%(where)s: the link “%(words)s” leads to “%(address)s”, and there is nothing. "
            "Choose the page it is meant for, or take the link out."
        ),
    ),
    Rule(
        "empty_link",
        "error",
        link_has_no_words,
        _("%(where)s: there is a link without words. Write what it leads to, or take it out."),
    ),
    Rule(
        "link_text",
        "warning",
        words_do_not_say_where,
        _(
            "%(where)s: the link says only “%(words)s”. Say where it leads: who has links read out hears nothing else."
        ),
    ),
]
