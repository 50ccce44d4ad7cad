"""Turns documents of a WordPress site into drafts: manage.py import_wordpress PATH_OR_URL"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page

from stories.wordpress.document import MAX_FILE_BYTES, WordPressDocument, read_documents
from stories.wordpress.errors import DocumentError
from stories.wordpress.fetching import Fetcher, FetchError
from stories.wordpress.importing import STATUS_LABELS, Outcome, Status, import_document
from stories.wordpress.parity import ROW_LABELS, ImportCheck
from stories.wordpress.report import KIND_LABELS, grouped

MAX_DETAILS = 5


class Command(BaseCommand):
    help = (
        "Turns a page or post, or a list of them, as WordPress's REST interface gives it (/wp-json/wp/v2/pages/1), "
        "into drafts, and checks that no word, link, picture or heading is lost. Exit code 1 when any document failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="PATH_OR_URL", help="a JSON file, or the https address of one")
        parser.add_argument("--offline", action="store_true", help="do not fetch pictures")
        parser.add_argument(
            "--parent", metavar="PATH_OR_ID", help="the page to put drafts under: /en/about/ or its id"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        parent = find_parent(options["parent"]) if options["parent"] else None
        fetcher = Fetcher()
        try:
            documents = read_documents(read_source(options["source"], fetcher))
        except DocumentError as error:
            raise CommandError(f"{options['source']}: {error}") from error
        failed = 0
        for number, document in enumerate(documents, 1):
            if isinstance(document, DocumentError):
                failed += 1
                name = options["source"] if len(documents) == 1 else f"{options['source']}, {number}"
                self.stderr.write(self.style.ERROR(f"{name}: {document}"))
                continue
            failed += not self._import(
                document, parent, None if options["offline"] else fetcher, options["dry_run"]
            )
        if failed:
            raise CommandError(
                ngettext(
                    "%(count)d document was not imported.", "%(count)d documents were not imported.", failed
                )
                % {"count": failed}
            )

    def _import(
        self, document: WordPressDocument, parent: Page | None, fetcher: Fetcher | None, dry_run: bool
    ) -> bool:
        self.stdout.write(self.style.MIGRATE_HEADING(f"{document.title} — {document.link}"))
        try:
            outcome = import_document(document, parent=parent, fetcher=fetcher, dry_run=dry_run)
        except DocumentError as error:
            self.stderr.write(self.style.ERROR(f"  {error}"))
            return False
        self._tell(outcome)
        return outcome.status != Status.FAILED

    def _tell(self, outcome: Outcome) -> None:
        label = str(STATUS_LABELS[outcome.status])
        if outcome.status == Status.FAILED:
            self.stderr.write(self.style.ERROR(f"  {label}"))
        elif outcome.page is not None:
            where = outcome.page.url_path
            self.stdout.write(
                f"  {label} {outcome.page.specific_class._meta.verbose_name} {outcome.page.pk}: {where}"
            )
        else:
            self.stdout.write(f"  {label}")
        if outcome.check is not None:
            self._tell_check(outcome.check)
        for kind, texts in grouped(outcome.report.notes).items():
            self.stdout.write(f"  {KIND_LABELS[kind]}:")
            for text, details in texts.items():
                self.stdout.write(f"    {text}" + (f" ×{len(details)}" if len(details) > 1 else ""))
                for detail in [detail for detail in details if detail][:MAX_DETAILS]:
                    self.stdout.write(f"      {detail}")

    def _tell_check(self, check: ImportCheck) -> None:
        names = [str(ROW_LABELS[key]) for key, _there, _here in check.rows]
        heading, there_heading, here_heading = _("Import check"), _("there"), _("here")
        width = max(map(len, [*names, heading]))
        self.stdout.write(f"  {heading:<{width}}  {there_heading:>8}  {here_heading:>8}")
        for name, (_key, there, here) in zip(names, check.rows, strict=True):
            self.stdout.write(f"  {name:<{width}}  {there:>8}  {here:>8}")
        for loss in check.losses:
            self.stderr.write(self.style.ERROR(f"  {loss}"))


def read_source(source: str, fetcher: Fetcher) -> bytes:
    """The bytes of the file or address, at most one more than MAX_FILE_BYTES. Raises DocumentError."""
    if source.startswith(("http://", "https://")):
        try:
            return fetcher.fetch(source, max_bytes=MAX_FILE_BYTES)
        except FetchError as error:
            raise DocumentError(str(error)) from error
    try:
        with Path(source).open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise DocumentError(_("The file cannot be read: %(error)s") % {"error": error}) from error


def find_parent(named: str) -> Page:
    """The page with that id, or at that path of any site. Raises CommandError."""
    if named.isascii() and named.isdigit():
        found = Page.objects.filter(pk=int(named)).first()
    else:
        path = f"/{named.strip('/')}/" if named.strip("/") else "/"
        pages = Page.objects.filter(depth__gt=1, url_path__endswith=path).order_by("depth", "path")
        found = next((page for page in pages if path in {page.url_path, _path_of(page)}), None)
        if found is None:  # a language's home page: its slug is not in its address
            found = next((page for page in Page.objects.filter(depth=2) if path == _path_of(page)), None)
    if found is None:
        raise CommandError(_("There is no page %(named)s to put drafts under.") % {"named": named})
    return found.specific


def _path_of(page: Page) -> str:
    parts = page.get_url_parts()
    return parts[2] if parts else ""
