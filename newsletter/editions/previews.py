"""An edition while it is being written: as HTML, as plain text, and as it will stand in the archive."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation

from newsletter.editions.archive import archive_body
from newsletter.editions.characters import sendable_line
from newsletter.editions.frame import newsletter_address
from newsletter.editions.merge_fields import without_reader
from newsletter.editions.models import ArchivedEdition, EditionPage
from newsletter.editions.rendering import RenderedVersion, render_version
from newsletter.editions.samples import as_sample_reader


def preview_response(edition: EditionPage, *, request: HttpRequest, mode: str) -> HttpResponse:
    """Shows a page that need not be saved yet; its place in the tree says which newsletter it belongs to.

    HTML and text show every block, each aimed one under the name of its segment, and a sample reader's name.
    """
    if mode == "web":
        return _web(edition, request)
    version = previewed_version(edition)
    if mode == "text":
        return TemplateResponse(
            request, "editions/preview_text.html", {"version": version, "edition": edition}
        )
    return HttpResponse(version.html)


def previewed_version(edition: EditionPage) -> RenderedVersion:
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=None, label_aimed=True)
    with translation.override(edition.locale.language_code):
        return as_sample_reader(version, harmless_url=newsletter_address(edition))


def _web(edition: EditionPage, request: HttpRequest) -> HttpResponse:
    archived = ArchivedEdition(
        subject=without_reader(sendable_line(edition.subject)),
        body=archive_body(edition),
        sent_at=timezone.now(),
    )
    context = {**edition.get_context(request), "archive": archived}
    with translation.override(edition.locale.language_code):
        return TemplateResponse(request, edition.get_template(request), context).render()
