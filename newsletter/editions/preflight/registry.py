"""Rules as data: a name, a level, and a test that yields faults. Other rooms add theirs with register_rule()."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import translation

from newsletter.audience.models import Newsletter
from newsletter.editions.models import EditionPage
from newsletter.editions.parts import Cards, Part, cards_of, parts_for
from newsletter.editions.rendering import RenderedVersion, render_version
from newsletter.editions.versions import language_versions

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """What a rule found. Without a version it concerns the whole edition."""

    message: str
    version: "CheckedVersion | None" = None
    block_id: str = ""


@dataclass(frozen=True)
class Finding:
    """A fault as the screen shows it. An error blocks the sending; `page_id` is the page to mend it on."""

    rule: str
    level: Level
    message: str
    language: str = ""
    block_id: str = ""
    page_id: int | None = None


@dataclass(frozen=True)
class CheckedVersion:
    """One language. `smallest` is what somebody gets who is in none of the segments and chose topics on which nothing is
    new, `fullest` somebody who is in all of them and chose no topic.
    """

    language: str
    edition: EditionPage
    cards: Cards
    parts_for_everybody: list[Part]
    smallest: RenderedVersion
    fullest: RenderedVersion


@dataclass(frozen=True)
class CheckedEdition:
    edition: EditionPage
    newsletter: Newsletter
    versions: list[CheckedVersion]


@dataclass(frozen=True)
class Rule:
    name: str
    level: Level
    test: Callable[[CheckedEdition], Iterable[Fault]]


RULES: dict[str, Rule] = {}


def register_rule(rule: Rule) -> None:
    if rule.name in RULES:
        raise ValueError(f"There is a rule named {rule.name!r} already.")
    RULES[rule.name] = rule


def check_edition(
    edition: EditionPage,
    *,
    versions: Mapping[str, EditionPage] | None = None,
    until: datetime | None = None,
) -> list[Finding]:
    """Every fault of these versions of the edition, or of its latest revisions in all its languages, errors first.

    `until` is the moment after which a story is no longer new; without it, it is now.
    """
    newsletter = edition.newsletter
    versions = versions or language_versions(edition)
    checked = CheckedEdition(
        edition=edition,
        newsletter=newsletter,
        versions=[
            _checked_version(language, version, newsletter=newsletter, until=until)
            for language, version in versions.items()
        ],
    )
    findings = [_finding(rule, fault) for rule in RULES.values() for fault in rule.test(checked)]
    return sorted(findings, key=lambda finding: finding.level != "error")


def _checked_version(
    language: str, edition: EditionPage, *, newsletter: Newsletter, until: datetime | None
) -> CheckedVersion:
    with translation.override(language):
        cards = cards_of(edition, until=until)
    return CheckedVersion(
        language=language,
        edition=edition,
        cards=cards,
        parts_for_everybody=parts_for(
            edition, shown_segments=frozenset(), shown_topics=frozenset(), words=str, cards=cards
        ),
        smallest=render_version(
            edition, newsletter=newsletter, shown_segments=frozenset(), shown_topics=frozenset(), cards=cards
        ),
        fullest=render_version(edition, newsletter=newsletter, shown_segments=None, cards=cards),
    )


def _finding(rule: Rule, fault: Fault) -> Finding:
    return Finding(
        rule=rule.name,
        level=rule.level,
        message=fault.message,
        language=fault.version.language if fault.version else "",
        block_id=fault.block_id,
        page_id=fault.version.edition.pk if fault.version else None,
    )
