from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FindingConfig(AppConfig):
    name = "stories.finding"
    label = "finding"
    verbose_name = _("Search")

    def ready(self) -> None:
        from stories.finding import signal_handlers

        signal_handlers.connect()
