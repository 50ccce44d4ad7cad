"""SPF, DKIM and DMARC records, taken apart. No question is asked here, and nothing a stranger wrote raises."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

Network = IPv4Network | IPv6Network


# --- SPF (RFC 7208) ---------------------------------------------------------------------------------
SPF_VERSION = re.compile(r"v=spf1(?= |$)", re.IGNORECASE)
SPF_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE | re.DOTALL)
SPF_MECHANISM = re.compile(
    r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?:([:/])(.*))?", re.IGNORECASE | re.DOTALL
)
SPF_DOMAIN = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?", re.IGNORECASE)
# "a:mail.weft.org/24//64": a domain, then prefix lengths for IPv4 and IPv6.
SPF_PREFIXES = re.compile(r"(.*?)(?:/(\d{1,2}))?(?://(\d{1,3}))?", re.DOTALL)
PREFIX_BITS = {4: 32, 6: 128}


@dataclass(frozen=True)
class SpfTerm:
    """One mechanism. `domain` is empty where it means the record's own; `network` is that of ip4 and ip6."""

    text: str
    qualifier: str
    name: str
    domain: str = ""
    network: Network | None = None
    prefixes: tuple[int, int] = (32, 128)

    @property
    def has_macro(self) -> bool:
        """It differs from one message to the next (RFC 7208 §7), so it cannot be followed from here."""
        return "%" in self.domain


@dataclass(frozen=True)
class SpfRecord:
    text: str
    terms: tuple[SpfTerm, ...]
    redirect: str
    unreadable: tuple[str, ...]

    @property
    def all(self) -> str:
        """What becomes of everybody else: "+", "-", "~" or "?"; empty where the record does not say."""
        return next((term.qualifier for term in self.terms if term.name == "all"), "")


def is_spf(text: str) -> bool:
    return SPF_VERSION.match(text) is not None


def parse_spf(text: str) -> SpfRecord:
    """Of a text that is_spf() says yes to. Terms that cannot be read make the whole record void for receivers."""
    terms: list[SpfTerm] = []
    unreadable: list[str] = []
    redirect = ""
    for word in text.split(" ")[1:]:
        if not word:
            continue
        modifier = SPF_MODIFIER.fullmatch(word)
        if modifier is None:
            term = _mechanism(word)
            if term is None:
                unreadable.append(word)
            else:
                terms.append(term)
        elif modifier[1].lower() == "redirect":
            redirect = modifier[2].lower()
    return SpfRecord(text=text, terms=tuple(terms), redirect=redirect, unreadable=tuple(unreadable))


def _mechanism(word: str) -> SpfTerm | None:
    match = SPF_MECHANISM.fullmatch(word)
    if match is None:
        return None
    qualifier, name, separator, value = match[1] or "+", match[2].lower(), match[3], match[4] or ""
    if name == "all":
        return SpfTerm(word, qualifier, name) if separator is None else None
    if name in {"ip4", "ip6"}:
        network = _network(value, version=int(name[2]))
        return SpfTerm(word, qualifier, name, network=network) if network and separator == ":" else None
    written, four, six = _prefixes(f"/{value}" if separator == "/" else value)
    if four > PREFIX_BITS[4] or six > PREFIX_BITS[6]:
        return None
    if written and "%" not in written and not SPF_DOMAIN.fullmatch(written):
        return None
    if not written and (separator == ":" or name in {"include", "exists"}):
        return None
    return SpfTerm(word, qualifier, name, domain=written.lower().rstrip("."), prefixes=(four, six))


def _prefixes(value: str) -> tuple[str, int, int]:
    match = SPF_PREFIXES.fullmatch(value)
    if match is None:
        return value, PREFIX_BITS[4], PREFIX_BITS[6]
    return match[1], int(match[2] or PREFIX_BITS[4]), int(match[3] or PREFIX_BITS[6])


def _network(value: str, *, version: int) -> Network | None:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return None
    return network if network.version == version else None


# --- Tag lists, as DKIM and DMARC write them (RFC 6376 §3.2) ------------------------------------------
TAG = re.compile(r"\s*([a-z][a-z0-9_]*)\s*=(.*)", re.IGNORECASE | re.DOTALL)


def tags(text: str) -> dict[str, str]:
    """By name in lower case; of a tag that is there twice the first counts. What is no tag is passed over."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        if match := TAG.fullmatch(part):
            found.setdefault(match[1].lower(), match[2].strip())
    return found


# --- DKIM keys (RFC 6376 §3.6.1, RFC 8463) ------------------------------------------------------------
@dataclass(frozen=True)
class DkimKey:
    """A public key. `bits` is 0 where the key cannot be read; then `kind` is what the record calls it."""

    kind: str
    bits: int
    is_revoked: bool = False
    is_testing: bool = False
    hashes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


def parse_dkim_key(text: str) -> DkimKey | None:
    """None where the text is no DKIM key at all, such as another TXT record under a wildcard."""
    found = tags(text)
    if "p" not in found or found.get("v", "DKIM1") != "DKIM1":
        return None
    kind = found.get("k", "rsa").lower()
    written = re.sub(r"\s", "", found["p"])
    return DkimKey(
        kind=kind,
        bits=_key_bits(written, kind=kind),
        is_revoked=not written,
        is_testing="y" in _list(found.get("t", "")),
        hashes=_list(found.get("h", "")),
        services=_list(found.get("s", "")),
    )


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in value.split(":") if part.strip())


def _key_bits(written: str, *, kind: str) -> int:
    try:
        key = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return 0
    readers: dict[str, Callable[[bytes], int]] = {
        "rsa": _rsa_bits,
        "ed25519": lambda raw: 256 if len(raw) == 32 else 0,
    }
    return readers[kind](key) if kind in readers else 0


def _rsa_bits(der: bytes) -> int:
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0


# --- DMARC (RFC 9989, before it RFC 7489) -----------------------------------------------------------
DMARC_VERSION = re.compile(r"v\s*=\s*DMARC1\s*(?:;|$)")
DMARC_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True)
class DmarcRecord:
    """What receivers shall do with mail that fails. A policy that is missing or unknown is empty."""

    text: str
    policy: str
    subdomain_policy: str
    reports_to: tuple[str, ...]
    strict_dkim: bool
    strict_spf: bool
    testing: bool
    boundary: str

    def policy_for(self, *, is_subdomain: bool) -> str:
        return (self.subdomain_policy or self.policy) if is_subdomain else self.policy


def is_dmarc(text: str) -> bool:
    return DMARC_VERSION.match(text) is not None


def parse_dmarc(text: str) -> DmarcRecord:
    """Of a text that is_dmarc() says yes to."""
    found = tags(text)
    policy, subdomains = found.get("p", "").lower(), found.get("sp", "").lower()
    return DmarcRecord(
        text=text,
        policy=policy if policy in DMARC_POLICIES else "",
        subdomain_policy=subdomains if subdomains in DMARC_POLICIES else "",
        reports_to=tuple(part.strip() for part in found.get("rua", "").split(",") if part.strip()),
        strict_dkim=found.get("adkim", "").lower() == "s",
        strict_spf=found.get("aspf", "").lower() == "s",
        testing=found.get("t", "").lower() == "y",
        boundary=found.get("psd", "").lower(),
    )
