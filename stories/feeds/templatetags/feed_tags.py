from typing import Any

from django import template
from django.http import Http404
from django.utils.translation import get_language
from wagtail.models import Site

from stories.feeds.listing import ListedFeed, autodiscovered
from stories.feeds.views import scope_of
from stories.models import ArticlePage
from stories.remembering import remembered

register = template.Library()


@register.simple_tag(takes_context=True)
def feeds_of_page(context: dict[str, Any]) -> list[ListedFeed]:
    """The feeds a browser may discover on this page: the general ones, and those of an article's topics."""
    page, listing = context.get("page"), context.get("listing")
    if isinstance(page, ArticlePage) and page.pk:
        # A topic that is not translated has no feed in this language.
        topics = [topic for topic in page.topic_list if topic.slug and topic.locale_id == page.locale_id]
        own = tuple(f"topic-{topic.slug}" for topic in topics)
    else:
        own = tuple(listing.feeds) if listing else ()
    try:
        request = context["request"]
        site = Site.find_for_request(request)
        key = f"feeds:{site.pk if site else None}:{get_language()}:{','.join(own)}"
        return remembered(key, lambda: autodiscovered(scope_of(request), own))
    except (Http404, KeyError):
        # An error page, or a page rendered without a request, has no feeds to show.
        return []
