"""Domain names as they stand in addresses and settings: spelt for the DNS, and compared as DMARC compares them."""

import ipaddress
import re

import idna

from newsletter.audience.addresses import is_reserved

# Names that never lead out into the DNS, beside those reserved for demos and tests: RFC 6762, RFC 7686, RFC 8375,
# RFC 9476, and ICANN's reservation of .internal.
LOCAL = ("local", "localdomain", "internal", "lan", "home.arpa", "onion", "alt")
# Whoever has a mailbox there may not send a newsletter in its name: their DMARC policies turn it away.
MAILBOX_PROVIDERS = frozenset((
    "aol.com", "free.fr", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "hotmail.es",
    "hotmail.fr", "icloud.com", "laposte.net", "live.com", "me.com", "msn.com", "orange.fr", "outlook.com",
    "outlook.es", "outlook.fr", "pm.me", "posteo.de", "proton.me", "protonmail.com", "riseup.net", "wanadoo.fr",
    "web.de", "yahoo.com", "yahoo.es", "yahoo.fr", "ymail.com",
))  # fmt: skip
# The second label of what registries sell below a country's code, such as co.uk, org.ar or asso.fr.
SECOND_LEVELS = frozenset((
    "ac", "asn", "asso", "co", "com", "coop", "ed", "edu", "fed", "firm", "gen", "go", "gob", "gouv", "gov", "govt",
    "gub", "id", "ind", "info", "ltd", "mil", "muni", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "presse",
    "sch",
))  # fmt: skip
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
MAX_NAME = 253  # RFC 1035 §2.3.4, less the root


class NotADomain(ValueError):
    """This cannot stand in the DNS."""


def domain_of(address: str) -> str:
    """What stands after the last @, in lower case and without a dot at its end."""
    return address.rpartition("@")[2].strip().rstrip(".").lower()


def in_ascii(domain: str) -> str:
    """The spelling the DNS knows (RFC 5891), lower case. Raises NotADomain."""
    name = domain.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except UnicodeError as error:  # idna's own errors are among them
            raise NotADomain(domain) from error
    if len(name) > MAX_NAME or not all(LABEL.fullmatch(label) for label in name.split(".")):
        raise NotADomain(domain)
    return name


def leads_nowhere(domain: str) -> bool:
    """Reserved for demos and tests, of this network only, or no domain name at all: no question is asked about it."""
    try:
        name = in_ascii(domain)
    except NotADomain:
        return True
    return (
        "." not in name
        or is_reserved(f"@{name}")
        or any(name == local or name.endswith(f".{local}") for local in LOCAL)
        or is_address(name)
    )


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def organisational(domain: str) -> str:
    """The domain somebody registered: "mail.weft.org.uk" → "weft.org.uk".

    Receivers know it from the Public Suffix List or by a walk through the DNS (RFC 9989 §4.10). This rule of thumb
    needs neither: two labels, or three below a country's own second level.
    """
    labels = domain.lower().rstrip(".").split(".")
    below_a_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    return ".".join(labels[-3:] if below_a_country else labels[-2:])


def aligned(first: str, second: str, *, strict: bool = False) -> bool:
    """Whether DMARC takes the two for the same sender (RFC 9989 §3.2.10): the same domain, or the same owner's."""
    first, second = first.lower().rstrip("."), second.lower().rstrip(".")
    if strict or not first or not second:
        return bool(first) and first == second
    return organisational(first) == organisational(second)
