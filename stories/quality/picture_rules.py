"""Rules about pictures, wherever they stand."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage

from stories.quality.reading import Piece, ReadArticle
from stories.quality.registry import Fault, Rule


def _pictures(article: ReadArticle) -> Iterator[Piece]:
    return (piece for piece in article.pieces if isinstance(piece.value, AbstractImage))


def picture_is_not_described(article: ReadArticle) -> Iterator[Fault]:
    for piece in _pictures(article):
        if not _is_described(piece.value):
            # What a lead picture shows is said in the picture's own record, in a block beside the picture.
            yield Fault(piece, address="" if piece.block_id else _record(piece.value))


def _is_described(picture: Any) -> bool:
    """In this block or in the picture's own record. Its title, often a file's name, describes nothing."""
    here = getattr(picture, "decorative", False) or getattr(picture, "contextual_alt_text", "")
    return bool(here or picture.is_decorative or picture.description)


def nobody_is_credited(article: ReadArticle) -> Iterator[Fault]:
    for piece in _pictures(article):
        if not piece.value.credit.strip():
            yield Fault(piece, address=_record(piece.value), words={"title": piece.value.title})


def licence_is_missing(article: ReadArticle) -> Iterator[Fault]:
    for piece in _pictures(article):
        if not piece.value.licence:
            yield Fault(piece, address=_record(piece.value), words={"title": piece.value.title})


def _record(picture: Any) -> str:
    return reverse("wagtailimages:edit", args=[picture.pk])


RULES = [
    Rule(
        "alt_text",
        "error",
        picture_is_not_described,
        _(
            "%(where)s: the picture has no description for those who do not see it. "
            "Write one, or say that it is decorative."
        ),
    ),
    Rule(
        "credit",
        "error",
        nobody_is_credited,
        _("%(where)s: nobody is credited for the picture “%(title)s”. Say in its record who made it."),
    ),
    Rule(
        "picture_licence",
        "error",
        licence_is_missing,
        _(
            "%(where)s: the picture “%(title)s” has no licence. Choose one in its record, "
            "or another picture if you do not know it."
        ),
    ),
]
