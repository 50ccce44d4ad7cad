from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedsConfig(AppConfig):
    name = "stories.feeds"
    label = "feeds"
    verbose_name = _("Feeds")

    def ready(self) -> None:
        from . import signal_handlers
        from .channels import register_channel
        from .corrections import SLUG, correction_channels

        register_channel(SLUG, correction_channels)
        signal_handlers.connect()
