"""Django's makemessages, told how this project writes its strings: `manage.py makemessages -l es -l fr`."""

from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Finds `_g(…)` and `lazy(…)`, our short names where `_` is taken, and looks into MJML, but not into tests.

    No guesses: a message without a translation stays empty, and `python -m newsroom.catalogues --check` names it.
    """

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_g", "--keyword=lazy"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def handle(self, *args: Any, **options: Any) -> None:
        options["extensions"] = options["extensions"] or ["html", "txt", "mjml", "py"]
        options["ignore_patterns"] = [*options["ignore_patterns"], ".venv", "var", "tests"]
        options["no_location"] = options["no_obsolete"] = True
        super().handle(*args, **options)
