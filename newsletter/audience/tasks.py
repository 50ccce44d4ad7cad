"""Mails to one person who is waiting for them. They have a queue of their own: nobody waits behind a mailing."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_tasks import task
from django_tasks.base import Task

from newsletter.audience import mails
from newsletter.audience.address_change import claim_new_address
from newsletter.audience.by_mail import (
    FRESH_LINK,
    PREFERENCES_LINK,
    claim_link,
    is_only_waiting,
    unconfirmed_subscriptions,
)
from newsletter.audience.models import Subscriber
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
    _send(
        mails.answer_message(answer, subscription).send,
        f"The answer to the sign-up of subscription {subscription_id}",
        answer_sign_up,
        subscription_id,
        attempt=attempt,
    )


@task(queue_name="confirmations")
def mail_preferences_link(subscriber_id: int | None, attempt: int = 0) -> None:
    """Writes to who asked for their link: also enqueued, with None, for an address we do not know.

    Who has sign-ups to confirm gets those mails again; who has nothing else gets only them.
    """
    if subscriber_id is None:
        return
    if attempt == 0:
        for subscription_id in unconfirmed_subscriptions(subscriber_id):
            answer_sign_up.enqueue(subscription_id)
    if is_only_waiting(subscriber_id):
        return
    subscriber = claim_link(subscriber_id=subscriber_id, purpose=PREFERENCES_LINK)
    if subscriber is not None:
        _send(
            mails.preferences_link_message(subscriber).send,
            f"The preferences link of subscriber {subscriber_id}",
            mail_preferences_link,
            subscriber_id,
            attempt=attempt,
        )


@task(queue_name="confirmations")
def mail_fresh_link(subscriber_id: int, attempt: int = 0) -> None:
    subscriber = claim_link(subscriber_id=subscriber_id, purpose=FRESH_LINK)
    if subscriber is not None:
        _send(
            mails.fresh_link_message(subscriber).send,
            f"The fresh link of subscriber {subscriber_id}",
            mail_fresh_link,
            subscriber_id,
            attempt=attempt,
        )


@task(queue_name="confirmations")
def mail_new_address(subscriber_id: int, address: str, attempt: int = 0) -> None:
    subscriber = claim_new_address(subscriber_id=subscriber_id, address=address)
    if subscriber is not None:
        _send(
            mails.new_address_message(subscriber, address).send,
            f"The confirmation of a new address of subscriber {subscriber_id}",
            mail_new_address,
            subscriber_id,
            address,
            attempt=attempt,
        )


@task(queue_name="confirmations")
def tell_old_address(subscriber_id: int, address: str, attempt: int = 0) -> None:
    """A notice to the address somebody has left: should it not have been them, this is where they learn of it."""
    subscriber = Subscriber.objects.filter(pk=subscriber_id).first()
    if subscriber is not None:
        _send(
            mails.address_changed_message(subscriber, address).send,
            f"The notice to the old address of subscriber {subscriber_id}",
            tell_old_address,
            subscriber_id,
            address,
            attempt=attempt,
        )


def _send(send: Callable[[], Any], what: str, again: Task[..., None], *arguments: Any, attempt: int) -> None:
    try:
        send()
    except Exception:
        if attempt >= len(WAITS):
            raise
        logger.exception("%s was not sent; next try in %s.", what, WAITS[attempt])
        again.using(run_after=timezone.now() + WAITS[attempt]).enqueue(*arguments, attempt + 1)
