"""Two people on one edition: who saves second is told, and writes over the first only knowingly.

Wagtail refuses its own saving by itself in such a case, but lets the button through.
"""

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from wagtail.models import Page

from newsletter.editions.models import EditionPage


def note_newer_revision(request: HttpRequest, page: Page) -> None:
    """Before an edition is edited: its form is told when somebody else has saved since it was filled.

    What a person's own editor has saved by itself meanwhile is theirs. A form that does not say when is believed.
    """
    if request.method != "POST" or not isinstance(page, EditionPage):
        return
    try:
        loaded_at = parse_datetime(request.POST.get("loaded_revision_created_at", ""))
    except ValueError:
        return
    if loaded_at is not None:
        newer = page.revisions.filter(created_at__gt=loaded_at)
        page.has_newer_revision = newer.exclude(user=request.user.pk).exists()
