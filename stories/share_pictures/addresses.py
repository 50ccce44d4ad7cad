"""Where an article's picture is: an address that changes with what is printed, so that it can be kept for ever."""

from hashlib import sha256

from django.urls import reverse

from stories.models import ArticlePage
from stories.share_pictures.drawing import Sheet

# Raised when the drawing changes, so that every address does.
DRAWING = 1


def sheet_of(article: ArticlePage, *, site_name: str) -> Sheet:
    """What the picture says of that article, in its own language."""
    place = getattr(article, "dateline_place", None) or next(iter(article.place_list), None)
    topics = article.topic_list
    facts = [place.name if place else "", ", ".join(topic.name for topic in topics)]
    return Sheet(
        headline=article.title,
        site=site_name,
        label=" · ".join(fact for fact in facts if fact),
        papers=tuple(topic.paper for topic in topics) or (article.paper,),
    )


def digest_of(sheet: Sheet) -> str:
    return sha256(repr((DRAWING, sheet)).encode()).hexdigest()[:16]


def share_address(article: ArticlePage, *, site_name: str) -> str:
    """The picture's address on this site, without its host.

    It names a published page, not words: nobody can have anything drawn that we did not publish.
    """
    digest = digest_of(sheet_of(article, site_name=site_name))
    return reverse("share_picture", kwargs={"page": article.pk, "digest": digest})
