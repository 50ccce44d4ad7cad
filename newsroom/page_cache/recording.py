"""What a page is made from, written down while it is made: every question to the database, and every row that came back."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.models import Model
from django.db.models.signals import post_init
from wagtail.models import Page

from newsroom.page_cache.questions import PAGE_TABLE, tables_in, tags_of
from newsroom.page_cache.tables import NOT_WATCHED, watched_tables

_ABOUT_TRANSACTIONS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "PRAGMA", "SET ")


@dataclass
class Recording:
    tags: set[str] = field(default_factory=set)
    slots: set[int] = field(default_factory=set)
    """The places of tags that were written down before, of a part that was remembered."""
    is_somebodys: bool = False
    """It was made from a table that holds people, or that nobody watches: it may not be kept."""

    def note_question(self, sql: str, parameters: Any) -> None:
        if not sql.lstrip("(").startswith("SELECT"):
            # What writes is made for the one who asked; what is neither is not understood.
            self.is_somebodys |= not sql.startswith(_ABOUT_TRANSACTIONS)
            return
        tables = watched_tables()
        if any(name not in tables and name not in NOT_WATCHED for name in tables_in(sql)):
            self.is_somebodys = True
        self.tags.update(tags_of(sql, parameters if isinstance(parameters, list | tuple) else ()))


_here = threading.local()


@contextmanager
def recording() -> Iterator[Recording]:
    """Records what this thread asks. What is recorded inside of another recording belongs to both."""
    made_from = Recording()
    around: Recording | None = getattr(_here, "recording", None)

    def note(
        execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        made_from.note_question(sql, parameters)
        return execute(sql, parameters, many, context)

    _here.recording = made_from
    try:
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(note))
            yield made_from
    finally:
        _here.recording = around
        if around is not None:
            around.tags |= made_from.tags
            around.slots |= made_from.slots
            around.is_somebodys |= made_from.is_somebodys


def add_to_recording(slots: Iterable[int]) -> None:
    """What this thread's page is made from besides, without a question to the database."""
    made_from: Recording | None = getattr(_here, "recording", None)
    if made_from is not None:
        made_from.slots.update(slots)


def connect() -> None:
    for model in _models():
        post_init.connect(_note_row, sender=model, dispatch_uid=f"page_cache_row_{model._meta.label}")


def _models() -> Iterator[type[Model]]:
    from django.apps import apps

    tables = watched_tables()
    return (model for model in apps.get_models() if model._meta.db_table in tables)


def _note_row(sender: type[Model], instance: Model, **_arguments: Any) -> None:
    made_from: Recording | None = getattr(_here, "recording", None)
    if made_from is not None and instance.pk is not None:
        made_from.tags.add(row_tag(instance))


def row_tag(instance: Model) -> str:
    """One tag for a page, under whichever of its two models it was read."""
    table = PAGE_TABLE if isinstance(instance, Page) else instance._meta.db_table
    return f"{table}#{instance.pk}"
