"""Every address of the newsroom. What is not here is a page in Wagtail's tree."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

from newsroom import health, media
from newsroom.sitemap import EveryLanguage

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("anymail/", include("newsletter.sending.webhook_urls")),
    path("", include("stories.weaving.urls")),
    path("", include("stories.reviewing.urls")),
    path("sitemap.xml", sitemap, {"sitemaps": {"pages": EveryLanguage}}),
    path("robots.txt", health.robots),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("media/<path:path>", media.picture),
    *i18n_patterns(
        path("feeds/", include("stories.feeds.urls")),
        path("", include("stories.events.urls")),
        path("", include("stories.finding.urls")),
        path("", include("newsletter.audience.urls")),
        path("", include(wagtail_urls)),
        prefix_default_language=False,
    ),
]
