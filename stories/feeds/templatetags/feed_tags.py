from typing import Any

from django import template
from django.http import Http404

from stories.feeds.channels import Scope
from stories.feeds.listing import ListedFeed, autodiscovered
from stories.feeds.views import scope_of
from stories.models import ArticlePage

register = template.Library()


@register.simple_tag(takes_context=True)
def feeds_of_page(context: dict[str, Any]) -> list[ListedFeed]:
    """The feeds a browser may discover on this page: the general ones, and those of an article's topics."""
    page = context.get("page")
    if isinstance(page, ArticlePage) and page.pk:
        site = page.get_site()
        if site:
            return autodiscovered(Scope(site, page.locale), [topic.slug for topic in page.topic_list])
    try:
        return autodiscovered(scope_of(context["request"]))
    except (Http404, KeyError):
        # An error page, or a page rendered without a request, has no feeds to show.
        return []
