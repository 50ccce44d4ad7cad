from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from wagtail.log_actions import log

from newsletter.audience.models import Segment
from newsletter.editions.models import EditionPage
from newsletter.sending.launching import LaunchRefused, launch


class Command(BaseCommand):
    help = "Sends an edition, now or at a time, and prints the number of the mailing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "edition",
            metavar="EDITION_ID_OR_PATH",
            help="its number in the admin, or its address such as /monthly/the-mill/",
        )
        parser.add_argument(
            "--segment",
            action="extend",
            nargs="+",
            default=[],
            metavar="SLUG",
            help="to these",
        )
        parser.add_argument(
            "--exclude", action="extend", nargs="+", default=[], metavar="SLUG", help="but not to these"
        )
        parser.add_argument("--everyone", action="store_true", help="to everybody on the newsletter")
        parser.add_argument(
            "--at", type=moment, metavar="TIME", help="such as 2026-12-01T09:00, in the newsroom's time zone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["everyone"] == bool(options["segment"]):
            raise CommandError("Say to whom: --segment SLUG …, or --everyone.")
        edition = find_edition(options["edition"])
        try:
            mailing = launch(
                edition=edition,
                segments=find_segments(options["segment"]),
                excluded=find_segments(options["exclude"]),
                everyone=options["everyone"],
                at=options["at"],
            )
        except LaunchRefused as refusal:
            raise CommandError(str(refusal)) from None
        log(instance=mailing.edition, action="sending.launch", data={"mailing": mailing.pk})
        self.stdout.write(str(mailing.pk))


def moment(written: str) -> datetime:
    """Raises ArgumentTypeError, which argparse turns into a line about the option."""
    try:
        parsed = parse_datetime(written)
    except ValueError:
        parsed = None
    if parsed is None:
        raise ArgumentTypeError(f"{written!r} is no time; write it such as 2026-12-01T09:00.")
    return parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed)


def find_edition(written: str) -> EditionPage:
    """By primary key, or by the path of its address. Raises CommandError."""
    if written.isascii() and written.isdigit() and len(written) < 19:
        found = EditionPage.objects.filter(pk=int(written)).first()
    else:
        path = f"/{urlsplit(written).path.strip('/')}/"
        slug = path.rstrip("/").rpartition("/")[2]
        found = next(
            (
                edition
                for edition in EditionPage.objects.filter(slug=slug)
                if urlsplit(edition.full_url or "").path == path
            ),
            None,
        )
    if found is None:
        raise CommandError(f"There is no edition {written}.")
    return found


def find_segments(slugs: list[str]) -> list[Segment]:
    """Raises CommandError."""
    by_slug = {segment.slug: segment for segment in Segment.objects.filter(slug__in=slugs)}
    if unknown := [slug for slug in slugs if slug not in by_slug]:
        known = ", ".join(Segment.objects.values_list("slug", flat=True)) or "none"
        raise CommandError(f"There is no segment {', '.join(unknown)}. There are: {known}.")
    return [by_slug[slug] for slug in dict.fromkeys(slugs)]
