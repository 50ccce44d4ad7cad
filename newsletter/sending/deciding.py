"""A person's word on batches in doubt."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from newsletter.sending.models import Batch, Mailing
from newsletter.sending.settling import count_as_accepted
from newsletter.sending.tasks import send_batch, wake


class DecisionRefused(Exception):
    """Nothing was changed. The message says why and what to do."""


def decide(batch: Batch, *, count_as_sent: bool) -> bool:
    """Counts the batch as sent, or sends it again. False when it was decided already.

    On a cancelled mailing nothing is sent again: the people count as left out. Raises DecisionRefused.
    """
    return bool(_settle(batch.mailing_id, Q(pk=batch.pk), count_as_sent=count_as_sent))


def decide_all(mailing: Mailing, *, count_as_sent: bool) -> int:
    """The same for everything that is in doubt at this moment. Returns how many batches. Raises DecisionRefused."""
    return _settle(mailing.pk, Q(), count_as_sent=count_as_sent)


def _settle(mailing_id: int, which: Q, *, count_as_sent: bool) -> int:
    in_doubt = Batch.objects.filter(which, mailing=mailing_id, state__in=Batch.IN_DOUBT)
    if count_as_sent:
        return count_as_accepted(in_doubt)
    try:
        with transaction.atomic():
            # First the mailing, then the batch: whoever finishes the mailing waits for this.
            mailing = Mailing.objects.select_for_update(of=("self",)).get(pk=mailing_id)
            cancelled = mailing.state == Mailing.State.CANCELLED
            chosen = list(in_doubt.select_for_update().values_list("pk", flat=True))
            again = in_doubt.filter(pk__in=chosen).update(
                state=Batch.State.CANCELLED if cancelled else Batch.State.PENDING,
                is_repeat=False,
                not_before=None,
                done_up_to=None,
                in_flight=None,
                # Another attempt, and meant to be one: a service that knows the old key must carry it out.
                attempt_key=None,
                begun_at=None,
            )
            if again and mailing.state == Mailing.State.SENT:
                mailing.state, mailing.finished_at = Mailing.State.SENDING, None
                mailing.save(update_fields=["state", "finished_at"])
            if not cancelled:
                for pk in chosen:
                    wake(send_batch, pk)
    except IntegrityError as error:
        # one_open_mailing_per_edition: reopening this one has to wait.
        raise DecisionRefused(
            _("Another sending of this edition is on its way. Decide again when it has finished.")
        ) from error
    return again
