"""The demo's drawn pictures: a poster per text and those of its gallery, as an image in each of its languages.

Each language has an image of its own, with the same drawing, because an image holds its alternative text and its
credit in one language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile

from newsroom.demo.content_files import Text
from newsroom.demo.drawing import Poster, drawn
from newsroom.demo.telling import Teller
from stories.models import CreditedImage

Pictures = dict[tuple[str, str], CreditedImage]

# What the storage appends when a name is taken stands between language and ending.
_FILE_NAME = re.compile(r"demo-(?P<key>[a-z0-9-]+)\.(?P<language>[a-z]{2})(_\w+)?\.png$")


@dataclass(frozen=True)
class Wanted:
    """A picture of a text: its lead, or one of the gallery in it."""

    key: str
    language: str
    motifs: tuple[str, ...]
    topics: tuple[str, ...]
    title: str
    alt: str


def load_pictures(texts: list[Text], network: dict[str, Any], *, teller: Teller, label: str) -> Pictures:
    """By (key of the text or of the gallery's picture, language code). Only what is missing is drawn."""
    pictures = _here()
    missing = [
        wanted for text in texts for wanted in _wanted(text) if (wanted.key, wanted.language) not in pictures
    ]
    posters = {wanted.key: _poster(wanted, network) for wanted in missing}
    for poster, drawing in teller.each(label, drawn(list(posters.values())), len(posters)):
        for wanted in missing:
            if wanted.key == poster.key:
                pictures[wanted.key, wanted.language] = _save(wanted, drawing, network)
    return pictures


def _wanted(text: Text) -> Iterator[Wanted]:
    front = text.front
    if "motif" in front:
        lead = {"key": text.key, "motif": front["motif"], "alt": front["image_alt"]}
        for picture in [lead, *front.get("gallery", [])]:
            yield Wanted(
                key=picture["key"],
                language=text.language,
                motifs=tuple(picture["motif"]),
                topics=tuple(front["topics"]),
                title=front["title"],
                alt=picture["alt"],
            )


def _here() -> Pictures:
    found = {}
    for image in CreditedImage.objects.filter(file__contains="/demo-"):
        if match := _FILE_NAME.search(image.file.name):
            found[match["key"], match["language"]] = image
    return found


def _poster(wanted: Wanted, network: dict[str, Any]) -> Poster:
    papers = {topic["key"]: topic["paper"] for topic in network["topics"]}
    return Poster(
        key=wanted.key, motifs=wanted.motifs, papers=tuple(papers[topic] for topic in wanted.topics)
    )


def _save(wanted: Wanted, drawing: bytes, network: dict[str, Any]) -> CreditedImage:
    return CreditedImage.objects.create(
        title=wanted.title,
        description=wanted.alt,
        credit=network["pictures"][wanted.language]["credit"],
        licence=network["default_licence"],
        may_be_republished=True,
        file=ContentFile(drawing, name=f"demo-{wanted.key}.{wanted.language}.png"),
    )
