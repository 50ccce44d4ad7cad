"""The two mails that answer a sign-up, in the reader's language. They carry nothing that a stranger typed.

The name is left out on purpose: whoever fills in somebody else's address could make us send their words.
"""

from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _g

from newsletter.audience.models import Subscription
from newsletter.audience.subscriptions import Answer
from newsletter.audience.tokens import CONFIRMATION_LASTS, confirmation_url, preferences_url
from stories.models import SiteIdentity


def send_answer(answer: Answer, subscription: Subscription) -> None:
    """Sends one message with EmailMultiAlternatives and no merge data: any backend can carry it."""
    answer_message(answer, subscription).send()


def answer_message(answer: Answer, subscription: Subscription) -> EmailMultiAlternatives:
    subscriber, newsletter = subscription.subscriber, subscription.newsletter
    with translation.override(subscriber.language):
        identity = SiteIdentity.current()
        words = newsletter.in_language()
        context = {
            "newsletter": words,
            "network": identity.in_language(),
            "identity": identity,
            "language": subscriber.language,
            "days": CONFIRMATION_LASTS.days,
        }
        if answer is Answer.CONFIRM:
            template = "confirmation"
            subject = _g("Confirm: %(newsletter)s") % {"newsletter": words.name}
            context["url"] = confirmation_url(subscription, subscriber.language)
        else:
            template = "already_subscribed"
            subject = _g("You are already on the list: %(newsletter)s") % {"newsletter": words.name}
            context["url"] = preferences_url(subscriber.pk, subscriber.language)
        context["subject"] = subject
        message = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"audience/mail/{template}.txt", context),
            from_email=formataddr((newsletter.from_name, newsletter.from_email)),
            to=[subscriber.email],
            reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
            headers={
                # RFC 3834: no holiday reply wants to hear from us.
                "Auto-Submitted": "auto-replied",
                "X-Auto-Response-Suppress": "All",
                "Content-Language": subscriber.language,
            },
        )
        message.attach_alternative(render_to_string(f"audience/mail/{template}.html", context), "text/html")
        return message
