"""Django's makemessages, told how this project writes its translated strings."""

from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Also finds `_g(…)` and `lazy(…)`, our short names where `_` is lazy or eager already, and looks into MJML."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_g", "--keyword=lazy"]

    def handle(self, *args: Any, **options: Any) -> None:
        options["extensions"] = options["extensions"] or ["html", "txt", "mjml", "py"]
        super().handle(*args, **options)
