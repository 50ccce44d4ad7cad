from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SendingConfig(AppConfig):
    name = "newsletter.sending"
    verbose_name = _("Sending")

    def ready(self) -> None:
        from newsletter.sending import checks, signal_handlers, webhook_checks  # noqa: F401
        from newsletter.sending.bounces import checks as bounce_checks  # noqa: F401

        signal_handlers.connect()
