"""E-mail addresses and names as they come from outside, made safe for the database and for headers."""

import hashlib
import hmac
import unicodedata

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

MAX_ADDRESS_LENGTH = 254  # RFC 5321 §4.5.3.1.3 less the angle brackets
MAX_NAME_LENGTH = 120

# RFC 2606 and RFC 6761: nobody receives mail there.
RESERVED_DOMAINS = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


def normalise_address(raw: str) -> str:
    """The one spelling of an address: NFC, lower case, Unicode domain (RFC 6531).

    Lower-casing the local part is not what RFC 5321 says, but what every provider does; without it one
    person could stand on the list twice. Raises ValidationError with words for the person who typed it.
    """
    text = raw.strip()
    if len(text) > MAX_ADDRESS_LENGTH:
        raise ValidationError(_("This address is longer than an address can be (254 characters)."), code="too_long")
    try:
        checked = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValidationError(
            _("This is not an e-mail address: %(reason)s"), code="invalid", params={"reason": str(error)}
        ) from error
    if "." not in checked.domain:
        raise ValidationError(
            _("This is not an e-mail address: after the @ there must be a domain such as example.org."),
            code="invalid",
        )
    normalised = unicodedata.normalize("NFC", checked.normalized).lower()
    if len(normalised) > MAX_ADDRESS_LENGTH:
        raise ValidationError(_("This address is longer than an address can be (254 characters)."), code="too_long")
    return normalised


def address_hash(address: str) -> str:
    """Keyed hash (HMAC-SHA256, 64 hex digits) of a normalised address: survives erasure, tells nothing without the key."""
    return hmac.new(settings.SUBSCRIBER_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()


def validate_header_text(value: str) -> None:
    """Refuses what could end a header line or hide its direction: control and bidirectional format characters."""
    for character in value:
        if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} or character in "\u202a\u202b\u202c\u202d\u202e":
            raise ValidationError(
                _("Line breaks and control characters cannot stand here (character U+%(code)s)."),
                code="header_text",
                params={"code": f"{ord(character):04X}"},
            )


def is_reserved(address: str) -> bool:
    """Whether the address ends in a domain reserved for documentation and tests."""
    domain = address.rpartition("@")[2]
    return any(domain == reserved or domain.endswith(f".{reserved}") for reserved in RESERVED_DOMAINS)
