"""The mail service's own record settles a batch in doubt, where the service keeps one that can be asked."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from newsletter.sending import timing
from newsletter.sending.models import Batch, Delivery
from newsletter.sending.reconciling.base import Record, RecordUnavailable
from newsletter.sending.reconciling.mailgun import MailgunEvents
from newsletter.sending.reconciling.postmark import PostmarkMessages
from newsletter.sending.settling import BY_REPORT, count_as_accepted, refuse

logger = logging.getLogger(__name__)

# By the mail service's name in MAIL.
RECORDS: dict[str, type[Record]] = {"mailgun": MailgunEvents, "postmark": PostmarkMessages}
NOT_IN_RECORD = "The mail service took the call, and its record does not have this message."


def to_be_asked(now: datetime) -> QuerySet[Batch]:
    """Batches the record may say more about: those in doubt, and those of which only one recipient is proved."""
    record = RECORDS.get(settings.MAIL)
    if record is None:
        return Batch.objects.none()
    wanted = Q(state=Batch.State.UNKNOWN, is_repeat=False)
    if record.takes_each_message_alone:
        wanted |= Q(state=Batch.State.ACCEPTED, owner=BY_REPORT, begun_at__gt=now - timing.RECORD_KEPT)
    return Batch.objects.filter(
        wanted, attempt_key__isnull=False, updated_at__lt=now - timing.ASK_AFTER
    ).select_related("mailing__newsletter", "variant")


def ask_the_record(batch: Batch, *, is_late: bool) -> bool:
    """Whether the record settled the batch.

    A record that does not answer, or knows nothing, proves nothing. One that knows some of a call's messages may lag
    behind with the others; when it is asked late, it says that they were turned down.
    """
    in_call = dict(
        Delivery.objects.filter(
            pk__range=(batch.first_delivery, batch.last_delivery), variant=batch.variant_id
        )
        .exclude(outcome__in=[Delivery.Outcome.SKIPPED, *Delivery.TURNED_DOWN])
        .values_list("pk", "address")
    )
    try:
        known = RECORDS[settings.MAIL]().accepted_of(batch, addresses=in_call) & in_call.keys()
    except RecordUnavailable as error:
        logger.warning("Batch %s: the mail service's record could not be asked: %s", batch.pk, error)
        return False
    if not known or (len(known) < len(in_call) and not is_late):
        return False
    with transaction.atomic():
        accepted = Batch.objects.filter(pk=batch.pk)
        # Unless a person has decided meanwhile.
        if not (count_as_accepted(accepted) or accepted.filter(owner=BY_REPORT).exists()):
            return False
        logger.info("Batch %s: the mail service's record has %s of %s.", batch.pk, len(known), len(in_call))
        refuse(batch, dict.fromkeys(in_call.keys() - known, NOT_IN_RECORD))
        accepted.filter(state=Batch.State.ACCEPTED).update(owner="")
    return True
