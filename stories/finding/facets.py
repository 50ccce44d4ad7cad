"""By what results can be narrowed, with how many there would be."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.models import Locale

from stories.finding.kinds import all_kinds, kind_by_content_type
from stories.finding.matching import Match
from stories.finding.published import terms_of_articles
from stories.models import Place, Topic
from stories.remembering import remembered


@dataclass(frozen=True)
class Option:
    """`count` is None where it was not counted."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """`name` is the parameter in the address; `any_label` says that it does not matter."""

    name: str
    label: str | Promise
    any_label: str | Promise
    options: list[Option] = field(default_factory=list)


def count_kinds(found: list[Match], *, chosen: str) -> Facet:
    kinds = kind_by_content_type()
    counts = Counter(kinds[one.content_type_id].name for one in found)
    options = [
        Option(kind.name, str(kind.label), counts[kind.name], kind.name == chosen)
        for kind in all_kinds()
        if counts[kind.name] or kind.name == chosen
    ]
    return Facet("kind", _("Kind"), _("Everything"), options)


def count_terms(
    model: type[Topic | Place], page_ids: list[int] | None, *, locale: Locale, chosen: str
) -> Facet:
    """`page_ids` None: all terms of the language, uncounted."""
    name, label, any_label = {
        Topic: ("topic", _("Topic"), _("Every topic")),
        Place: ("place", _("Place"), _("Every place")),
    }[model]
    terms: tuple[Any, ...] = remembered(
        f"{name}s of locale {locale.pk}", lambda: tuple(model.objects.filter(locale=locale))
    )
    counts = None if page_ids is None else _counts(f"{name}s", page_ids)
    options = [
        Option(
            term.slug,
            term.name,
            None if counts is None else counts[term.translation_key],
            term.slug == chosen,
        )
        for term in terms
        if counts is None or counts[term.translation_key] or term.slug == chosen
    ]
    return Facet(name, label, any_label, options)


def _counts(field_name: str, page_ids: list[int]) -> Counter[Any]:
    if not page_ids:
        return Counter()
    return Counter(row["key"] for row in terms_of_articles(field_name, page_ids=page_ids))


def count_years(found: list[Match], *, chosen: int | None) -> Facet:
    """Years on the newsroom's own clock."""
    counts: Counter[int] = Counter()
    moments = sorted(one.published for one in found if one.published)
    at = 0
    while at < len(moments):
        year = _year_of(moments[at])
        after = _end_of(year)
        begun = at
        while at < len(moments) and moments[at] < after:
            at += 1
        counts[year] += at - begun
    if chosen is not None:
        counts.setdefault(chosen, 0)
    options = [
        Option(str(year), str(year), counts[year], year == chosen) for year in sorted(counts, reverse=True)
    ]
    return Facet("year", _("Year"), _("Any time"), options)


def _year_of(moment: Any) -> int:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return timezone.localtime(moment).year


def _end_of(year: int) -> Any:
    """The year's end as the driver writes moments, to be compared with them."""
    end = datetime(year + 1, 1, 1, tzinfo=timezone.get_current_timezone())
    return connection.ops.adapt_datetimefield_value(end)
