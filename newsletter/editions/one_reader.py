"""What one person on the list would be sent: the same version, and their own name in it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import PageLogEntry

from newsletter.audience.addresses import normalise_address
from newsletter.audience.chosen_topics import topics_chosen_by
from newsletter.audience.models import Newsletter, Segment, Subscriber
from newsletter.audience.segmentation import readers, segment_query
from newsletter.editions.blocks import aimed_segment_ids
from newsletter.editions.frame import newsletter_address
from newsletter.editions.models import EditionPage
from newsletter.editions.rendering import RenderedVersion, render_version
from newsletter.editions.samples import as_reader
from newsletter.editions.versions import language_versions

# A preview redraws itself while somebody writes: one entry in the log says it for so long.
ONE_ENTRY_FOR = timedelta(hours=1)


class NotAReader(Exception):
    """Nobody would be sent anything at this address. The message says why."""


@dataclass(frozen=True)
class TheirVersion:
    """`edition` is the page it was made of: the edition's translation in the reader's language where there is one."""

    edition: EditionPage
    version: RenderedVersion


def reader_at(address: str, *, newsletter: Newsletter) -> Subscriber:
    """The confirmed subscriber with this address. Raises NotAReader."""
    if not address.strip():
        raise NotAReader(_("Enter somebody's address under “Preview as one person” in the form."))
    try:
        email = normalise_address(address)
    except ValidationError as fault:
        raise NotAReader(" ".join(fault.messages)) from fault
    reader = readers(newsletter).filter(email=email).first()
    if reader is None:
        raise NotAReader(
            _(
                "Nobody with this address is subscribed to “%(newsletter)s”, so the sending would leave them out."
            )
            % {"newsletter": newsletter.name}
        )
    return reader


def version_for(reader: Subscriber, *, edition: EditionPage) -> TheirVersion:
    """The version the sending would choose, from this edition as it stands in the form and its saved translations.

    Links to unsubscribe and to preferences lead to the newsletter's page. Raises SegmentUnusable.
    """
    newsletter = edition.newsletter
    versions = {**language_versions(edition), edition.locale.language_code: edition}
    first = next(iter(versions.values()))
    theirs = versions.get(reader.language, first)
    version = render_version(
        theirs,
        newsletter=newsletter,
        shown_segments=_segments_with(reader, edition=theirs),
        shown_topics=topics_chosen_by(reader),
        for_others=reader.language not in versions,
    )
    with translation.override(theirs.locale.language_code):
        return TheirVersion(
            theirs, as_reader(version, name=reader.name, harmless_url=newsletter_address(theirs))
        )


def _segments_with(reader: Subscriber, *, edition: EditionPage) -> frozenset[int]:
    """Those the edition aims at that this reader is in."""
    aimed = Segment.objects.filter(pk__in=aimed_segment_ids(edition.body.raw_data))
    person = Subscriber.objects.filter(pk=reader.pk)
    return frozenset(segment.pk for segment in aimed if person.filter(segment_query(segment)).exists())


def log_view(reader: Subscriber, *, edition: EditionPage, user: Any) -> None:
    """Writes down who looked as whom: the person's key, never the address. A page not saved yet has no log of its own."""
    page = edition if edition.pk else edition.get_parent()
    recent = PageLogEntry.objects.filter(
        page=page.pk,
        user=user,
        action="editions.preview_as",
        timestamp__gt=timezone.now() - ONE_ENTRY_FOR,
        data__subscriber=reader.pk,
    )
    if not recent.exists():
        log(instance=page, action="editions.preview_as", user=user, data={"subscriber": reader.pk})
