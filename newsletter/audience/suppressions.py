"""The do-not-mail list: who is put on it, and who may come back alone."""

from django.db import transaction
from django.db.models import Q, QuerySet

from newsletter.audience.evidence import record
from newsletter.audience.models import Newsletter, Subscriber, SubscriptionEvent, Suppression
from newsletter.audience.models.address_hashes import of_addresses


def suppress(
    *,
    address_hash: str,
    reason: Suppression.Reason | str,
    newsletter: Newsletter | None = None,
    note: str = "",
    origin: str = "do-not-mail list",
) -> Suppression:
    """Puts the address on the do-not-mail list, for one newsletter or for all when None. Harmless any number of times.

    An entry that only says "erased" gives way to a stronger reason, because an erased person may come back alone.
    """
    reason, note = Suppression.Reason(reason), note[:250]
    with transaction.atomic():
        entry, written = Suppression.objects.get_or_create(
            address_hash=address_hash, newsletter=newsletter, defaults={"reason": reason, "note": note}
        )
        if not written and reason != Suppression.Reason.ERASED:
            written = bool(
                Suppression.objects.filter(pk=entry.pk, reason=Suppression.Reason.ERASED).update(
                    reason=reason, note=note
                )
            )
            entry.refresh_from_db()
        if not written and entry.note.startswith("import "):
            # It stands for what was found out here, too: undoing that import must not take it off.
            Suppression.objects.filter(pk=entry.pk).update(note=note)
        if written:
            record(
                SubscriptionEvent.Kind.SUPPRESSED,
                address_hash=address_hash,
                subscriber=next(iter(Subscriber.objects.filter(of_addresses(address_hash)).order_by()), None),
                newsletter=newsletter,
                origin=origin,
                text=str(reason.value),
            )
    return entry


def may_only_return_through_staff(address_hash: str, newsletter: Newsletter | None) -> bool:
    """Whether a complaint, a hard bounce or staff put the address on the do-not-mail list.

    For this newsletter or for all; when None, for all.
    """
    return _entries(address_hash, newsletter).exclude(reason=Suppression.Reason.ERASED).exists()


def let_erased_person_return(address_hash: str, newsletter: Newsletter | None) -> None:
    """Takes entries that only say "erased" off the list: the person has come back by a new double opt-in."""
    _entries(address_hash, newsletter).filter(reason=Suppression.Reason.ERASED).delete()


def _entries(address_hash: str, newsletter: Newsletter | None) -> QuerySet[Suppression]:
    scope = Q(newsletter__isnull=True)
    if newsletter is not None:
        scope |= Q(newsletter=newsletter)
    return Suppression.objects.filter(scope, address_hash=address_hash)


def carry_over(*, old_hash: str, new_hash: str) -> None:
    """After a change of address: what one newsletter may not send to the old address, it may not send to the new."""
    entries = Suppression.objects.filter(address_hash=old_hash, newsletter__isnull=False)
    for entry in entries.exclude(reason=Suppression.Reason.ERASED).select_related("newsletter"):
        suppress(
            address_hash=new_hash,
            reason=entry.reason,
            newsletter=entry.newsletter,
            note=entry.note,
            origin="change of address",
        )
