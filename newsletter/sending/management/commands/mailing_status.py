import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from newsletter.sending.management.named_mailing import find_mailing
from newsletter.sending.models import Mailing
from newsletter.sending.progress import progress_of


class Command(BaseCommand):
    help = "Says how far a mailing is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mailing", type=int, metavar="ID", help="the number launch_mailing printed")
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        status = status_of(find_mailing(options["mailing"]))
        if options["json"]:
            self.stdout.write(json.dumps(status))
            return
        self.stdout.write(f"Mailing {status['id']}: {status['edition']}, {status['state']}")
        if status["fault"]:
            self.stdout.write(f"  it stopped: {status['fault']}")
        for name, people in status["counts"].items():
            self.stdout.write(f"  {name.replace('_', ' '):<10} {people:>10,}")
        self.stdout.write(
            f"  {'sum':<10} {status['sum']:>10,} of {status['audience'] or 0:,}"
            + ("" if status["balances"] else "  DOES NOT ADD UP")
        )
        self.stdout.write(f"  {status['people_per_second']:,} people per second")


def status_of(mailing: Mailing) -> dict[str, Any]:
    """State, people by state, their sum, and the rate: people accepted per second since the mailing began."""
    progress = progress_of(mailing)
    seconds = None
    if mailing.started_at is not None:
        seconds = ((mailing.finished_at or timezone.now()) - mailing.started_at).total_seconds()
    return {
        "id": mailing.pk,
        "edition": mailing.edition.title,
        "newsletter": mailing.newsletter.slug,
        "state": mailing.state,
        "fault": mailing.fault,
        "scheduled_for": mailing.scheduled_for.isoformat() if mailing.scheduled_for else None,
        "started_at": mailing.started_at.isoformat() if mailing.started_at else None,
        "finished_at": mailing.finished_at.isoformat() if mailing.finished_at else None,
        "audience": mailing.audience,
        "counts": progress.counts,
        "sum": progress.total,
        "balances": mailing.audience is None or progress.balances,
        "people_per_second": round(progress.accepted / seconds, 1) if seconds else 0.0,
    }
