"""Rules as data: a name, a level, a test that yields faults, and the sentence that says them.

Other rooms add theirs with register_rule().
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from django.utils.functional import Promise

from stories.quality.reading import Piece, read

if TYPE_CHECKING:
    from stories.models.articles import ArticlePage
    from stories.quality.reading import ReadArticle

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """What a test found. `words` fill the rule's sentence; `address` is another admin page to mend it on."""

    piece: Piece | None = None
    field_name: str = ""
    address: str = ""
    words: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """An error keeps the article from being published. `message` may say %(where)s and the fault's words."""

    name: str
    level: Level
    test: "Callable[[ReadArticle], Iterable[Fault]]"
    message: str | Promise


@dataclass(frozen=True)
class Finding:
    """A fault as the screen shows it. `anchor` finds the field or block in the editor's form."""

    rule: str
    level: Level
    message: str
    anchor: str = ""
    address: str = ""


RULES: dict[str, Rule] = {}


def register_rule(rule: Rule) -> None:
    if rule.name in RULES:
        raise ValueError(f"There is a rule named {rule.name!r} already.")
    RULES[rule.name] = rule


def check_article(page: "ArticlePage") -> list[Finding]:
    """Every fault of the article as the object given holds it, errors first, in the active language."""
    return [*_found(page, "error"), *_found(page, "warning")]


def errors_of(page: "ArticlePage") -> list[Finding]:
    return _found(page, "error")


def _found(page: "ArticlePage", level: Level) -> list[Finding]:
    article = read(page)
    rules = [rule for rule in RULES.values() if rule.level == level]
    return [_finding(rule, fault) for rule in rules for fault in rule.test(article)]


def _finding(rule: Rule, fault: Fault) -> Finding:
    piece = fault.piece
    field_name = fault.field_name or (piece.field if piece else "")
    return Finding(
        rule=rule.name,
        level=rule.level,
        message=str(rule.message) % {"where": piece.where if piece else "", **fault.words},
        anchor=f"block-{piece.block_id}-section" if piece and piece.block_id else f"id_{field_name}",
        address=fault.address,
    )
