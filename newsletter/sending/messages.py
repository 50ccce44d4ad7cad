"""Messages as the mail backend gets them: one for a whole batch, or one for each recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formataddr
from functools import cached_property, lru_cache
from typing import Any, Self
from uuid import UUID

from anymail.message import AnymailMessage
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address

from newsletter.audience.models import Newsletter
from newsletter.audience.tokens import ReaderLinks
from newsletter.editions.merge_fields import TOKEN
from newsletter.editions.models import NewsletterPage
from newsletter.sending.bounces.marking import mark
from newsletter.sending.dialects import Dialect
from newsletter.sending.letters import Form
from newsletter.sending.models import Mailing, Variant
from newsletter.sending.recipients import Recipient, merge_values
from newsletter.sending.smtp import EmailBackend as SMTPBackend


@dataclass(frozen=True)
class Envelope:
    """What all messages of a batch have in common, looked up once."""

    variant: Variant
    newsletter: Newsletter
    from_email: str
    reply_to: list[str] | None
    headers: dict[str, str]

    @classmethod
    def of(cls, mailing: Mailing, variant: Variant) -> Self:
        newsletter = mailing.newsletter
        return cls(
            variant=variant,
            newsletter=newsletter,
            from_email=sender(newsletter),
            reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
            headers=list_headers(mailing, language=variant.language),
        )

    def message(self, *, subject: str, text: str, html: str, **more: Any) -> AnymailMessage:
        message = AnymailMessage(
            subject=subject, body=text, from_email=self.from_email, reply_to=self.reply_to, **more
        )
        message.attach_alternative(html, "text/html")
        return message

    @cached_property
    def form(self) -> Form | None:
        """What all messages say, composed once, with its fields still to fill in."""
        return Form.of(
            self.message(subject="", text=self.variant.text, html=self.variant.html, headers=self.headers)
        )


def batch_message(
    envelope: Envelope, *, recipients: Sequence[Recipient], dialect: Dialect, connection: BaseEmailBackend
) -> AnymailMessage:
    """One message for all of them; what differs stands in merge_data, merge_headers and merge_metadata."""
    variant = envelope.variant
    message = envelope.message(
        subject=dialect.translate(variant.subject, html=False),
        text=dialect.translate(variant.text, html=False),
        html=dialect.translate(variant.html, html=True),
        to=[recipient.address for recipient in recipients],
        headers=envelope.headers,
        connection=connection,
    )
    message.merge_data, message.merge_headers, message.merge_metadata = {}, {}, {}
    links = ReaderLinks(newsletter_id=envelope.newsletter.pk, language=variant.language)
    for recipient in recipients:
        values = merge_values(recipient, fields=variant.fields, links=links)
        message.merge_data[recipient.address] = values
        message.merge_headers[recipient.address] = {"List-Unsubscribe": f"<{values['unsubscribe_url']}>"}
        message.merge_metadata[recipient.address] = {"delivery": str(recipient.delivery_id)}
    return message


def single_message(
    envelope: Envelope, *, recipient: Recipient, connection: BaseEmailBackend
) -> EmailMultiAlternatives:
    """A finished message for one recipient, for backends that cannot merge."""
    variant = envelope.variant
    values = merge_values(
        recipient,
        fields=variant.fields,
        links=ReaderLinks(newsletter_id=envelope.newsletter.pk, language=variant.language),
    )

    def filled(text: str) -> str:
        return TOKEN.sub(lambda match: values[match.group(1)], text)

    subject, to = filled(variant.subject), [recipient.address]
    own_headers = {"List-Unsubscribe": f"<{values['unsubscribe_url']}>"}
    message: AnymailMessage | None = None
    if isinstance(connection, SMTPBackend) and envelope.form is not None:
        message = envelope.form.letter(
            values,
            subject=subject,
            from_email=envelope.from_email,
            to=to,
            headers=own_headers,
            connection=connection,
        )
    if message is None:
        message = envelope.message(
            subject=subject,
            text=filled(variant.text),
            html=filled(variant.html),
            to=to,
            headers={**envelope.headers, **own_headers},
            connection=connection,
        )
    mark(message, delivery_id=recipient.delivery_id)
    return message


def sender(newsletter: Newsletter) -> str:
    return formataddr((newsletter.from_name, sanitize_address(newsletter.from_email, "utf-8")))


def list_headers(mailing: Mailing, *, language: str) -> dict[str, str]:
    """What is the same for every recipient: RFC 2919, RFC 2369, RFC 3282, RFC 8058 §3.2, Feedback-ID."""
    newsletter = mailing.newsletter
    archive = archive_address(newsletter.pk, language=language, mailing_key=mailing.key)
    headers = {
        "List-Id": f"<{newsletter.list_id}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": f"<mailto:{sanitize_address(newsletter.reply_to or newsletter.from_email, 'utf-8')}>",
        "Content-Language": language,
        "Feedback-ID": f"{mailing.key.hex}:{newsletter.slug}:mailing:newsroom",
    }
    if archive:
        headers["List-Archive"] = f"<{archive}>"
    return headers


@lru_cache(maxsize=16)
def archive_address(newsletter_id: int, *, language: str, mailing_key: UUID) -> str:
    """Of the newsletter's page, where it has one; looked up once for all batches of the mailing."""
    pages = NewsletterPage.objects.live().filter(newsletter=newsletter_id)
    page = pages.filter(locale__language_code=language).first() or pages.first()
    return page.full_url or "" if page is not None else ""
