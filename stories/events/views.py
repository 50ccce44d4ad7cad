"""Calendar files: /calendar.ics with all that is coming in a language, and calendar.ics below an event's page."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from wagtail.models import Page

from stories.events.calendar import events_as_calendar
from stories.events.coming import gatherings
from stories.events.icalendar import MEDIA_TYPE
from stories.models import EventPage, SiteIdentity
from stories.sites import site_of

# A calendar that many people ask for every hour stays small.
MOST_EVENTS = 200


@require_safe
def all_coming(request: HttpRequest) -> HttpResponseBase:
    site = site_of(request)
    if site is None:
        raise Http404("No site answers to this host name.")
    home = site.root_page.localized
    return _calendar(
        request,
        events_as_calendar(
            gatherings(home=home, many=MOST_EVENTS),
            name=SiteIdentity.for_site(site).in_language().name or home.title,
            locale=home.locale,
        ),
        filename="calendar.ics",
    )


@require_safe
def one_event(request: HttpRequest, path: str) -> HttpResponseBase:
    """The event whose page has this address; 404 for any other page, and for what not everybody may read."""
    found = Page.find_for_request(request, path)
    events = EventPage.objects.live().public().filter(starts_at__isnull=False)
    event = events.filter(pk=found.pk).first() if found else None
    if event is None:
        raise Http404("There is no event at this address.")
    document = events_as_calendar([event], name=event.title, locale=event.locale)
    return _calendar(request, document, filename=f"{event.slug}.ics")


def _calendar(request: HttpRequest, document: bytes, *, filename: str) -> HttpResponseBase:
    etag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    response = HttpResponse(document, content_type=MEDIA_TYPE)
    response["ETag"] = etag
    # Slugs may hold letters that a header may not.
    plain = filename.encode("ascii", "ignore").decode() or "event.ics"
    response["Content-Disposition"] = f'inline; filename="{plain}"'
    # Calendars on other sites may show it: everything in it is public.
    response["Access-Control-Allow-Origin"] = "*"
    return get_conditional_response(request, etag=etag, response=response) or response
