"""HTTP around a feed's bytes: conditional requests (RFC 9110 §13), compression, Link headers (RFC 8288)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date, parse_http_date_safe

from .formats import Format
from .stored_bytes import StoredFeed

COMPRESSED_SUFFIX = "-gzip"


def feed_response(request: HttpRequest, feed: StoredFeed, feed_format: Format) -> HttpResponse:
    """200 or 304. Only an answer that was checked with us may be served from a cache: a withdrawn story must go."""
    compressed = accepts_gzip(request.headers.get("Accept-Encoding", ""))
    body = feed.compressed if compressed else feed.plain
    unchanged = not_modified(request, feed)
    response = HttpResponse(status=304) if unchanged else HttpResponse(content_type=feed_format.content_type)
    # A strong validator names bytes, so the compressed form needs one of its own.
    response["ETag"] = f'"{feed.digest}{COMPRESSED_SUFFIX if compressed else ""}"'
    response["Last-Modified"] = http_date(feed.freshness.changed.timestamp())
    response["Cache-Control"] = "public, no-cache"
    response["Vary"] = "Accept-Encoding"
    response["Link"] = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in feed.links)
    response["X-Content-Type-Options"] = "nosniff"
    if feed_format.extension == "json":
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
    if unchanged:
        del response["Content-Type"]
        return response
    if compressed:
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(body))
    if request.method != "HEAD":
        response.content = body
    return response


def not_modified(request: HttpRequest, feed: StoredFeed) -> bool:
    """If-None-Match compares weakly and, when sent, alone decides (RFC 9110 §13.1.2, §13.1.3)."""
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        known = {feed.digest, feed.digest + COMPRESSED_SUFFIX}
        return tags.strip() == "*" or any(opaque_tag(tag) in known for tag in tags.split(","))
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and feed.freshness.changed <= datetime.fromtimestamp(since, tz=UTC)


def opaque_tag(tag: str) -> str:
    """What stands between the quotes. nginx weakens the tags of what it compresses, Apache appends its own suffix."""
    return tag.strip().removeprefix("W/").strip('"')


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, or * is, with a weight above zero (RFC 9110 §12.5.3)."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        name, _, value = parameters.partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0
