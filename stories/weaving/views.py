"""The band as a picture. Its address names its threads, so it never changes and everybody shares it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from stories.context import band_papers
from stories.weaving.weave import band_png, favicon_svg

# Twice the 600 by 24 pixels a mail shows, for fine screens.
BAND_SIZE = (1200, 48)
# What social networks and messengers crop their previews to.
SHARE_SIZE = (1200, 630)

_for_ever = cache_control(public=True, max_age=31_536_000, immutable=True)


@require_safe
@_for_ever
def band(request: HttpRequest, letters: str) -> HttpResponse:
    width, height = BAND_SIZE
    return HttpResponse(band_png(letters, width=width, height=height), content_type="image/png")


@require_safe
@_for_ever
def share_picture(request: HttpRequest, letters: str) -> HttpResponse:
    width, height = SHARE_SIZE
    return HttpResponse(band_png(letters, width=width, height=height), content_type="image/png")


@require_safe
@cache_control(public=True, max_age=3600)
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponse(favicon_svg(band_papers()), content_type="image/svg+xml")
