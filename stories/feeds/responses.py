"""HTTP around a feed's bytes. Tags, compression and 304 are the page cache's, which is the outermost middleware."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import http_date

from .entries import FeedDocument
from .formats import Format
from .freshness import Freshness


def feed_response(document: FeedDocument, feed_format: Format, freshness: Freshness) -> HttpResponse:
    """Only an answer that was checked with us may be served from a cache: a withdrawn story must go."""
    response = HttpResponse(feed_format.write(document), content_type=feed_format.content_type)
    response["Last-Modified"] = http_date(freshness.changed.timestamp())
    response["Cache-Control"] = "public, no-cache"
    response["Link"] = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in _links(document))
    response["X-Content-Type-Options"] = "nosniff"
    if feed_format.extension == "json":
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
    return response


def _links(document: FeedDocument) -> list[tuple[str, str]]:
    """(rel, URL) for the Link header (RFC 8288)."""
    links = [("self", document.self_url)]
    if document.hub_url:
        links.append(("hub", document.hub_url))
    if document.licence and document.licence.url:
        links.append(("license", document.licence.url))
    return links
