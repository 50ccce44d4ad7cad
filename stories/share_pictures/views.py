"""The picture behind an article's og:image."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from wagtail.models import Page

from stories.context import site_name
from stories.models import ArticlePage
from stories.share_pictures.addresses import digest_of, share_address, sheet_of
from stories.share_pictures.drawing import share_png

A_YEAR = 31_536_000


@require_safe
def share_picture(request: HttpRequest, page: int, digest: str) -> HttpResponseBase:
    """The picture, to be kept for ever. An address from before the last change leads to the one of today."""
    article = Page.objects.live().public().filter(pk=page).specific().first()
    if not isinstance(article, ArticlePage):
        raise Http404
    with translation.override(article.locale.language_code):
        name = site_name(request)
        sheet = sheet_of(article, site_name=name)
    if digest != digest_of(sheet):
        moved = redirect(share_address(article, site_name=name))
        patch_cache_control(moved, public=True, max_age=60)
        return moved
    response = HttpResponse(share_png(sheet), content_type="image/png")
    patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    return response
