from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoriesConfig(AppConfig):
    name = "stories"
    verbose_name = _("Stories")

    def ready(self) -> None:
        from stories import signal_handlers
        from stories.quality.rules import register_rules

        register_rules()
        signal_handlers.connect()
