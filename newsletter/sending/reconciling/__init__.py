"""The mail service's own record settles a batch in doubt, where the service keeps one that can be asked."""

import logging

from django.conf import settings

from newsletter.sending.models import Batch
from newsletter.sending.recipients import deliveries_of
from newsletter.sending.reconciling.base import Record, RecordUnavailable
from newsletter.sending.reconciling.mailgun import MailgunEvents
from newsletter.sending.reconciling.postmark import PostmarkMessages
from newsletter.sending.settling import count_as_accepted, refuse

logger = logging.getLogger(__name__)

# By the mail service's name in MAIL.
RECORDS: dict[str, type[Record]] = {"mailgun": MailgunEvents, "postmark": PostmarkMessages}
NOT_IN_RECORD = "The mail service took the call, and its record does not have this message."


def ask_the_record(batch: Batch, *, is_last_time: bool) -> bool:
    """Whether the record proved that the batch was accepted; it is settled then.

    A record that knows nothing proves nothing: it may lag behind. One that knows some of a call's messages when it
    is asked for the last time says that the others were turned down.
    """
    record = RECORDS.get(settings.MAIL)
    if record is None or batch.attempt_key is None:
        return False
    in_call = dict(deliveries_of(batch).values_list("pk", "address"))
    try:
        known = record().accepted_of(batch, addresses=in_call) & in_call.keys()
    except RecordUnavailable as error:
        logger.warning("Batch %s: the mail service's record could not be asked: %s", batch.pk, error)
        return False
    if not known or (len(known) < len(in_call) and not is_last_time):
        return False
    logger.info("Batch %s: the mail service's record has %s of %s.", batch.pk, len(known), len(in_call))
    if count_as_accepted(Batch.objects.filter(pk=batch.pk)):
        refuse(batch, dict.fromkeys(in_call.keys() - known, NOT_IN_RECORD))
    return True
