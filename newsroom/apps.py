from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NewsroomConfig(AppConfig):
    name = "newsroom"
    verbose_name = _("Newsroom")

    def ready(self) -> None:
        from newsroom import checks, signal_handlers  # noqa: F401
        from newsroom.imported_pages import PLAIN_PAGE
        from stories.wordpress.targets import register_target

        signal_handlers.connect()
        register_target("page", PLAIN_PAGE)
