from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from newsletter.audience.models import Newsletter
from newsroom.checklist import note_test_mail
from newsroom.trial_mail import TrialRefused, send_trial


class Command(BaseCommand):
    help = (
        "Sends one real message to ADDRESS, from the newsletter's sender and with the headers every newsletter has, and "
        "says what the mail service answered. Ends with 1 when it did not accept it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--newsletter", help="short name of the newsletter; the first one when left out")

    def handle(self, *, address: str, newsletter: str | None, **options: Any) -> None:
        chosen = Newsletter.objects.filter(**({"slug": newsletter} if newsletter else {})).first()
        if chosen is None:
            known = ", ".join(Newsletter.objects.values_list("slug", flat=True))
            raise CommandError(
                f"There is no newsletter “{newsletter}”; there are {known}."
                if known
                else "There is no newsletter yet. `make new` makes one."
            )
        self.stdout.write(f"From {chosen.from_name} <{chosen.from_email}> to {address}, MAIL={settings.MAIL}")
        try:
            answer = send_trial(address=address, newsletter=chosen)
        except (TrialRefused, ValidationError) as refusal:
            words = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
            raise CommandError(" ".join(words)) from refusal
        if not answer.is_accepted:
            raise CommandError(answer.words)
        note_test_mail(newsletter_id=chosen.pk)
        self.stdout.write(self.style.SUCCESS(answer.words))
        if settings.MAIL == "mailbox":
            self.stdout.write(
                "MAIL=mailbox: it lies in the mailbox on this machine, and nobody outside got it."
            )
