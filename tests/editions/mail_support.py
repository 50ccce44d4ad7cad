"""What a mail is made of, and what mail programs make of it: tests/payloads/caniemail.json read."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import tinycss2
from bs4 import BeautifulSoup
from bs4.element import Comment, Tag

CANIEMAIL = json.loads((Path(__file__).parents[1] / "payloads" / "caniemail.json").read_text())
CLIENTS: list[str] = CANIEMAIL["clients"]

# Older than any mail program, and no page of caniemail.com.
UNLISTED = {
    "element": {"html", "head", "title", "meta", "a", "b", "i", "br"},
    "attribute": {
        "alt", "border", "class", "colspan", "content", "href", "http-equiv", "media", "name", "rowspan", "src", "style", "type",
    },
    "property": {"color", "font-family", "font-style"},
}  # fmt: skip
# Whose page of caniemail.com covers it.
LISTED_AS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4"), "html-h1-h6"),
    **dict.fromkeys(("ul", "ol", "li"), "html-lists"),
    **dict.fromkeys(("table", "tbody", "thead", "tr", "td", "th"), "html-table"),
    "bgcolor": "html-background",
}
FAMILIES = ("padding", "margin", "border", "background", "text-decoration")


def features_used(html: str) -> dict[str, set[str]]:
    """{page of caniemail.com, or the thing itself when there is none: where it occurs}; Outlook's comments left out."""
    tree = BeautifulSoup(html, "html.parser")
    found: dict[str, set[str]] = {}
    for element in tree.find_all(True):
        for feature in _of_element(element):
            found.setdefault(feature, set()).add(element.name)
    for sheet in tree.find_all("style"):
        rules = tinycss2.parse_stylesheet(sheet.string or "", skip_comments=True, skip_whitespace=True)
        for feature in _of_rules(rules):
            found.setdefault(feature, set()).add("style sheet")
    if tree.find(string=lambda text: isinstance(text, Comment)):
        found["html-comments"] = {"page"}
    return found


def lacking(feature: str) -> list[str]:
    """Programs whose newest tested version shows it not at all."""
    row = CANIEMAIL["features"].get(feature)
    return (
        ["no program is known to"]
        if row is None
        else [c for c, mark in zip(CLIENTS, row, strict=True) if mark == "n"]
    )


def _of_element(element: Tag) -> Iterator[str]:
    name = element.name
    if name not in UNLISTED["element"]:
        yield LISTED_AS.get(name, f"html-{name}")
    for attribute, value in element.attrs.items():
        if attribute.startswith("xmlns"):
            continue
        if attribute == "style":
            yield from _of_declarations(tinycss2.parse_blocks_contents(str(value)))
        elif name == "meta" and value == "color-scheme":
            yield "html-meta-color-scheme"
        elif attribute not in UNLISTED["attribute"]:
            yield LISTED_AS.get(attribute, f"html-{attribute}")
        if attribute in ("src", "href") and (
            ending := re.search(r"\.(png|jpe?g|gif|webp|svg|avif)$", str(value))
        ):
            yield f"image-{'jpg' if ending[1] == 'jpeg' else ending[1]}"


def _of_rules(rules: list[tinycss2.ast.Node]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "at-rule":
            yield f"css-at-{rule.lower_at_keyword}"
            if "prefers-color-scheme" in tinycss2.serialize(rule.prelude):
                yield "css-at-media-prefers-color-scheme"
            yield from _of_rules(
                tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            )
        elif rule.type == "qualified-rule":
            yield from _of_selector(tinycss2.serialize(rule.prelude).strip())
            yield from _of_declarations(tinycss2.parse_blocks_contents(rule.content))


def _of_selector(selectors: str) -> Iterator[str]:
    if "," in selectors:
        yield "css-selector-grouping"
    for selector in map(str.strip, selectors.split(",")):
        for sign, feature in (
            ("#", "id"),
            (".", "class"),
            (">", "child"),
            ("*", "universal"),
            ("[", "attribute"),
            ("+", "adjacent-sibling"),
            ("~", "general-sibling"),
        ):
            if sign in selector:
                yield f"css-selector-{feature}"
        if re.search(r"[\w*]\s+[\w.#*]", selector):
            yield "css-selector-descendant"
        if re.search(r"(^|[\s>])[a-z]", selector):
            yield "css-selector-type"
        yield from (
            f"css-pseudo-class-{name}" for name in re.findall(r"(?<!:):([a-z-]+)", selector) if name != "root"
        )


def _of_declarations(declarations: list[tinycss2.ast.Node]) -> Iterator[str]:
    for declaration in declarations:
        if declaration.type != "declaration":
            continue
        name = declaration.lower_name
        # Words of one program for itself: the others pass them over.
        if name.startswith(("mso-", "-ms-", "-webkit-", "-moz-")) or name in UNLISTED["property"]:
            continue
        whole = f"css-{name}"
        yield (
            whole
            if whole in CANIEMAIL["features"]
            else next((f"css-{family}" for family in FAMILIES if name.startswith(f"{family}-")), whole)
        )
        if declaration.important:
            yield "css-important"
        for token in declaration.value:
            if token.type == "dimension":
                yield f"css-unit-{token.lower_unit}"
            elif token.type == "percentage":
                yield "css-unit-percent"
            elif token.type == "function":
                yield f"css-function-{token.lower_name}"
