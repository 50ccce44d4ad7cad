from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WordPressConfig(AppConfig):
    name = "stories.wordpress"
    label = "wordpress"
    verbose_name = _("WordPress import")

    def ready(self) -> None:
        from stories.wordpress.posts import NEWS
        from stories.wordpress.targets import register_target

        register_target("post", NEWS)
