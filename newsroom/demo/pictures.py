"""The demo's drawn pictures: one poster per story and news item, as an image in each of its languages.

Each language has an image of its own, with the same drawing, because an image holds its alternative text and its
credit in one language.
"""

import re
from typing import Any

from django.core.files.base import ContentFile

from newsroom.demo.content_files import Text
from newsroom.demo.drawing import Poster, drawn
from newsroom.demo.telling import Teller
from stories.models import CreditedImage

Pictures = dict[tuple[str, str], CreditedImage]

# What the storage appends when a name is taken stands between language and ending.
_FILE_NAME = re.compile(r"demo-(?P<key>[a-z0-9-]+)\.(?P<language>[a-z]{2})(_\w+)?\.png$")


def load_pictures(texts: list[Text], network: dict[str, Any], *, teller: Teller, label: str) -> Pictures:
    """By (key of the text, language code). Only what is missing is drawn."""
    pictures = _here()
    missing = [text for text in texts if "motif" in text.front and (text.key, text.language) not in pictures]
    posters = {text.key: _poster(text, network) for text in missing}
    for poster, drawing in teller.each(label, drawn(list(posters.values())), len(posters)):
        for text in missing:
            if text.key == poster.key:
                pictures[text.key, text.language] = _save(text, drawing, network)
    return pictures


def _here() -> Pictures:
    found = {}
    for image in CreditedImage.objects.filter(file__contains="/demo-"):
        if match := _FILE_NAME.search(image.file.name):
            found[match["key"], match["language"]] = image
    return found


def _poster(text: Text, network: dict[str, Any]) -> Poster:
    papers = {topic["key"]: topic["paper"] for topic in network["topics"]}
    return Poster(
        key=text.key,
        motifs=tuple(text.front["motif"]),
        papers=tuple(papers[topic] for topic in text.front["topics"]),
    )


def _save(text: Text, drawing: bytes, network: dict[str, Any]) -> CreditedImage:
    alternative = text.front["image_alt"]
    return CreditedImage.objects.create(
        title=text.front["title"],
        description=alternative,
        credit=network["pictures"][text.language]["credit"],
        licence=network["default_licence"],
        may_be_republished=True,
        file=ContentFile(drawing, name=f"demo-{text.key}.{text.language}.png"),
    )
