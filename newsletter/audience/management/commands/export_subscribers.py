"""Writes the list as CSV to the standard output: manage.py export_subscribers > list.csv"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Newsletter, Segment, Subscriber, Subscription
from newsletter.audience.segmentation import people_in
from newsletter.audience.transfer.exporting import as_csv


class Command(BaseCommand):
    help = (
        "Writes the list as CSV, which import_subscribers reads back to the same list: everybody, the people of a "
        "segment, or those with a subscription to a newsletter, whatever its status."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--segment", metavar="SLUG", help="only people of this segment")
        parser.add_argument("--newsletter", metavar="SLUG", help="only this newsletter's subscriptions")

    def handle(self, *args: Any, **options: Any) -> None:
        people = Subscriber.objects.all()
        newsletter = None
        if slug := options["segment"]:
            segment = Segment.objects.filter(slug=slug).first()
            if segment is None:
                raise CommandError(_("There is no segment with the short name %(slug)s.") % {"slug": slug})
            try:
                people = people_in(segment)
            except SegmentUnusable as fault:
                raise CommandError(str(fault)) from fault
        if slug := options["newsletter"]:
            newsletter = Newsletter.objects.filter(slug=slug).first()
            if newsletter is None:
                raise CommandError(_("There is no newsletter with the short name %(slug)s.") % {"slug": slug})
            people = people.filter(
                Exists(Subscription.objects.filter(subscriber=OuterRef("pk"), newsletter=newsletter))
            )
        for portion in as_csv(people, newsletters=[newsletter] if newsletter else None):
            self.stdout.write(portion, ending="")
