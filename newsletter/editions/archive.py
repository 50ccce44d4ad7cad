"""What the public may read of an edition: the blocks that everybody got, with nobody's name in them."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Revision

from newsletter.editions.characters import sendable_line
from newsletter.editions.merge_fields import without_reader
from newsletter.editions.models import ArchivedEdition, EditionPage
from newsletter.editions.parts import Cards, parts_for


def archive_body(edition: EditionPage, *, cards: Cards | None = None) -> SafeString:
    """The edition's unaimed blocks as a fragment for the site's own layout; fields show their fallbacks.

    `cards` is cards_of() the edition, in its language.
    """
    with translation.override(edition.locale.language_code):
        parts = parts_for(edition, shown_segments=frozenset(), words=without_reader, cards=cards)
        fragments = [render_to_string(f"editions/blocks/{part.kind}.html", {"value": part}) for part in parts]
    return mark_safe("\n".join(fragments))


def archive_edition(
    edition: EditionPage, *, revision: Revision, sent_at: datetime, body: str | None = None
) -> ArchivedEdition:
    """Freezes what the revision that was sent shows to everybody. Doing it again changes nothing else.

    `body` is its archive_body(), for who has no time to make it now.
    """
    sent = revision.as_object()
    body = archive_body(sent) if body is None else body
    with translation.override(sent.locale.language_code):
        subject = without_reader(sendable_line(sent.subject))
    archived, _created = ArchivedEdition.objects.update_or_create(
        edition_id=edition.pk,
        defaults={
            "revision": revision,
            "subject": subject,
            # Addresses on this site without its name: the archive outlives a change of domain.
            "body": body.replace(f'="{settings.BASE_URL}/', '="/'),
            "sent_at": sent_at,
        },
    )
    return archived
