"""Reports → Translations: every original, and how it stands in each language."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Exists, OuterRef, Q, TextChoices
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import MultipleContentTypeFilter, WagtailFilterSet
from wagtail.admin.views.reports import ReportView
from wagtail.models import Locale, Page, WorkflowState
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet

from stories.translating.translations import translated_types

ROWS_AT_A_TIME = 200
# What a spreadsheet takes for a formula (OWASP, CSV Injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class State(TextChoices):
    ORIGINAL = "original", _("Original")
    MISSING = "missing", _("Missing")
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in-review", _("In review")
    MOVED_ON = "moved-on", _("Original moved on")
    LIVE = "live", _("Live")


@dataclass(frozen=True)
class Cell:
    """One page in one language. `url` is where to translate or edit it; empty for who may do neither."""

    state: State
    is_live: bool = False
    url: str = ""

    def __str__(self) -> str:
        return str(self.state.label)


@dataclass(frozen=True)
class Row:
    """`cells` by language code, in the order of the columns."""

    page: Page
    title: str
    kind: str
    language: str
    cells: dict[str, Cell]


def originals() -> PageQuerySet:
    """Of pages that are translations of each other the oldest. A page in one language only is one too."""
    older = Page.objects.filter(translation_key=OuterRef("translation_key"), pk__lt=OuterRef("pk"))
    return Page.objects.type(*translated_types()).filter(~Exists(older), alias_of=None)


def to_do_in(pages: PageQuerySet, locale: Locale) -> PageQuerySet:
    """The originals of which that language has no published page, or one that was made from an older text."""
    readable = Page.objects.filter(
        translation_key=OuterRef("translation_key"), locale=locale, live=True, alias_of=None
    )
    published = Page.objects.filter(live_revision=OuterRef("translated_from"))
    behind = Q()
    for model in translated_types():
        made = model._default_manager.filter(locale=locale, translated_from__isnull=False)
        behind |= Q(pk__in=made.filter(~Exists(published)).values("pk"))
    return pages.exclude(locale=locale).filter(
        ~Exists(readable) | Q(live_revision__isnull=False) & Exists(readable.filter(behind))
    )


def rows_of(pages: Iterable[Page], locales: list[Locale], user: Any) -> list[Row]:
    """In a number of queries that depends on the number of types, not of pages."""
    pages = list(pages)
    group = list(
        Page.objects.filter(translation_key__in={page.translation_key for page in pages}, alias_of=None)
    )
    by_key: dict[Any, dict[int, Page]] = defaultdict(dict)
    for page in group:
        by_key[page.translation_key][page.locale_id] = page
    states = _states(group)
    kinds = ContentType.objects.get_for_models(*translated_types())
    names = {content_type.pk: model._meta.verbose_name for model, content_type in kinds.items()}
    codes = {locale.pk: locale.language_code for locale in locales}
    may_translate = user.has_perm("simple_translation.submit_translation")
    return [
        Row(
            page=page,
            title=page.draft_title or page.title,
            kind=str(names.get(page.content_type_id, "")),
            language=codes.get(page.locale_id, ""),
            cells={
                locale.language_code: _cell(
                    page, by_key[page.translation_key].get(locale.pk), states, user, may_translate
                )
                for locale in locales
            },
        )
        for page in pages
    ]


def _cell(
    original: Page, page: Page | None, states: dict[int, State], user: Any, may_translate: bool
) -> Cell:
    wanted = page or original
    if not page_permission_policy.user_has_permission_for_instance(user, "change", wanted):
        url = ""
    elif page is not None:
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    else:
        url = (
            reverse("simple_translation:submit_page_translation", args=[original.pk]) if may_translate else ""
        )
    if page is None:
        return Cell(State.MISSING, url=url)
    state = State.ORIGINAL if page.pk == original.pk else states[page.pk]
    return Cell(state, is_live=page.live, url=url)


def _states(pages: list[Page]) -> dict[int, State]:
    by_id = {page.pk: page for page in pages}
    behind: set[int] = set()
    for model in translated_types():
        made = model._default_manager.filter(pk__in=by_id, translated_from__isnull=False)
        source = Cast("translated_from__object_id", BigIntegerField())
        for key, revision, original in made.values_list("pk", "translated_from_id", source):
            newest = by_id[original].live_revision_id if original in by_id else None
            if newest is not None and newest != revision:
                behind.add(key)
    reviewed = WorkflowState.objects.filter(
        status=WorkflowState.STATUS_IN_PROGRESS,
        base_content_type=ContentType.objects.get_for_model(Page),
        object_id__in=[str(key) for key in by_id],
    )
    in_review = {int(key) for key in reviewed.values_list("object_id", flat=True)}
    return {
        key: State.IN_REVIEW
        if key in in_review
        else State.MOVED_ON
        if key in behind
        else State.LIVE
        if page.live
        else State.DRAFT
        for key, page in by_id.items()
    }


def _kinds(_request: Any) -> Any:
    keys = [
        content_type.pk for content_type in ContentType.objects.get_for_models(*translated_types()).values()
    ]
    return ContentType.objects.filter(pk__in=keys).order_by("model")


class TranslationFilterSet(WagtailFilterSet):
    title = django_filters.CharFilter(label=_("Title"), lookup_expr="icontains")
    content_type = MultipleContentTypeFilter(label=_("Kind"), queryset=_kinds)
    locale = django_filters.ModelChoiceFilter(
        label=_("Original in"), queryset=lambda _request: Locale.objects.all()
    )
    to_do = django_filters.ModelChoiceFilter(
        label=_("Missing or behind in"), queryset=lambda _request: Locale.objects.all(), method="filter_to_do"
    )

    class Meta:
        model = Page
        fields = ["title", "content_type", "locale"]

    def filter_to_do(self, queryset: PageQuerySet, _name: str, value: Locale) -> PageQuerySet:
        return to_do_in(queryset, value)


class TranslationBoard(ReportView):
    """Read-only. A row for each original the person may edit, a column for each language."""

    page_title = _("Translations")
    header_icon = "globe"
    model = Page
    index_url_name = "translation_board"
    index_results_url_name = "translation_board_results"
    results_template_name = "stories/admin/translation_board_results.html"
    filterset_class = TranslationFilterSet
    permission_policy = page_permission_policy
    any_permission_required = ["add", "change", "publish"]
    export_filename = "translations"
    custom_value_preprocess = {
        **ReportView.custom_value_preprocess,
        str: {ReportView.FORMAT_CSV: lambda text: f"'{text}" if text.startswith(FORMULA) else text},
    }

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.locales = list(Locale.objects.all())
        names = {f"cells.{locale.language_code}": locale.get_display_name() for locale in self.locales}
        self.list_export = ["title", "kind", "language", *names]
        self.export_headings = {"title": _("Title"), "kind": _("Kind"), "language": _("Original in"), **names}

    def get_queryset(self) -> PageQuerySet:
        editable = page_permission_policy.instances_user_has_permission_for(self.request.user, "change")
        return originals().filter(pk__in=editable.values("pk")).order_by("-latest_revision_created_at", "-pk")

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        return self._in_portions(object_list) if self.is_export else self._rows(object_list)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["locales"] = self.locales
        return context

    def _rows(self, pages: Iterable[Page]) -> list[Row]:
        return rows_of(pages, self.locales, self.request.user)

    def _in_portions(self, pages: PageQuerySet) -> Iterator[Row]:
        """An export of thirty thousand pages holds few of them at a time."""
        found = pages.iterator(chunk_size=ROWS_AT_A_TIME)
        while portion := list(islice(found, ROWS_AT_A_TIME)):
            yield from self._rows(portion)
