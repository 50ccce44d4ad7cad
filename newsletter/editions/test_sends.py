"""An edition to a colleague's mailbox before it goes to everybody."""

from collections.abc import Iterable
from email.utils import formataddr
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import translation
from wagtail.log_actions import log

from newsletter.audience.models import Segment
from newsletter.editions.frame import newsletter_address
from newsletter.editions.models import EditionPage
from newsletter.editions.rendering import render_version
from newsletter.editions.samples import as_sample_reader
from newsletter.editions.versions import language_versions


def send_test(
    edition: EditionPage,
    *,
    addresses: Iterable[str],
    user: Any,
    language: str = "",
    segment: Segment | None = None,
) -> int:
    """Every language version to every address, or the one in `language`, one message each; returns how many were
    handed over.

    All blocks are shown, each aimed one under the name of its segment; with a `segment` the version that somebody in
    it and in no other gets. A reader's own links lead to the newsletter's page, so that nobody can unsubscribe anybody
    from a test. Raises what the mail backend raises.
    """
    versions = language_versions(edition)
    chosen = [version for code, version in versions.items() if language in ("", code)]
    messages = [
        _message(version, address=address, segment=segment) for version in chosen for address in addresses
    ]
    sent = get_connection().send_messages(messages) or 0
    log(
        instance=edition,
        action="editions.test_send",
        user=user,
        data={
            "messages": len(messages),
            "languages": [version.locale.language_code for version in chosen],
            "segment": segment.pk if segment else None,
        },
    )
    return int(sent)


def _message(edition: EditionPage, *, address: str, segment: Segment | None) -> EmailMultiAlternatives:
    newsletter = edition.newsletter
    version = render_version(
        edition,
        newsletter=newsletter,
        shown_segments=frozenset({segment.pk}) if segment else None,
        label_aimed=segment is None,
    )
    with translation.override(edition.locale.language_code):
        version = as_sample_reader(version, harmless_url=newsletter_address(edition))
    message = EmailMultiAlternatives(
        subject=f"[Test] {version.subject}",
        body=version.text,
        from_email=formataddr((newsletter.from_name, newsletter.from_email)),
        to=[address],
        reply_to=[newsletter.reply_to] if newsletter.reply_to else None,
        headers={"Content-Language": edition.locale.language_code},
    )
    message.attach_alternative(version.html, "text/html")
    return message
