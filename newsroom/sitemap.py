"""/sitemap.xml: every page that anybody may read, in every language."""

from functools import reduce
from operator import or_

from django.db.models import Q
from wagtail.contrib.sitemaps import Sitemap
from wagtail.models import Page
from wagtail.query import PageQuerySet


class EveryLanguage(Sitemap):
    """Wagtail's lists the pages below the site's home page alone; those of other languages are trees beside it."""

    def items(self) -> PageQuerySet:
        home = self.get_wagtail_site().root_page
        trees = (Q(path__startswith=tree.path) for tree in (home, *home.get_translations()))
        return (
            Page.objects.filter(reduce(or_, trees))
            .live()
            .public()
            .order_by("path")
            .defer_streamfields()
            .specific()
        )
