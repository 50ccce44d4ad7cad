"""Answers to sign-ups. They have a queue of their own, so that nobody waits behind a mailing."""

import logging
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from newsletter.audience.mails import send_answer
from newsletter.audience.subscriptions import ONE_MAIL_EVERY, claim_answer

logger = logging.getLogger(__name__)

# The first wait is over when the address may be written to again.
WAITS = (ONE_MAIL_EVERY, timedelta(hours=1), timedelta(hours=6))


@task(queue_name="confirmations")
def answer_sign_up(subscription_id: int, attempt: int = 0) -> None:
    """Writes to who signed up, or does not: it is enqueued for every sign-up, whoever the address belongs to.

    When the mail service fails, a confirmation is tried again three times. Raises what the service raised last.
    """
    claimed = claim_answer(subscription_id=subscription_id, only_confirmation=attempt > 0)
    if claimed is None:
        return
    answer, subscription = claimed
    try:
        send_answer(answer, subscription)
    except Exception:
        if attempt >= len(WAITS):
            raise
        logger.exception(
            "The answer to the sign-up of subscription %s was not sent; next try in %s.",
            subscription_id,
            WAITS[attempt],
        )
        answer_sign_up.using(run_after=timezone.now() + WAITS[attempt]).enqueue(subscription_id, attempt + 1)
