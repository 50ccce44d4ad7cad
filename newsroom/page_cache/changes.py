"""A change of a row as tags: the questions it could have answered otherwise, before the change or after it.

Signals tell of it: what is written past them (`QuerySet.update()`, `bulk_create()`, SQL) is not seen before a page has
reached its age, unless it is followed by `everything_changed()`.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from wagtail.fields import StreamField
from wagtail.models import Page, PageLogEntry
from wagtail.signals import page_slug_changed, post_page_move

from newsroom.page_cache.questions import PAGE_TABLE, STEP, as_text
from newsroom.page_cache.stamps import StampsUnreachable, shared_stamps, slot_of
from newsroom.page_cache.tables import DRAFT_COLUMNS, Table, watched_tables

logger = logging.getLogger(__name__)

# Log entries about what only editors see.
_AMONG_EDITORS = ("wagtail.edit", "wagtail.create", "wagtail.lock", "wagtail.unlock", "wagtail.workflow")
SITE_TAG = "wagtailcore_site"
# Of every page and part: the site and its languages are remembered by Wagtail and not asked for each time.
OF_ALL = frozenset(slot_of(tag) for tag in ("everything", SITE_TAG, "wagtailcore_locale"))

Row = Mapping[str, Any]


def connect() -> None:
    tables = watched_tables()
    for model in apps.get_models():
        if model._meta.db_table not in tables:
            continue
        name = model._meta.label
        pre_save.connect(_remember, sender=model, dispatch_uid=f"page_cache_pre_save_{name}")
        post_save.connect(_saved, sender=model, dispatch_uid=f"page_cache_post_save_{name}")
        pre_delete.connect(_deleting, sender=model, dispatch_uid=f"page_cache_pre_delete_{name}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"page_cache_post_delete_{name}")
    m2m_changed.connect(_links_changed, dispatch_uid="page_cache_links")
    post_page_move.connect(_moved, dispatch_uid="page_cache_moved")
    page_slug_changed.connect(_branch_renamed, dispatch_uid="page_cache_slug")


def everything_changed() -> None:
    """For who writes past the signals: nothing that is kept anywhere is shown again."""
    _change_on_commit({"everything"})


def _remember(sender: type[models.Model], instance: models.Model, **arguments: Any) -> None:
    instance._page_cache_before = None  # type: ignore[attr-defined]
    if instance.pk is not None and not _is_nobodys(sender, arguments):
        instance._page_cache_before = _row(sender, instance.pk)  # type: ignore[attr-defined]


def _saved(sender: type[models.Model], instance: models.Model, **arguments: Any) -> None:
    if _is_nobodys(sender, arguments):
        return
    if isinstance(instance, PageLogEntry) and instance.action.startswith(_AMONG_EDITORS):
        return
    before = getattr(instance, "_page_cache_before", None)
    _change_on_commit(_tags(sender, instance.pk, before, _row(sender, instance.pk)))


def _deleting(sender: type[models.Model], instance: models.Model, **arguments: Any) -> None:
    _remember(sender, instance, **arguments)
    if instance.pk is not None and not _is_nobodys(sender, {}):
        instance._page_cache_links = _links_of(sender, instance.pk)  # type: ignore[attr-defined]


def _deleted(sender: type[models.Model], instance: models.Model, **_arguments: Any) -> None:
    if _is_nobodys(sender, {}):
        return
    before = getattr(instance, "_page_cache_before", None)
    tags = _tags(sender, before["pk"] if before else instance.pk, before, None)
    _change_on_commit(tags | getattr(instance, "_page_cache_links", set()))


def _is_nobodys(sender: type[models.Model], arguments: Mapping[str, Any]) -> bool:
    """Whether nothing is kept, or only what editors see is written."""
    if not settings.PAGE_CACHE_MB:
        return True
    names = arguments.get("update_fields")
    if names is None or not issubclass(sender, Page):
        return False
    columns = {getattr(sender._meta.get_field(name), "column", "") for name in names}
    return columns <= DRAFT_COLUMNS


def _links_changed(
    sender: type[models.Model], instance: models.Model, action: str, pk_set: set[Any] | None, **kwargs: Any
) -> None:
    table = watched_tables().get(sender._meta.db_table)
    if not settings.PAGE_CACHE_MB or table is None or not action.startswith("post_"):
        return
    if pk_set is None:
        everything_changed()  # cleared: nobody says of what
        return
    ends = [
        field
        for field in sender._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey) and isinstance(instance, field.related_model)
    ]
    here = {str(field.column): {instance.pk} for field in ends}
    others = {column: pk_set for column in table.groups if column not in here}
    _change_on_commit(_link_tags(table, {**here, **others}))


def _links_of(model: type[models.Model], pk: Any) -> set[str]:
    """Of the rows of automatic tables between it and others: they go with it, without a signal."""
    tags: set[str] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        through = relation.related_model
        if not isinstance(relation, models.ManyToOneRel) or not isinstance(through, type):
            continue
        table = watched_tables().get(through._meta.db_table)
        if table is None or not through._meta.auto_created:
            continue
        rows = through._base_manager.filter(**{relation.field.name: pk}).values_list(*table.groups)
        if values := [set(column) for column in zip(*rows, strict=True)]:
            tags |= _link_tags(table, dict(zip(table.groups, values, strict=True)))
    return tags


def _link_tags(table: Table, ends: Mapping[str, Collection[Any]]) -> set[str]:
    """Of rows that come or go between those keys, by column."""
    scopes = {table.name, *(f"{table.name}.{column}={pk}" for column, pks in ends.items() for pk in pks)}
    return {f"{table.name}~", *_with_columns(scopes, table.columns)}


def _moved(sender: type[Page], **_arguments: Any) -> None:
    """Also to another place among its siblings. The paths of the page, of later siblings, there and here, and of all pages below
    them change by SQL: too many to tell apart what could be answered as before."""
    if settings.PAGE_CACHE_MB:
        everything_changed()


def _branch_renamed(sender: type[Page], instance: Page, **_arguments: Any) -> None:
    """The addresses of all pages below have changed, by SQL."""
    if settings.PAGE_CACHE_MB:
        _change_on_commit(_branch(instance.path))


def _branch(path: str) -> set[str]:
    """Every page at that path and below, for who has linked to it."""
    pages = Page.objects.filter(path__startswith=path).values_list("pk", flat=True)
    return {f"{PAGE_TABLE}#{pk}" for pk in pages.iterator(chunk_size=2000)}


def _row(model: type[models.Model], pk: Any) -> Row | None:
    """The row as the database has it, without its long texts."""
    fields = [
        field.attname
        for field in model._meta.concrete_fields
        if field.column not in DRAFT_COLUMNS and not isinstance(field, StreamField)
    ]
    row = model._base_manager.filter(pk=pk).values("pk", *fields).first()
    if row is None:
        return None
    columns = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    return {columns.get(name, name): value for name, value in row.items()}


def _tags(model: type[models.Model], pk: Any, before: Row | None, after: Row | None) -> set[str]:
    if issubclass(model, Page):
        return set(_page_tags(model, pk, before, after))
    return set(_row_tags(watched_tables()[model._meta.db_table], pk, before, after))


def _row_tags(table: Table, pk: Any, before: Row | None, after: Row | None) -> Iterator[str]:
    yield from (f"{table.name}#{pk}", f"{table.name}~")
    scopes = [
        {table.name, f"{table.name}#{pk}"}
        | {f"{table.name}.{column}={as_text(row[column])}" for column in table.groups}
        for row in (before, after)
        if row is not None
    ]
    yield from _changed(scopes, before, after)


def _page_tags(model: type[models.Model], pk: Any, before: Row | None, after: Row | None) -> Iterator[str]:
    """A page that is not live, before and after, is nobody's business."""
    rows = [row for row in (before, after) if row is not None]
    if not any(row["live"] for row in rows):
        return
    yield f"{PAGE_TABLE}#{pk}"
    yield from (f"{name}~" for row in rows for name in (PAGE_TABLE, _own_table(model, row)))
    if any(row["depth"] <= 2 for row in rows):
        yield SITE_TAG  # a language's home page: the beginning of all its addresses
    scopes = [_page_scopes(model, pk, row) for row in rows]
    if before is not None and after is not None and before["live"] != after["live"]:
        # It comes or goes, for whoever asks; all its columns are new to them.
        before, after = (None, after) if after["live"] else (before, None)
    yield from _changed(scopes, before, after)


def _page_scopes(model: type[models.Model], pk: Any, row: Row) -> set[str]:
    names = {PAGE_TABLE, _own_table(model, row)}
    return {
        scope
        for name in names
        for scope in (
            f"{PAGE_TABLE}#{pk}",
            name,
            *(
                f"{name}.{column}={as_text(row[column])}"
                for column in ("translation_key", "locale_id", "slug")
            ),
            *_tree_scopes(name, row["path"]),
        )
    }


def _own_table(model: type[models.Model], row: Row) -> str:
    if model._meta.db_table != PAGE_TABLE:
        return model._meta.db_table
    from django.contrib.contenttypes.models import ContentType

    own = ContentType.objects.get_for_id(row["content_type_id"]).model_class()
    return own._meta.db_table if own else PAGE_TABLE


def _tree_scopes(name: str, path: str) -> Iterator[str]:
    yield f"{name}.path={path}"
    for end in range(STEP, len(path) + 1, STEP):
        yield f"{name}.under={path[:end]}"


def _changed(scopes: Sequence[set[str]], before: Row | None, after: Row | None) -> Iterator[str]:
    """What comes or goes concerns every question it could answer, or one of its columns could. What stays, those that look at a column
    whose value is another, and those whose group it joins or leaves."""
    if before is None or after is None:
        yield from _with_columns(set().union(*scopes), before or after or ())
        return
    first, second = scopes
    yield from _with_columns(first ^ second, after)
    for column in after:
        if after[column] != before[column]:
            yield from (f"{scope}~{column}" for scope in first | second)


def _with_columns(scopes: Iterable[str], columns: Iterable[str]) -> Iterator[str]:
    names = ["", *(f"~{column}" for column in columns)]
    return (f"{scope}{name}" for scope in scopes for name in names)


def _change_on_commit(tags: set[str]) -> None:
    if tags:
        slots = {slot_of(tag) for tag in tags}
        transaction.on_commit(lambda: _change(slots))


def _change(slots: set[int]) -> None:
    try:
        shared_stamps().change(slots)
    except StampsUnreachable as error:
        logger.error("The page cache's stamps cannot be changed (%s): kept pages may be a minute old.", error)
