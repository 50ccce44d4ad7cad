"""Blocks of the demo's texts that are more than a paragraph, between `::: name words` and `:::`.

::: pull-quote               the sentence
::: call-out Heading         paragraphs
::: accordion                `# question`, then its paragraphs, and so on
::: numbers Source           lines `figure | what it counts`
::: timeline                 lines `when | what happened`
::: table Caption | Source   lines `a | b | c`: the headings first; columns whose heading ends in # hold figures
::: gallery Caption          lines `key of a picture | caption`
"""

from collections.abc import Callable, Mapping
from typing import Any

from newsroom.demo.content_files import ContentError
from stories.models import CreditedImage

Rich = Callable[[str], str]


def fenced_block(
    chunk: str, *, paragraphs: Rich, line: Rich, pictures: Mapping[str, CreditedImage]
) -> tuple[str, Any]:
    """The block's type and value, list members not wrapped yet.

    `paragraphs` and `line` make HTML of what stands in the fence. Raises ContentError.
    """
    head, *lines = chunk.splitlines()[:-1]
    name, _space, words = head.removeprefix(":::").strip().partition(" ")
    makers: dict[str, Callable[[], tuple[str, Any]]] = {
        "pull-quote": lambda: ("pull_quote", {"text": " ".join(lines).strip()}),
        "call-out": lambda: ("call_out", {"heading": words, "text": paragraphs("\n".join(lines))}),
        "accordion": lambda: ("accordion", {"items": _questions(lines, paragraphs)}),
        "numbers": lambda: (
            "numbers",
            {
                "items": [{"figure": figure, "counts": counts} for figure, counts in _rows(lines, 2)],
                "source": words,
                "source_link": "",
            },
        ),
        "timeline": lambda: (
            "timeline",
            {"items": [{"when": when, "text": f"<p>{line(text)}</p>"} for when, text in _rows(lines, 2)]},
        ),
        "table": lambda: ("table", _table(words, lines, line)),
        "gallery": lambda: ("gallery", {"pictures": _pictures(lines, pictures), "caption": words}),
    }
    if name not in makers:
        raise ContentError(f"nothing is made of “{head}”.")
    return makers[name]()


def _rows(lines: list[str], columns: int) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line.strip()]
    for row in rows:
        if len(row) != columns:
            raise ContentError(f"{columns} parts are wanted, not {len(row)}: {' | '.join(row)}")
    return rows


def _questions(lines: list[str], paragraphs: Rich) -> list[dict[str, str]]:
    _before, *parts = ("\n" + "\n".join(lines)).split("\n# ")
    return [
        {"title": title.strip(), "text": paragraphs(text)}
        for title, _end, text in (part.partition("\n") for part in parts)
    ]


def _table(words: str, lines: list[str], line: Rich) -> dict[str, Any]:
    caption, _bar, source = words.partition(" | ")
    headings, *rows = _rows(lines, lines[0].count("|") + 1)
    kinds = ["figure" if heading.endswith("#") else "text" for heading in headings]
    cells = {
        "columns": [
            {"type": kind, "heading": heading.rstrip("#").strip()}
            for kind, heading in zip(kinds, headings, strict=True)
        ],
        "rows": [
            {
                "values": [
                    cell if kind == "figure" else f"<p>{line(cell)}</p>"
                    for kind, cell in zip(kinds, row, strict=True)
                ]
            }
            for row in rows
        ],
        "caption": caption,
    }
    return {"table": cells, "row_headings": True, "source": source}


def _pictures(lines: list[str], pictures: Mapping[str, CreditedImage]) -> list[dict[str, Any]]:
    return [
        {
            "image": {"image": image.pk, "decorative": False, "alt_text": image.alt},
            "caption": caption,
        }
        for image, caption in ((_named(key, pictures), caption) for key, caption in _rows(lines, 2))
    ]


def _named(key: str, pictures: Mapping[str, CreditedImage]) -> CreditedImage:
    if key not in pictures:
        raise ContentError(f"there is no picture named “{key}”.")
    return pictures[key]
