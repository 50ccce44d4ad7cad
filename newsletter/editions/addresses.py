"""Absolute addresses for messages, which know no request."""

import re
from urllib.parse import urljoin

from django.conf import settings
from django.utils.encoding import iri_to_uri

_WITH_SCHEME = re.compile(r"(https?|mailto|tel):", re.IGNORECASE)
_HOST_FIRST = re.compile(r"[\w-]+(\.[\w-]+)+([/?#:]|$)")


def on_this_site(address: str) -> str:
    """The address as absolute ASCII; a path gets the site's own scheme and host."""
    return iri_to_uri(urljoin(f"{settings.BASE_URL}/", address)) if address else ""


def sendable_address(written: str) -> str:
    """What an editor gave as an address, made absolute; empty when a mail program could not follow it."""
    address = written.strip()
    if _WITH_SCHEME.match(address):
        return iri_to_uri(address)
    if address.startswith("//"):
        return iri_to_uri(f"https:{address}")
    if address.startswith("/"):
        return on_this_site(address)
    return iri_to_uri(f"https://{address}") if _HOST_FIRST.match(address) else ""
