"""Messages as the mail backend gets them: one for a whole batch, or one for each recipient."""

from collections.abc import Sequence
from email.utils import formataddr

from anymail.message import AnymailMessage
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.audience.models import Newsletter
from newsletter.editions.merge_fields import TOKEN
from newsletter.sending.dialects import Dialect
from newsletter.sending.models import Mailing, Variant
from newsletter.sending.recipients import Recipient, merge_values


def batch_message(
    *,
    mailing: Mailing,
    variant: Variant,
    recipients: Sequence[Recipient],
    dialect: Dialect,
    connection: BaseEmailBackend,
) -> AnymailMessage:
    """One message for all of them; what differs stands in merge_data, merge_headers and merge_metadata."""
    newsletter = mailing.newsletter
    message = AnymailMessage(
        subject=dialect.translate(variant.subject, html=False),
        body=dialect.translate(variant.text, html=False),
        from_email=sender(newsletter),
        to=[recipient.address for recipient in recipients],
        reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
        headers=list_headers(mailing, language=variant.language),
        connection=connection,
    )
    message.attach_alternative(dialect.translate(variant.html, html=True), "text/html")
    message.merge_data, message.merge_headers, message.merge_metadata = {}, {}, {}
    for recipient in recipients:
        values = merge_values(
            recipient, fields=variant.fields, newsletter_id=newsletter.pk, language=variant.language
        )
        message.merge_data[recipient.address] = values
        message.merge_headers[recipient.address] = {"List-Unsubscribe": f"<{values['unsubscribe_url']}>"}
        message.merge_metadata[recipient.address] = {"delivery": str(recipient.delivery_id)}
    return message


def single_message(
    *, mailing: Mailing, variant: Variant, recipient: Recipient, connection: BaseEmailBackend
) -> EmailMultiAlternatives:
    """A finished message for one recipient, for backends that cannot merge."""
    newsletter = mailing.newsletter
    values = merge_values(
        recipient, fields=variant.fields, newsletter_id=newsletter.pk, language=variant.language
    )

    def filled(text: str) -> str:
        return TOKEN.sub(lambda match: values[match.group(1)], text)

    message = AnymailMessage(
        subject=filled(variant.subject),
        body=filled(variant.text),
        from_email=sender(newsletter),
        to=[recipient.address],
        reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
        headers={
            **list_headers(mailing, language=variant.language),
            "List-Unsubscribe": f"<{values['unsubscribe_url']}>",
        },
        connection=connection,
    )
    message.attach_alternative(filled(variant.html), "text/html")
    # An ESP returns it with every report; Django's own backends ignore it.
    message.metadata = {"delivery": str(recipient.delivery_id)}
    return message


def sender(newsletter: Newsletter) -> str:
    return formataddr((newsletter.from_name, newsletter.from_email))


def list_headers(mailing: Mailing, *, language: str) -> dict[str, str]:
    """What is the same for every recipient: RFC 2919, RFC 2369, RFC 3282, RFC 8058 §3.2, Feedback-ID."""
    newsletter = mailing.newsletter
    page = (
        newsletter.pages.live().filter(locale__language_code=language).first()
        or newsletter.pages.live().first()
    )
    headers = {
        "List-Id": f"<{newsletter.list_id}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": f"<mailto:{newsletter.reply_to or newsletter.from_email}>",
        "Content-Language": language,
        "Feedback-ID": f"{mailing.key.hex}:{newsletter.slug}:mailing:newsroom",
    }
    if page is not None:
        headers["List-Archive"] = f"<{page.full_url}>"
    return headers
