"""Which of Anymail's views takes a mail service's reports."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anymail.webhooks.base import AnymailBaseWebhookView

# Mandrill's one view takes reports and incoming mail; nobody here listens for the latter.
VIEWS = ("TrackingWebhookView", "CombinedWebhookView")


def tracking_view(service: str) -> "type[AnymailBaseWebhookView] | None":
    """Anymail's view for a service's reports; None where the service sends none, or is none.

    Only the one that is asked for is imported: some bring half of a cloud's client along.
    """
    if not service.isidentifier() or find_spec(f"anymail.webhooks.{service}") is None:
        return None
    module = import_module(f"anymail.webhooks.{service}")
    views = (
        value
        for name, value in vars(module).items()
        if name.endswith(VIEWS) and value.__module__ == module.__name__
    )
    return next(views, None)
