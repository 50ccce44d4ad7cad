"""The verb of this room: one WordPress document becomes one draft, completely or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from wagtail.coreutils import find_available_slug
from wagtail.images import get_image_model
from wagtail.models import Page

from stories.wordpress.blocks import Block, Picture, as_stream
from stories.wordpress.conversion import convert
from stories.wordpress.document import WordPressDocument
from stories.wordpress.errors import DocumentError
from stories.wordpress.fetching import Fetcher
from stories.wordpress.models import ImportedDocument
from stories.wordpress.old_addresses import redirect_old_address
from stories.wordpress.parity import ImportCheck, check_import
from stories.wordpress.picture_files import PictureFile, fetch_pictures
from stories.wordpress.report import Report
from stories.wordpress.targets import Target, target_for


class Status(StrEnum):
    CREATED = "created"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    EDITED_HERE = "edited-here"
    DELETED_HERE = "deleted-here"
    FAILED = "failed"
    WOULD_CREATE = "would-create"
    WOULD_REVISE = "would-revise"


STATUS_LABELS = {
    Status.CREATED: lazy("Imported as a draft."),
    Status.REVISED: lazy("Changed at its source; a new draft version was saved."),
    Status.UNCHANGED: lazy("Unchanged since the last import."),
    Status.EDITED_HERE: lazy("Changed at its source, but edited here since; not touched."),
    Status.DELETED_HERE: lazy("Deleted here since the last import; not imported again."),
    Status.FAILED: lazy("Not imported: the import check found a loss."),
    Status.WOULD_CREATE: lazy("Would be imported as a draft (dry run)."),
    Status.WOULD_REVISE: lazy("Would become a new draft version (dry run)."),
}


class LossError(DocumentError):
    """What would be stored is less than what the source says; nothing was stored."""

    def __init__(self, check: ImportCheck) -> None:
        super().__init__(" ".join(check.losses))
        self.check = check


@dataclass(slots=True)
class Outcome:
    """`missing` gives the reason for each picture address that is not here."""

    status: Status
    page: Page | None = None
    check: ImportCheck | None = None
    report: Report = field(default_factory=Report)
    missing: dict[str, str] = field(default_factory=dict)


def import_document(
    document: WordPressDocument,
    *,
    parent: Page | None = None,
    fetcher: Fetcher | None = None,
    dry_run: bool = False,
) -> Outcome:
    """A draft page for the document, or a new draft revision where the source changed and nobody edited the page.

    Without a fetcher no picture is fetched. Pictures are fetched before the transaction begins. Raises DocumentError
    when there is no place for the document, and gives Status.FAILED with the check when anything would be lost.
    """
    target = target_for(document.wordpress_type)
    ledger = ImportedDocument.objects.filter(guid=document.guid).select_related("page").first()
    if ledger is not None:
        if ledger.page is None:
            return Outcome(Status.DELETED_HERE)
        if ledger.checksum == document.checksum:
            return Outcome(Status.UNCHANGED, ledger.page)
        if ledger.page.latest_revision_id != ledger.revision_id:
            return Outcome(Status.EDITED_HERE, ledger.page)
    elif parent is None:
        parent = target.default_parent()
    if ledger is None and parent is None:
        raise DocumentError(_("There is no page to put this under. Name one with --parent."))
    if ledger is None and parent is not None and not target.model.can_create_at(parent):
        names = {"parent": parent.title, "model": target.model._meta.verbose_name}
        raise DocumentError(_("“%(parent)s” takes no pages of the kind “%(model)s” below it.") % names)

    blocks, report = convert(document.content_html, base=document.link)
    # Without pictures first: what cannot pass the check need not be fetched.
    check = _check(document, *as_stream(blocks, {}))
    outcome = Outcome(Status.FAILED, check=check, report=report)
    if check.losses:
        return outcome
    files, outcome.missing = fetch_pictures(_pictures(document, blocks), fetcher)
    _report_missing(document, outcome)
    if dry_run:
        outcome.status = Status.WOULD_CREATE if ledger is None else Status.WOULD_REVISE
        return outcome
    try:
        with transaction.atomic():
            _save(document, target, ledger, parent, blocks, files, outcome)
    except LossError as loss:
        outcome.status, outcome.check, outcome.page = Status.FAILED, loss.check, None
    return outcome


def _save(
    document: WordPressDocument,
    target: Target,
    ledger: ImportedDocument | None,
    parent: Page | None,
    blocks: list[Block],
    files: dict[str, PictureFile],
    outcome: Outcome,
) -> None:
    alts = {picture.address: picture.alt for picture in _pictures(document, blocks)}
    images = {address: store_picture(file, alts[address]) for address, file in files.items()}
    stream, pictures = as_stream(blocks, {address: image.pk for address, image in images.items()})
    page: Any = target.model() if ledger is None or ledger.page is None else _latest(ledger.page)
    _fill(page, document, stream, outcome.report)
    if document.featured_image in images and hasattr(page, "lead_image_id"):
        page.lead_image = images[document.featured_image]
    target.fill(page, document)
    if page.pk is None and parent is not None:
        page.locale = parent.locale
        page.slug = find_available_slug(parent, _slug(document))
        parent.add_child(instance=page)
        redirect_old_address(document.link, page, outcome.report)
        outcome.status = Status.CREATED
    else:
        outcome.status = Status.REVISED
    revision = page.save_revision(clean=False, log_action=True)
    # What counts is what the revision holds: StreamField drops a block type that the page does not know.
    outcome.check = _check(
        document,
        page.specific_class._meta.get_field("body").to_python(revision.content["body"]).raw_data,
        pictures,
    )
    if outcome.check.losses:
        raise LossError(outcome.check)
    outcome.page = page
    ImportedDocument.objects.update_or_create(
        guid=document.guid,
        defaults={
            "source_url": document.link,
            "wordpress_type": document.wordpress_type,
            "wordpress_id": document.wordpress_id,
            "checksum": document.checksum,
            "title": page.title,
            "page": page.page_ptr,
            "revision_id": revision.pk,
            "report": {
                "rows": [list(row) for row in outcome.check.rows],
                "notes": [[note.key, note.detail] for note in outcome.report.notes],
                "missing": outcome.missing,
            },
            "source_modified_at": document.modified_at,
        },
    )


def _latest(page: Page) -> Any:
    return page.get_latest_revision_as_object()


def _fill(page: Any, document: WordPressDocument, stream: list[dict[str, Any]], report: Report) -> None:
    page.title = document.title
    if len(document.title) > 255:
        page.title = document.title[:254].rsplit(" ", 1)[0] + "…"
        report.add("title-shortened", document.title)
    page.draft_title = page.title
    page.seo_title = document.seo_title[:255] if document.seo_title != document.title else ""
    page.search_description = document.seo_description
    page.live = page.live if page.pk else False
    page.has_unpublished_changes = True
    page.first_published_at = document.published_at
    if not page.live:
        page.last_published_at = document.modified_at
    page.body = page._meta.get_field("body").to_python(stream)


def _slug(document: WordPressDocument) -> str:
    fallback = f"{document.wordpress_type}-{document.wordpress_id}"
    return (
        slugify(document.slug, allow_unicode=True) or slugify(document.title, allow_unicode=True) or fallback
    )[:200]


def _check(document: WordPressDocument, stream: Iterable[Any], pictures: dict[str, str]) -> ImportCheck:
    return check_import(document.content_html, stream, base=document.link, pictures=pictures)


def _pictures(document: WordPressDocument, blocks: Iterable[Block]) -> list[Picture]:
    pictures = [block for block in blocks if isinstance(block, Picture)]
    if document.featured_image:
        pictures.append(
            Picture(document.featured_image, (document.featured_image,), alt=document.featured_image_alt)
        )
    return pictures


def _report_missing(document: WordPressDocument, outcome: Outcome) -> None:
    for address, reason in outcome.missing.items():
        lead = address == document.featured_image
        outcome.report.add("picture-missing-lead" if lead else "picture-missing", f"{address}: {reason}")


def store_picture(file: PictureFile, alt: str) -> Any:
    """The image here with these bytes, made when there is none yet. Its credit stays open for an editor."""
    model = get_image_model()
    image = model(
        title=(alt or file.name)[:255], description=alt[:255], file=ContentFile(file.content, name=file.name)
    )
    image._set_image_file_metadata()
    existing = model.objects.filter(file_hash=image.file_hash).first()
    if existing is not None:
        return existing
    image.save()
    return image
