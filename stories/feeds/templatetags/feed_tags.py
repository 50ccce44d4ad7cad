from typing import Any

from django import template
from django.conf import settings
from django.http import Http404
from django.utils.translation import get_language

from stories.context import language_of
from stories.feeds.listing import ListedFeed, autodiscovered
from stories.feeds.views import scope_in
from stories.models import ArticlePage
from stories.remembering import remembered
from stories.sites import site_of

register = template.Library()


@register.simple_tag(takes_context=True)
def feeds_of_page(context: dict[str, Any]) -> list[ListedFeed]:
    """The feeds a browser may discover on this page: the general ones, and those of an article's topics."""
    page, listing = context.get("page"), context.get("listing")
    if isinstance(page, ArticlePage) and page.pk:
        # A topic that is not translated has no feed in this language.
        topics = [topic for topic in page.topic_list if topic.slug and topic.locale_id == page.locale_id]
        own = tuple(f"topic-{topic.slug}" for topic in topics)
        language = language_of(page.locale_id)
    else:
        own = tuple(listing.feeds) if listing else ()
        language = get_language() or settings.LANGUAGE_CODE
    try:
        site = site_of(context["request"])
        key = f"feeds:{site.pk if site else None}:{language}:{','.join(own)}"
        return remembered(key, lambda: autodiscovered(scope_in(site, language), own))
    except (Http404, KeyError):
        # An error page, or a page rendered without a request, has no feeds to show.
        return []
