"""Ending a wait that a mail service asked for, because a person knows better."""

from django.db import transaction
from django.utils import timezone

from newsletter.audience.models import Newsletter
from newsletter.sending.launching import wake_waiting_batches
from newsletter.sending.models import Batch, Mailing, Sender
from newsletter.sending.pace import domain_of


@transaction.atomic
def go_on(sender: Sender) -> bool:
    """What waits for the mail service goes at once, as far as the limits allow.

    False when nothing was being waited for.
    """
    now = timezone.now()
    if not Sender.objects.filter(pk=sender.pk, held_until__gt=now).update(held_until=None, held_because=""):
        return False
    theirs = [newsletter for newsletter in Newsletter.objects.all() if domain_of(newsletter) == sender.domain]
    for mailing in Mailing.objects.filter(state=Mailing.State.SENDING, newsletter__in=theirs):
        mailing.batches.filter(state=Batch.State.DEFERRED).update(not_before=now)
        wake_waiting_batches(mailing)
    return True
