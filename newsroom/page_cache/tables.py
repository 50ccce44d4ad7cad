"""Which tables the public can see something of, and what identifies and groups their rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import models
from wagtail.fields import StreamField
from wagtail.models import Page, TranslatableMixin

# A row of these never changes, or every change that shows comes with one of a table that is watched.
NOT_WATCHED = frozenset(
    {
        "django_content_type",
        "wagtailcore_revision",
        "wagtailcore_referenceindex",
        "wagtailcore_collection",
        "wagtailimages_uploadedfile",
    }
)
# Nobody's page is made from these. One that is all the same is not kept: it could be somebody's own.
NEVER_KEPT_APPS = frozenset(
    {
        "admin",
        "auth",
        "django_tasks_database",
        "django_tasks_db",
        "django_rq",
        "newsletter_sending",
        "sending",
        "sessions",
        "wagtailadmin",
        "wagtailsearch",
        "wagtailusers",
        "wordpress",
    }
)
# In rooms of which the public sees a part: what belongs to people.
NEVER_KEPT = frozenset(
    {
        "newsroom_user",
        "audience_segment",
        "audience_subscriber",
        "audience_subscriberimport",
        "audience_importedchunk",
        "audience_subscription",
        "audience_subscriptionevent",
        "audience_suppression",
        "audience_requestcount",
        "audience_topicchoice",
        "wagtailcore_comment",
        "wagtailcore_commentreply",
        "wagtailcore_task",
        "wagtailcore_taskstate",
        "wagtailcore_workflow",
        "wagtailcore_workflowstate",
    }
)
# Columns of pages that only editors see.
DRAFT_COLUMNS = frozenset(
    {
        "approved_schedule",
        "draft_title",
        "expire_at",
        "go_live_at",
        "has_unpublished_changes",
        "latest_revision_created_at",
        "latest_revision_id",
        "locked",
        "locked_at",
        "locked_by_id",
        "numchild",
        "owner_id",
    }
)
# What questions about pages are narrowed by; their paths besides.
PAGE_GROUPS = ("translation_key", "locale_id", "slug")


# What a word or page is a translation of, and into which language, stands when it is made.
TRANSLATED = frozenset({"translation_key", "locale_id"})


@dataclass(frozen=True)
class Table:
    name: str
    key: str
    """The primary key's column."""
    columns: frozenset[str]
    """Those a whole row must come with; long texts may stay behind."""
    groups: tuple[str, ...]
    """Columns that narrow questions: foreign keys, translation keys, slugs."""
    is_page: bool
    constant: frozenset[str]
    """Columns whose value stays what it was when the row was made."""


@cache
def watched_tables() -> Mapping[str, Table]:
    return {
        model._meta.db_table: _table(model)
        for model in apps.get_models(include_auto_created=True)
        if is_watched(model)
    }


def is_watched(model: type[models.Model]) -> bool:
    options = model._meta
    return (
        options.managed
        and not options.proxy
        and options.app_label not in NEVER_KEPT_APPS
        and options.db_table not in NEVER_KEPT | NOT_WATCHED
    )


def _table(model: type[models.Model]) -> Table:
    fields = [field for field in model._meta.local_concrete_fields if field.column]
    is_page = issubclass(model, Page)
    key = model._meta.pk.column if model._meta.pk else ""
    groups = (
        PAGE_GROUPS
        if is_page
        else tuple(
            str(field.column)
            for field in fields
            if not field.primary_key
            and (field.is_relation or field.column in {"translation_key", "slug", "action", "kind"})
        )
    )
    return Table(
        name=model._meta.db_table,
        key=key or "",
        columns=frozenset(str(field.column) for field in fields if not isinstance(field, StreamField)),
        groups=groups,
        is_page=is_page,
        constant=frozenset({key or "", "id", "page_ptr_id"})
        | (TRANSLATED if issubclass(model, TranslatableMixin) else frozenset()),
    )
