"""/anymail/<service>/tracking/: Anymail's own view, and only for the service in MAIL.

The others would take reports without anybody's key being set. Nothing is mounted for incoming mail: we take none.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

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


@csrf_exempt  # every view checks a signature or a password of the service's own
def tracking(request: HttpRequest, service: str) -> HttpResponseBase:
    view_class = tracking_view(service) if service == settings.MAIL else None
    if view_class is None:
        raise Http404
    response: HttpResponseBase = view_class.as_view()(request)
    return response


app_name = "anymail"
urlpatterns = [
    path("mandrill/", tracking, {"service": "mandrill"}, name="mandrill_webhook"),
    path("<str:service>/tracking/", tracking, name="tracking_webhook"),
]
