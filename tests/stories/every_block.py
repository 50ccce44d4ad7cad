"""A text with every block that stands beside the words, as the database stores it."""

from typing import Any

from django.core.files.base import ContentFile
from wagtail.documents.models import Document

from stories.models import CreditedImage
from tests.stories.factories import ImageFactory

Stored = dict[str, Any]


def listed(*values: Any) -> list[Stored]:
    """Members of a list block."""
    return [{"type": "item", "value": value, "id": f"item-{place}"} for place, value in enumerate(values)]


def block(kind: str, value: Any) -> Stored:
    return {"type": kind, "value": value, "id": f"block-{kind}"}


def chosen(image: CreditedImage, alt: str = "A hand on the rope") -> Stored:
    return {"image": image.pk, "decorative": False, "alt_text": alt}


def gallery(*images: CreditedImage, caption: str = "Three mornings at the weir") -> Stored:
    pictures = [
        {"image": chosen(image, f"Morning {place}"), "caption": f"The {place}th morning"}
        for place, image in enumerate(images, 1)
    ]
    return block("gallery", {"pictures": listed(*pictures), "caption": caption})


def sound(name: str = "bell.mp3") -> Document:
    return Document.objects.create(title="Bell", file=ContentFile(b"ID3" + b"\0" * 997, name=name))


def audio(document: Document, **changes: Any) -> Stored:
    value = {
        "title": "The bell of the mill",
        "sound": document.pk,
        "length": "0:38",
        "caption": "Recorded by Ada Ruiz",
        "transcript": "<p>Three strokes: the oven is hot.</p>",
    }
    return block("audio", {**value, **changes})


def table(*rows: tuple[str, ...], caption: str = "Loaves by season", **changes: Any) -> Stored:
    """Columns: season (words), loaves and paid in full (figures)."""
    cells = {
        "columns": [
            {"type": "text", "heading": "Season"},
            {"type": "figure", "heading": "Loaves"},
            {"type": "figure", "heading": "Paid in full"},
        ],
        "rows": [{"values": list(row)} for row in rows or (("<p>Spring</p>", "4,120", "61 %"),)],
        "caption": caption,
    }
    return block("table", {"table": cells, "row_headings": True, "source": "the bakery’s sheet", **changes})


PULL_QUOTE = block("pull_quote", {"text": "Nobody owns the boiler, and everybody reads the meter."})
CALL_OUT = block(
    "call_out", {"heading": "What to bring", "text": "<p>A cup and <b>last year’s sheet</b>.</p>"}
)
ACCORDION = block(
    "accordion",
    {
        "items": listed(
            {"title": "Who may vote?", "text": "<p>Whoever worked one shift.</p>"},
            {"title": "What if nobody agrees?", "text": "<p>Then we eat first.</p>"},
        )
    },
)
NUMBERS = block(
    "numbers",
    {
        "items": listed(
            {"figure": "61", "counts": "groups in the network"},
            {"figure": "2,440,000", "counts": "pesos in the common fund"},
        ),
        "source": "the network’s register",
        "source_link": "https://register.weft.example/",
    },
)
TIMELINE = block(
    "timeline",
    {
        "items": listed(
            {"when": "April 2025", "text": "<p>Four kilos each.</p>"},
            {"when": "9 August", "text": "<p>It <b>hails</b> for twelve minutes.</p>"},
        )
    },
)
NOTED = block(
    "paragraph",
    "<p>The mill opens at six<footnote>Five in summer.</footnote>, and the loaves leave at eight.</p>"
    "<p>A second paragraph, without a note, so that the two stand apart from one another.</p>",
)


def every_block() -> list[Stored]:
    """Makes the pictures and the sound too. Footnotes stand in two texts."""
    return [
        NOTED,
        PULL_QUOTE,
        CALL_OUT,
        block(
            "paragraph",
            '<p>Nobody counted them<footnote>See <a href="https://sums.weft.example/">the <i>sums</i></a>, p. 3.'
            "</footnote> until spring.</p>",
        ),
        table(("<p>Spring</p>", "4,120", "61 %"), ("<p>Summer</p>", "3,870", "58 %")),
        NUMBERS,
        TIMELINE,
        ACCORDION,
        gallery(ImageFactory(), ImageFactory(), ImageFactory()),
        audio(sound()),
    ]
