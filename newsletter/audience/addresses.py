"""E-mail addresses and names as they come from outside, made safe for the database and for headers."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

from newsletter.audience.keyed_hash import KeyedHash

MAX_ADDRESS_LENGTH = 254  # RFC 5321 §4.5.3.1.3 less the angle brackets
MAX_NAME_LENGTH = 120
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
TURNS_DIRECTION = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# RFC 2606 and RFC 6761: nobody receives mail there.
RESERVED_DOMAINS = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


def normalise_address(raw: str) -> str:
    """The one spelling of an address: NFC, lower case, Unicode domain (RFC 6531).

    Lower-casing the local part is not what RFC 5321 says, but what every provider does; without it one
    person could stand on the list twice. Raises ValidationError with words for the person who typed it.
    """
    text = raw.strip(" \t\r\n")
    if len(text) > MAX_ADDRESS_LENGTH:
        raise ValidationError(
            _("This address is longer than an address can be (254 characters)."), code="too_long"
        )
    _refuse_common_mistakes(text)
    try:
        # No SMTPUTF8: docs/decisions/ascii-before-the-at.md says why.
        checked = validate_email(
            text, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError as error:
        raise ValidationError(
            _("This is not an e-mail address. It should look like name@example.org."), code="invalid"
        ) from error
    normalised = unicodedata.normalize("NFC", checked.normalized).lower()
    if len(normalised) > MAX_ADDRESS_LENGTH:
        raise ValidationError(
            _("This address is longer than an address can be (254 characters)."), code="too_long"
        )
    return normalised


def _refuse_common_mistakes(text: str) -> None:
    """Says in words what email_validator would say in English only."""
    for character in text:
        if unicodedata.category(character) in UNSEEN:
            raise ValidationError(
                _("There is a character in this address that cannot be seen (%(character)s). Type it anew."),
                code="unseen",
                params={"character": character_in_words(character)},
            )
    if "," in text or ";" in text:
        raise ValidationError(_("Only one address fits here."), code="several")
    if any(character.isspace() for character in text):
        raise ValidationError(_("There is no space in an e-mail address."), code="space")
    if text.count("@") != 1:
        raise ValidationError(_("There is exactly one @ in an e-mail address."), code="at_sign")
    local, _at, domain = text.partition("@")
    if "." not in domain.strip("."):
        raise ValidationError(
            _("This address is not complete: after the @ there must be a domain such as example.org."),
            code="domain",
        )
    if not local.isascii():
        raise ValidationError(
            _("We cannot write to addresses with letters such as “%(letter)s” before the @."),
            code="smtputf8",
            params={"letter": next(letter for letter in local if not letter.isascii())},
        )


def address_hash(address: str) -> str:
    """Keyed hash (HMAC-SHA256, 64 hex digits) of a normalised address.

    It survives erasure and tells nothing without the key.
    """
    return address_hashes([address])[0]


def address_hashes(addresses: Iterable[str]) -> list[str]:
    """That of each, in their order."""
    digest = _keyed(settings.SUBSCRIBER_KEY).digest
    return [digest(address.encode()).hex() for address in addresses]


@lru_cache(maxsize=2)
def _keyed(key: str) -> KeyedHash:
    return KeyedHash(key.encode())


def validate_header_text(value: str) -> None:
    """Refuses what could end a header line or turn its direction: control and bidirectional format characters."""
    for character in value:
        if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} or character in TURNS_DIRECTION:
            raise ValidationError(
                _("Line breaks and control characters cannot stand here: %(character)s."),
                code="header_text",
                params={"character": character_in_words(character)},
            )


def character_in_words(character: str) -> str:
    """Such as "U+202E RIGHT-TO-LEFT OVERRIDE"; control characters have a number only, but for the line break."""
    name = _("line break") if character in "\r\n" else unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".strip()


def is_reserved(address: str) -> bool:
    """Whether the address ends in a domain reserved for documentation and tests."""
    domain = address.rpartition("@")[2]
    return any(domain == reserved or domain.endswith(f".{reserved}") for reserved in RESERVED_DOMAINS)
