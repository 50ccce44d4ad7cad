"""/anymail/<service>/tracking/: Anymail's own view, and only for the service in MAIL.

The others would take reports without anybody's key being set, and so would this one without its own: then nothing is
there. Nothing is mounted for incoming mail: we take none.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from newsletter.sending.webhook_checks import takes_anybodys_reports
from newsletter.sending.webhook_views import tracking_view


@csrf_exempt  # every view checks a signature or a password of the service's own
def tracking(request: HttpRequest, service: str) -> HttpResponseBase:
    view_class = tracking_view(service) if service == settings.MAIL else None
    if view_class is None or takes_anybodys_reports():
        raise Http404
    response: HttpResponseBase = view_class.as_view()(request)
    return response


app_name = "anymail"
urlpatterns = [
    path("mandrill/", tracking, {"service": "mandrill"}, name="mandrill_webhook"),
    path("<str:service>/tracking/", tracking, name="tracking_webhook"),
]
