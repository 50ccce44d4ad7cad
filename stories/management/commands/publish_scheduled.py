from typing import Any

from wagtail.management.commands.publish_scheduled import Command as WagtailCommand

from stories.quality.scheduled import publish_due


class Command(WagtailCommand):
    """Wagtail's command of that name, except that one page with errors does not keep the others from going out."""

    help = "Publishes pages whose time has come, and takes down those that have expired."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dryrun"]:
            super().handle(*args, **options)
        else:
            publish_due()
