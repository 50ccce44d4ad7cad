from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedsConfig(AppConfig):
    name = "stories.feeds"
    label = "feeds"
    verbose_name = _("Feeds")

    def ready(self) -> None:
        from . import signal_handlers

        signal_handlers.connect()
