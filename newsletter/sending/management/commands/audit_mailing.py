import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from newsletter.sending.audit import broken_invariants
from newsletter.sending.management.named_mailing import find_mailing


class Command(BaseCommand):
    help = "Checks what must be true of a mailing at every moment. Says what is broken, and ends with 1 then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mailing", type=int, metavar="ID", help="the number launch_mailing printed")

    def handle(self, *args: Any, **options: Any) -> None:
        mailing = find_mailing(options["mailing"])
        if broken := broken_invariants(mailing):
            for words in broken:
                self.stderr.write(words)
            sys.exit(1)
        self.stdout.write(f"Mailing {mailing.pk}: all is as it must be.")
