"""WordPress REST documents for tests, as the interface writes them."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from stories.wordpress.blocks import Block, as_stream
from stories.wordpress.conversion import convert
from stories.wordpress.parity import ImportCheck, check_import
from stories.wordpress.report import Report

LINK = "https://old.weft.example/about/kitchen/"
DEMO_DOCUMENT = Path(settings.BASE_DIR) / "newsroom" / "demo" / "content" / "wordpress-page.json"


def record(html: str = "<p>Soup at noon.</p>", **changes: Any) -> dict[str, Any]:
    return {
        "id": 41,
        "date": "2022-03-01T10:00:00",
        "date_gmt": "2022-03-01T09:00:00",
        "guid": {"rendered": "https://old.weft.example/?page_id=41"},
        "modified": "2023-05-02T12:30:00",
        "modified_gmt": "2023-05-02T10:30:00",
        "slug": "kitchen",
        "status": "publish",
        "type": "page",
        "link": LINK,
        "title": {"rendered": "The kitchen &#8211; <em>ours</em>"},
        "content": {"rendered": html, "protected": False},
        "excerpt": {"rendered": "", "protected": False},
        "featured_media": 0,
        **changes,
    }


def write(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def converted(html: str) -> tuple[list[Block], Report]:
    """The blocks of a text; the import check must hold for every text a test converts."""
    blocks, report = convert(html, base=LINK)
    assert checked(html, blocks).losses == ()
    return blocks, report


def checked(html: str, blocks: list[Block]) -> ImportCheck:
    return check_import(html, as_stream(blocks, {})[0], base=LINK, pictures={})
