"""Rules about what stands beside the text."""

import re
from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from stories.models import EventPage, ResourcePage
from stories.quality.reading import ReadArticle
from stories.quality.registry import Fault, Rule

# What Wagtail appends to a slug that is taken. Longer numbers are years.
_COUNTED = re.compile(r"^(?P<words>.+?)(-\d{1,2})?$")


def standfirst_is_missing(article: ReadArticle) -> Iterator[Fault]:
    if not article.page.standfirst.strip():
        yield Fault(field_name="standfirst")


def topic_is_missing(article: ReadArticle) -> Iterator[Fault]:
    if not article.page.topics.all():
        yield Fault(field_name="topics")


def author_is_missing(article: ReadArticle) -> Iterator[Fault]:
    if not article.page.authors.all():
        yield Fault(field_name="authors")


def beginning_is_missing(article: ReadArticle) -> Iterator[Fault]:
    if isinstance(article.page, EventPage) and article.page.starts_at is None:
        yield Fault(field_name="starts_at")


def nothing_to_take_away(article: ReadArticle) -> Iterator[Fault]:
    page = article.page
    if isinstance(page, ResourcePage) and not page.document_id and not page.link:
        yield Fault(field_name="link")


def slug_is_nearly_taken(article: ReadArticle) -> Iterator[Fault]:
    """Another page of this language has the same words in its address, with or without a small number behind them."""
    page = article.page
    counted = _COUNTED.match(page.slug)
    if counted is None:
        return
    words = counted["words"]
    nearly = Page.objects.filter(Q(slug=words) | Q(slug__startswith=f"{words}-"), locale_id=page.locale_id)
    for pk, slug, title in nearly.exclude(pk=page.pk).order_by("pk").values_list("pk", "slug", "title")[:50]:
        other = _COUNTED.match(slug)
        if other and other["words"] == words:
            address = reverse("wagtailadmin_pages:edit", args=[pk])
            yield Fault(field_name="slug", address=address, words={"title": title, "slug": slug})
            return


RULES = [
    Rule(
        "standfirst",
        "error",
        standfirst_is_missing,
        _("There is no standfirst. Write one or two sentences: lists, feeds and newsletters show them."),
    ),
    Rule(
        "topic",
        "error",
        topic_is_missing,
        _("No topic is chosen. Choose at least one: feeds, newsletters and the page's colour go by it."),
    ),
    Rule(
        "author",
        "error",
        author_is_missing,
        _("Nobody is named as its author. Choose who wrote it, a person or a group."),
    ),
    Rule(
        "event_beginning",
        "error",
        beginning_is_missing,
        _("It is not said when the event begins. Give the day and the hour."),
    ),
    Rule(
        "resource",
        "error",
        nothing_to_take_away,
        _("There is nothing to take away. Choose a file, or give a link."),
    ),
    Rule(
        "slug",
        "warning",
        slug_is_nearly_taken,
        _(
            "“%(title)s” has nearly the same address (%(slug)s). "
            "If it is the same piece, work on that one; if not, choose another slug."
        ),
    ),
]
