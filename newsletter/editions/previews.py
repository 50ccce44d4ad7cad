"""An edition while it is being written: as a mail, as plain text, as some readers get it, and as it will stand in
the archive. Wide or narrow is the size of the frame it is shown in."""

import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Segment
from newsletter.audience.visible import people_visible_to
from newsletter.editions.archive import archive_body
from newsletter.editions.blocks import aimed_segment_ids
from newsletter.editions.characters import sendable_line
from newsletter.editions.frame import newsletter_address
from newsletter.editions.merge_fields import without_reader
from newsletter.editions.models import EditionPage
from newsletter.editions.one_reader import NotAReader, TheirVersion, log_view, reader_at, version_for
from newsletter.editions.rendering import RenderedVersion, render_version
from newsletter.editions.samples import as_sample_reader

EVERYTHING = {"html", "text"}
AS_SEGMENT = re.compile(r"segment:(\d{1,18})")
AS_PERSON = {"person", "person_text"}
SEE_PEOPLE = "audience.view_subscriber"


def preview_modes(edition: EditionPage) -> list[tuple[str, Any]]:
    """[(name, words)]; a segment for each that the edition aims a block at."""
    aimed = aimed_segment_ids(edition.body.raw_data)
    segments = Segment.objects.filter(pk__in=aimed) if aimed else []
    as_some = [
        (f"segment:{segment.pk}", _g("As “%(name)s”") % {"name": segment.name}) for segment in segments
    ]
    return [
        ("html", _("As HTML")),
        ("text", _("As plain text")),
        *([("others", _("As somebody in none of the segments"))] if aimed else []),
        *as_some,
        ("person", _("As one person")),
        ("person_text", _("As one person, plain text")),
        ("web", _("In the archive")),
    ]


def preview_response(edition: EditionPage, *, request: HttpRequest, mode: str) -> HttpResponse:
    """Shows a page that need not be saved yet; its place in the tree says which newsletter it belongs to.

    HTML and text show every block, each aimed one under the name of its segment, and a sample reader's name. Lists of
    each reader's own topics are whole, except as one person. The
    name of a mode comes from outside: an unknown one is not found, and a person is shown only to who may see
    subscribers.
    """
    if mode == "web":
        return _web(edition, request)
    if mode in AS_PERSON:
        return _as_person(edition, request, text=mode == "person_text")
    if mode in EVERYTHING:
        return _shown(edition, previewed_version(edition), request, text=mode == "text")
    if mode == "others":
        return _shown(edition, previewed_version(edition, shown_segments=frozenset()), request)
    if segment := AS_SEGMENT.fullmatch(mode):
        shown = frozenset({int(segment[1])})
        return _shown(edition, previewed_version(edition, shown_segments=shown), request)
    raise Http404(f"There is no preview named {mode[:40]!r}.")


def previewed_version(
    edition: EditionPage, *, shown_segments: frozenset[int] | None = None
) -> RenderedVersion:
    """For a sample reader in exactly these segments; None shows everything, aimed blocks under their segment's name."""
    version = render_version(
        edition,
        newsletter=edition.newsletter,
        shown_segments=shown_segments,
        label_aimed=shown_segments is None,
    )
    with translation.override(edition.locale.language_code):
        return as_sample_reader(version, harmless_url=newsletter_address(edition))


def _as_person(edition: EditionPage, request: HttpRequest, *, text: bool) -> HttpResponse:
    if not request.user.has_perm(SEE_PEOPLE):
        raise PermissionDenied(_g("You may not see who is subscribed."))
    try:
        reader = reader_at(edition.preview_as, newsletter=edition.newsletter)
        if not people_visible_to(request.user).filter(pk=reader.pk).exists():
            raise PermissionDenied(_g("You may not see who is subscribed."))
        theirs: TheirVersion = version_for(reader, edition=edition)
    except (NotAReader, SegmentUnusable) as fault:
        return TemplateResponse(request, "editions/admin/preview_note.html", {"note": str(fault)})
    log_view(reader, edition=edition, user=request.user)
    return _shown(theirs.edition, theirs.version, request, text=text)


def _shown(
    edition: EditionPage, version: RenderedVersion, request: HttpRequest, *, text: bool = False
) -> HttpResponse:
    if text:
        return TemplateResponse(
            request, "editions/preview_text.html", {"version": version, "edition": edition}
        )
    return HttpResponse(version.html)


def _web(edition: EditionPage, request: HttpRequest) -> HttpResponse:
    with translation.override(edition.locale.language_code):
        # No ArchivedEdition: one that is not saved can have no notes.
        archived = {
            "subject": without_reader(sendable_line(edition.subject)) or edition.title,
            "body": archive_body(edition),
            "sent_at": timezone.now(),
        }
        context = {**edition.get_context(request), "archive": archived}
        return TemplateResponse(request, edition.get_template(request), context).render()
