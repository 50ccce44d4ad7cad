from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsletter.sending.bounces.reading import read_bounces


class Command(BaseCommand):
    help = "Reads the bounce mailbox once, as the clock does every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BOUNCE_MAILBOX:
            raise CommandError("No bounce mailbox is set: see BOUNCE_MAILBOX in docs/settings.md.")
        found = read_bounces()
        for letter, count in found.items():
            self.stdout.write(f"{count} × {letter.value}")
        if not found:
            self.stdout.write("Nothing new.")
