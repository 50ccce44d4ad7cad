"""What the commands about one mailing have in common."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from wagtail.log_actions import log

from newsletter.sending.launching import LaunchRefused
from newsletter.sending.models import Mailing


def find_mailing(pk: int) -> Mailing:
    """Raises CommandError."""
    mailing = Mailing.objects.select_related("edition", "newsletter").filter(pk=pk).first()
    if mailing is None:
        raise CommandError(f"There is no mailing {pk}.")
    return mailing


class SteeringCommand(ABC, BaseCommand):
    """`manage.py <verb>_mailing ID`."""

    verb: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mailing", type=int, metavar="ID", help="the number launch_mailing printed")

    @abstractmethod
    def steer(self, mailing: Mailing) -> bool:
        """Returns whether there was anything to do. Raises LaunchRefused."""

    def handle(self, *args: Any, **options: Any) -> None:
        mailing = find_mailing(options["mailing"])
        try:
            done = self.steer(mailing)
        except LaunchRefused as refusal:
            raise CommandError(str(refusal)) from None
        if not done:
            raise CommandError(
                f"Mailing {mailing.pk} is {mailing.get_state_display()}; there is nothing to {self.verb}."
            )
        log(instance=mailing.edition, action=f"sending.{self.verb}", data={"mailing": mailing.pk})
        mailing.refresh_from_db()
        self.stdout.write(f"Mailing {mailing.pk} is {mailing.get_state_display()}.")
