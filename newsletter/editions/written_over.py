"""Two people on one edition: who saves second is told, and writes over the first only knowingly.

Wagtail refuses its own saving by itself in such a case, but lets the button through.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from wagtail.models import Page

from newsletter.editions.models import EditionPage


def note_newer_revision(request: HttpRequest, page: Page) -> None:
    """Before an edition is edited: its form is told when what it was filled with is not the latest any more."""
    if request.method == "POST" and isinstance(page, EditionPage):
        page.has_newer_revision = is_older_than_latest(page, request.POST)


def is_older_than_latest(page: EditionPage, form: Mapping[str, Any]) -> bool:
    """By the revision the form was loaded from, or the one the editor wrote itself since. A form that names none is believed."""
    latest = page.get_latest_revision()
    if latest is None:
        return False
    if saved := form.get("overwrite_revision_id"):
        return bool(saved != str(latest.pk))
    loaded = form.get("loaded_revision_id")
    if not loaded:
        return False
    # A revision that another editor saves by itself stays the same row.
    return (loaded, form.get("loaded_revision_created_at")) != (str(latest.pk), latest.created_at.isoformat())
