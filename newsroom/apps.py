from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NewsroomConfig(AppConfig):
    name = "newsroom"
    verbose_name = _("Newsroom")

    def ready(self) -> None:
        from newsroom import checks, signal_handlers  # noqa: F401
        from newsroom.imported_pages import PLAIN_PAGE
        from newsroom.models import InfoPage
        from newsroom.page_cache import changes, recording
        from newsroom.page_cache.parts import kept_parts
        from stories.finding.kinds import register_plain_page
        from stories.remembering import remember_with
        from stories.wordpress.targets import register_target

        signal_handlers.connect()
        changes.connect()
        recording.connect()
        remember_with(kept_parts)
        register_target("page", PLAIN_PAGE)
        register_plain_page(InfoPage)
