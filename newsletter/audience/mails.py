"""The mails that answer one person, in their language. They carry nothing that a stranger typed.

The name is left out on purpose: whoever fills in somebody else's address could make us send their words. Each is an
EmailMultiAlternatives without merge data: any backend can carry it.
"""

from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _g

from newsletter.audience.models import Newsletter, Subscriber, Subscription
from newsletter.audience.subscriptions import Answer
from newsletter.audience.tokens import (
    CONFIRMATION_LASTS,
    FRESH_LASTS,
    confirmation_url,
    fresh_url,
    new_address_url,
    preferences_url,
)
from stories.models import SiteIdentity

MINUTES = FRESH_LASTS.seconds // 60


def answer_message(answer: Answer, subscription: Subscription) -> EmailMultiAlternatives:
    """The answer to a sign-up."""
    subscriber, newsletter = subscription.subscriber, subscription.newsletter
    with translation.override(subscriber.language):
        words = newsletter.in_language()
        if answer is Answer.CONFIRM:
            template = "confirmation"
            subject = _g("Confirm: %(newsletter)s") % {"newsletter": words.name}
            url = confirmation_url(subscription, subscriber.language)
        else:
            template = "already_subscribed"
            subject = _g("You are already on the list: %(newsletter)s") % {"newsletter": words.name}
            url = preferences_url(subscriber.pk, subscriber.language)
        return _message(
            template,
            subject=subject,
            subscriber=subscriber,
            sender=newsletter,
            context={"newsletter": words, "url": url, "days": CONFIRMATION_LASTS.days},
        )


def preferences_link_message(subscriber: Subscriber) -> EmailMultiAlternatives:
    with translation.override(subscriber.language):
        return _message(
            "preferences_link",
            subject=_g("Your link: what you get from us"),
            subscriber=subscriber,
            context={"url": preferences_url(subscriber.pk, subscriber.language)},
        )


def fresh_link_message(subscriber: Subscriber) -> EmailMultiAlternatives:
    with translation.override(subscriber.language):
        return _message(
            "fresh_link",
            subject=_g("Your link: your data with us"),
            subscriber=subscriber,
            context={"url": fresh_url(subscriber), "minutes": MINUTES},
        )


def new_address_message(subscriber: Subscriber, address: str) -> EmailMultiAlternatives:
    """To the address they want to move to, which nobody has confirmed yet."""
    with translation.override(subscriber.language):
        return _message(
            "new_address",
            subject=_g("Confirm your new address"),
            subscriber=subscriber,
            to=address,
            context={"url": new_address_url(subscriber, address), "minutes": MINUTES},
        )


def address_changed_message(subscriber: Subscriber, old_address: str) -> EmailMultiAlternatives:
    """To the address they have left. It has no link, and does not say where they went."""
    with translation.override(subscriber.language):
        return _message(
            "address_changed",
            subject=_g("Your newsletters go to another address now"),
            subscriber=subscriber,
            to=old_address,
            context={},
        )


def _message(
    template: str,
    *,
    subject: str,
    subscriber: Subscriber,
    context: dict[str, Any],
    sender: Newsletter | None = None,
    to: str = "",
) -> EmailMultiAlternatives:
    """From the newsletter it is about, or else from one they are on: the mail service knows that sender."""
    identity = SiteIdentity.current()
    network = identity.in_language()
    sender = sender or (
        Newsletter.objects.filter(subscriptions__subscriber=subscriber)
        .order_by("subscriptions__status", "pk")
        .first()
    )
    from_email = (
        formataddr((sender.from_name, sender.from_email))
        if sender
        else formataddr((network.name, settings.DEFAULT_FROM_EMAIL))
    )
    context = {
        **context,
        "subject": subject,
        "network": network,
        "identity": identity,
        "language": subscriber.language,
    }
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"audience/mail/{template}.txt", context),
        from_email=from_email,
        to=[to or subscriber.email],
        reply_to=[sender.reply_to] if sender and sender.reply_to else None,
        headers={
            # RFC 3834: no holiday reply wants to hear from us.
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": subscriber.language,
        },
    )
    message.attach_alternative(render_to_string(f"audience/mail/{template}.html", context), "text/html")
    return message
