"""A DNS of one's own: a dict from (name, type) to values, or to what goes wrong. Nothing leaves the process."""

import base64
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from newsletter.sending.deliverability.lookups import Answer, Outcome

Zone = Mapping[tuple[str, str], Sequence[str] | Outcome]


class FakeDns:
    """Answers as a resolver would, and remembers what it was asked."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        there = self.zone.get((name, kind))
        if isinstance(there, Outcome):
            return Answer(there)
        if there is not None:
            return Answer(Outcome.FOUND, tuple(there))
        exists = any(known == name or known.endswith(f".{name}") for known, _kind in self.zone)
        return Answer(Outcome.NO_RECORD if exists else Outcome.NO_NAME)


def rsa_key(bits: int) -> str:
    """A DKIM record with a key of that length, which signs nothing."""
    key = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) | 12345678901234567891).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


GOOD_ZONE: dict[tuple[str, str], Sequence[str] | Outcome] = {
    ("weft.coop", "TXT"): ["v=spf1 mx include:mailgun.org ~all", "some-site-verification=1234"],
    ("mailgun.org", "TXT"): ["v=spf1 ip4:159.135.224.0/20 -all"],
    ("weft.coop", "MX"): ["mail.weft.coop"],
    ("mail.weft.coop", "A"): ["185.1.2.3"],
    ("3.2.1.185.in-addr.arpa", "PTR"): ["mail.weft.coop"],
    ("pic._domainkey.weft.coop", "TXT"): [rsa_key(2048)],
    ("_dmarc.weft.coop", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:dmarc@weft.coop"],
}
