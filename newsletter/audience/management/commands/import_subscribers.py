"""Imports a list of people: manage.py import_subscribers FILE --newsletter SLUG --consent TEXT"""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from newsletter.audience.models import Newsletter, SubscriberImport
from newsletter.audience.transfer import steering
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.formats import OTHER
from newsletter.audience.transfer.outcomes import Outcome
from newsletter.audience.transfer.running import run

State = SubscriberImport.State
PORTION = 1024 * 1024


class Command(BaseCommand):
    help = (
        "Checks a file of subscribers (CSV, XLSX, Mailchimp's ZIP, listmonk's or our own CSV), says what it would do, "
        "and imports it. Nothing an import says brings back somebody who left or is on the do-not-mail list."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--newsletter", metavar="SLUG", help="the one they join; our own files name theirs"
        )
        parser.add_argument("--consent", required=True, metavar="TEXT", help="how they gave their consent")
        parser.add_argument(
            "--mapping",
            action="append",
            default=[],
            metavar="COLUMN=WHAT",
            help="what a column holds, such as 'Ort=place' or 'Size=attribute:size'; may be repeated",
        )
        parser.add_argument(
            "--assume", choices=SubscriberImport.Assumed.values, default="", help="for rows without a status"
        )
        parser.add_argument("--ask", action="store_true", help="ask each of them to confirm first")
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        try:
            record = steering.upload(portions=_portions(path), file_name=path.name)
        except FileFault as fault:
            raise CommandError(str(fault)) from fault
        try:
            self._check(record, options)
        except BaseException:
            steering.discard(record)
            raise
        if options["dry_run"]:
            steering.discard(record)
            return
        steering.begin(record, in_background=False)
        run(record.pk)
        record.refresh_from_db()
        if record.state != State.IMPORTED:
            raise CommandError(
                _("Stopped after %(rows)s rows: %(fault)s") % {"rows": record.position, "fault": record.fault}
            )
        self.stdout.write(
            self.style.SUCCESS(_("Imported. In the admin it can be undone while nothing was sent."))
        )
        self._tell(record.report["done"])

    def _check(self, record: SubscriberImport, options: dict[str, Any]) -> None:
        newsletter = None
        if slug := options["newsletter"]:
            newsletter = Newsletter.objects.filter(slug=slug).first()
            if newsletter is None:
                raise CommandError(_("There is no newsletter with the short name %(slug)s.") % {"slug": slug})
        mapping = dict(record.mapping)
        for pair in options["mapping"]:
            column, equals, target = pair.rpartition("=")
            if not equals or column not in mapping:
                raise CommandError(
                    _("There is no column “%(column)s”. There are: %(columns)s")
                    % {"column": column, "columns": ", ".join(mapping)}
                )
            if record.file_kind == OTHER:
                # What was only guessed gives way to what somebody said.
                mapping = {name: "" if held == target else held for name, held in mapping.items()}
            mapping[column] = target
        try:
            steering.check(
                record,
                newsletter=newsletter,
                mapping=mapping,
                consent=options["consent"],
                assumed=options["assume"],
                joins_as="pending" if options["ask"] else "confirmed",
                in_background=False,
            )
        except steering.ImportRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        run(record.pk)
        record.refresh_from_db()
        if record.state != State.CHECKED:
            raise CommandError(record.fault)
        self._tell(record.report["check"])

    def _tell(self, report: dict[str, Any]) -> None:
        for note in report["notes"]:
            self.stdout.write(self.style.WARNING(note))
        for outcome in Outcome:
            self.stdout.write(f"{report['counts'].get(outcome.value, 0):>9,} {outcome.label}")
            if outcome in {Outcome.INVALID, Outcome.DUPLICATE}:
                for file, row, _address, words in report["lines"].get(outcome.value, []):
                    self.stdout.write(f"          {file}, {row}: {words}")


def _portions(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while portion := file.read(PORTION):
            yield portion
