"""What an import's people have been sent: an import can be undone only while that is nothing."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from newsletter.sending.models import Delivery, Mailing


def why_imported_people_stay(people: Sequence[int], since: datetime) -> str:
    """In words, when an edition went to one of these subscribers since; empty when none did."""
    mailings = list(
        Mailing.objects.filter(Q(finished_at=None) | Q(finished_at__gte=since), audience__isnull=False)
        .order_by()
        .values_list("pk", flat=True)
    )
    # By mailing, to use the unique index.
    found = (
        Delivery.objects.filter(mailing__in=mailings, subscriber__in=people)
        .exclude(outcome=Delivery.Outcome.SKIPPED)
        .select_related("mailing__edition")
        .order_by()
        .first()
        if mailings
        else None
    )
    if found is None:
        return ""
    return _(
        "“%(edition)s” has been sent to people of this import since, so it stays. Unsubscribe people instead."
    ) % {"edition": found.mailing.edition.title}
