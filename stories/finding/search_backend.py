"""Wagtail's database search; on PostgreSQL every text is indexed with the dictionary of its own language.

Wagtail indexes all languages with one dictionary. Here a text is indexed as it is and once more without accents, so that
"gestion" finds "gestión" and "ecoles" finds "école", and "organización" still is one word with "organizaciones".
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from wagtail.models import Locale

from stories.finding.languages import text_search_configuration
from stories.finding.words import fold


def SearchBackend(params: dict[str, Any]) -> Any:  # noqa: N802 (Wagtail looks for this name)
    from modelsearch.backends import database

    if connection.vendor != "postgresql":
        return database.SearchBackend(params)
    return _postgres_backend()(params)


def _postgres_backend() -> type[Any]:
    # The module can only be imported where the database is PostgreSQL.
    from modelsearch.backends.database.postgres import postgres

    class Indexer(postgres.ObjectIndexer):
        def __init__(self, obj: Any, backend: Any, language_code: str) -> None:
            super().__init__(obj, backend)
            self.config = text_search_configuration(language_code)

        def as_vector(self, texts: list[tuple[str, str]], for_autocomplete: bool = False) -> Any:
            folded = [(fold(text), weight) for text, weight in texts if fold(text) != text.lower()]
            return super().as_vector([*texts, *folded], for_autocomplete)

    class Index(postgres.PostgresIndex):
        def add_items(self, model: Any, objs: Iterable[Any]) -> None:
            codes = dict(Locale.objects.values_list("pk", "language_code"))
            indexers = [
                Indexer(obj, self.backend, codes.get(getattr(obj, "locale_id", None), "")) for obj in objs
            ]
            if not indexers or not model.get_search_fields():
                return
            columns = ("title", "autocomplete", "body", "title_text", "body_text")
            entry = self.entries.model
            content_type_id = postgres.get_content_type_pk(model)
            rows = [
                entry(
                    content_type_id=content_type_id,
                    object_id=indexer.id,
                    title_norm=1.0,
                    **{column: getattr(indexer, column) for column in columns},
                )
                for indexer in indexers
            ]
            entry._default_manager.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["content_type", "object_id"],
                update_fields=[*columns, "title_norm"],
            )
            self._refresh_title_norms()

    class Backend(postgres.PostgresSearchBackend):
        index_class = Index

    return Backend
