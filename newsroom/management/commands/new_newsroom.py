import getpass
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from newsroom.first_run import set_in_dotenv
from newsroom.settings.environment import VARIABLES
from newsroom.starting import AlreadyStarted, start_newsroom

PASSWORD_VARIABLE = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105 - the name Django's createsuperuser reads


def name_of_organisation(answer: str) -> str:
    if not answer:
        raise ValidationError("The newsroom needs a name.")
    return answer


def language_codes(answer: str) -> list[str]:
    codes = [code.strip().lower() for code in answer.split(",") if code.strip()]
    known = [code for code, _name in settings.WAGTAILADMIN_PERMITTED_LANGUAGES]
    if not codes or set(codes) - set(known) or len(set(codes)) < len(codes):
        raise ValidationError(
            f"Give one or more of {', '.join(known)}, separated by commas, the main one first."
        )
    return codes


def web_address(answer: str) -> str:
    base = urlsplit(answer)
    if base.scheme not in {"http", "https"} or not base.hostname or base.path.strip("/"):
        raise ValidationError("Give the whole address, such as https://news.example.org.")
    return answer.rstrip("/")


def mail_address(answer: str) -> str:
    validate_email(answer)
    return answer


def any_text(answer: str) -> str:
    return answer


class Command(BaseCommand):
    help = (
        "Starts an empty newsroom: asks what it does not know from the options. With --no-input it asks nothing "
        f"and takes the administrator's password from the variable {PASSWORD_VARIABLE}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation")
        parser.add_argument(
            "--languages", help="codes separated by commas, the main one first, such as es,en"
        )
        parser.add_argument("--address", help="the address people type, such as https://news.example.org")
        parser.add_argument("--postal-address", help="stands in every newsletter")
        parser.add_argument("--sender", help="the mail address the newsletter comes from")
        parser.add_argument("--administrator", help="the mail address of the first administrator")
        parser.add_argument("--no-input", action="store_false", dest="interactive", help="ask nothing")

    def handle(self, *args: Any, interactive: bool, **options: Any) -> None:
        def answer(name: str, question: str, check: Callable[[str], Any], default: str = "") -> Any:
            return self.answer(options[name], question, check, default, interactive=interactive)

        organisation = answer("organisation", "What is your organisation called?", name_of_organisation)
        languages = answer(
            "languages",
            "Which languages do you publish in, the main one first?",
            language_codes,
            ",".join(code for code, _name in settings.LANGUAGES),
        )
        base_url = answer("address", "Which address will people type?", web_address, settings.BASE_URL)
        postal_address = answer(
            "postal_address", "Your postal address? (every newsletter must show one; it may wait)", any_text
        )
        sender = answer("sender", "Which mail address does the newsletter come from?", mail_address)
        administrator = answer(
            "administrator", "Your own mail address, to log in with?", mail_address, sender
        )
        try:
            start_newsroom(
                organisation=organisation,
                languages=languages,
                base_url=base_url,
                postal_address=postal_address,
                sender=sender,
                administrator=administrator,
                password=self.password(interactive=interactive),
            )
        except AlreadyStarted:
            raise CommandError(
                f"There is a newsroom in this database already ({settings.DATABASES['default']['NAME']}). "
                "`make run` starts it. For a second one set VAR_DIR or DATABASE_URL to another place."
            ) from None
        self.remember(languages=languages, base_url=base_url, sender=sender)
        self.stdout.write(
            self.style.SUCCESS(f"{organisation} is ready.")
            + f"\n  make run   starts it\n  {base_url}/admin/   log in as {administrator}"
        )

    def answer(
        self,
        given: str | None,
        question: str,
        check: Callable[[str], Any],
        default: str,
        *,
        interactive: bool,
    ) -> Any:
        """The option, else what the person types, asked again until it can be used."""
        if given is not None or not interactive:
            try:
                return check((given if given is not None else default).strip())
            except ValidationError as error:
                raise CommandError(f"{question} {' '.join(error.messages)}") from None
        while True:
            self.stdout.write(f"{question}{f' [{default}]' if default else ''} ", ending="")
            self.stdout.flush()
            line = sys.stdin.readline()
            if not line:
                raise CommandError("Stopped; nothing was changed.")
            try:
                return check(line.strip() or default)
            except ValidationError as error:
                self.stderr.write(" ".join(error.messages))

    def password(self, *, interactive: bool) -> str:
        while True:
            given = os.environ.get(PASSWORD_VARIABLE)
            if given is None and not interactive:
                raise CommandError(f"Set {PASSWORD_VARIABLE} to the administrator's password.")
            password = given or getpass.getpass("A password, at least ten characters? ")
            try:
                validate_password(password)
            except ValidationError as error:
                if given:
                    raise CommandError(" ".join(error.messages)) from None
                self.stderr.write(" ".join(error.messages))
            else:
                return password

    def remember(self, *, languages: list[str], base_url: str, sender: str) -> None:
        """The answers that are settings go into .env, where they differ from what is set."""
        answers = {"NEWSROOM_LANGUAGES": ",".join(languages), "BASE_URL": base_url, "MAIL_FROM": sender}
        present = {
            "NEWSROOM_LANGUAGES": ",".join(code for code, _name in settings.LANGUAGES),
            "BASE_URL": settings.BASE_URL,
            "MAIL_FROM": settings.DEFAULT_FROM_EMAIL,
        }
        changed = {name: value for name, value in answers.items() if value != present[name]}
        dotenv = os.environ.get("NEWSROOM_DOTENV", VARIABLES["NEWSROOM_DOTENV"][1])
        if not changed:
            return
        lines = ", ".join(f"{name}={value}" for name, value in changed.items())
        if dotenv:
            set_in_dotenv(Path(dotenv), changed)
            self.stdout.write(f"Written to {Path(dotenv).name}: {lines}")
        else:
            self.stdout.write(f"Set in the environment: {lines}")
