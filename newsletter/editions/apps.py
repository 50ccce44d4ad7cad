from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditionsConfig(AppConfig):
    name = "newsletter.editions"
    verbose_name = _("Editions")

    def ready(self) -> None:
        from newsletter.editions.feeds import PREFIX, edition_channels
        from stories.feeds.channels import register_channel

        register_channel(PREFIX, edition_channels)
