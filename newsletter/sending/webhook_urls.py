"""/anymail/<service>/tracking/: Anymail's own views, and of them only those of the service in MAIL.

The others would take reports without anybody's key being set. Nothing is mounted for incoming mail: we take none.
"""

from functools import wraps
from typing import Any

from anymail.urls import urlpatterns as anymail_patterns
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern

WEBHOOK, TRACKING = "_webhook", "_tracking_webhook"
# Its one view takes reports and incoming mail; nobody here listens for the latter.
MANDRILL = "mandrill_webhook"


def service_of(pattern: URLPattern) -> str:
    """The service as MAIL names it; empty for what is not mounted."""
    name = pattern.name or ""
    if name.endswith(TRACKING) or name == MANDRILL:
        return name.removesuffix(TRACKING).removesuffix(WEBHOOK)
    return ""


def only_for_the_service_in_mail(pattern: URLPattern) -> URLPattern:
    @wraps(pattern.callback)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if service_of(pattern) != settings.MAIL:
            raise Http404
        return pattern.callback(request, *args, **kwargs)

    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


app_name = "anymail"
urlpatterns = [only_for_the_service_in_mail(pattern) for pattern in anymail_patterns if service_of(pattern)]
