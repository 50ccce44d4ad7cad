"""A received message's headers, read for what they say about signatures. Nothing is asked, nothing is verified."""

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.parser import HeaderParser
from email.utils import parseaddr

from newsletter.sending.deliverability.domains import domain_of
from newsletter.sending.deliverability.records import tags

MOST_CHARACTERS = 500_000  # of the pasted source
MOST_HEADER_CHARACTERS = 200_000
MOST_SIGNATURES = 20
FOLD = re.compile(r"\r?\n[ \t]*")
HEADERS_END = re.compile(r"\r?\n[ \t]*\r?\n")
METHOD = re.compile(r"\s*([a-z][a-z0-9-]*)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
PROPERTY = re.compile(r"\b(header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]{1,320})", re.IGNORECASE)
HTTPS = re.compile(r"<\s*https://[^<>\s]+\s*>", re.IGNORECASE)


@dataclass(frozen=True)
class Signature:
    """One DKIM-Signature header (RFC 6376 §3.5)."""

    domain: str
    selector: str
    algorithm: str
    signed: frozenset[str]

    @property
    def covers_unsubscribing(self) -> bool:
        """RFC 8058 §4 wants both headers signed."""
        return {"list-unsubscribe", "list-unsubscribe-post"} <= self.signed


@dataclass(frozen=True)
class Verdict:
    """What the receiving server wrote about one method, such as ("dkim", "pass", "weft.org") (RFC 8601 §2.7)."""

    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True)
class Received:
    from_domain: str
    return_domain: str
    signatures: tuple[Signature, ...]
    list_unsubscribe: str
    list_unsubscribe_post: str
    verdicts: tuple[Verdict, ...]
    receiver: str

    @property
    def has_https_link(self) -> bool:
        return HTTPS.search(self.list_unsubscribe) is not None

    @property
    def says_one_click(self) -> bool:
        return re.sub(r"\s", "", self.list_unsubscribe_post).lower() == "list-unsubscribe=one-click"


def read_message(source: str) -> Received | None:
    """None where no header of a message is found in it."""
    headers = _headers(source)
    if "from" not in headers:
        return None
    results = headers.get("authentication-results", [""])[0]
    receiver, _semicolon, _rest = without_comments(results).partition(";")
    return Received(
        from_domain=domain_of(parseaddr(headers["from"][0])[1]),
        return_domain=domain_of(headers.get("return-path", [""])[0].strip("<> ")),
        signatures=tuple(signature(value) for value in headers.get("dkim-signature", [])[:MOST_SIGNATURES]),
        list_unsubscribe=headers.get("list-unsubscribe", [""])[0],
        list_unsubscribe_post=headers.get("list-unsubscribe-post", [""])[0],
        verdicts=tuple(verdicts(results)),
        receiver=receiver.split()[0] if receiver.split() else "",
    )


def _headers(source: str) -> dict[str, list[str]]:
    """By name in lower case, each in its order from the top, unfolded."""
    text = source[:MOST_CHARACTERS].lstrip("\ufeff \t\r\n")
    text = HEADERS_END.split(text, maxsplit=1)[0][:MOST_HEADER_CHARACTERS]
    try:
        message = HeaderParser().parsestr(text, headersonly=True)
        found: dict[str, list[str]] = {}
        for name, value in message.items():
            found.setdefault(name.lower(), []).append(FOLD.sub(" ", str(value)).strip())
    except (MessageError, ValueError, LookupError):
        return {}
    return found


def signature(value: str) -> Signature:
    found = tags(value)
    signed = (name.strip().lower() for name in found.get("h", "").split(":"))
    return Signature(
        domain=found.get("d", "").lower().rstrip("."),
        selector=found.get("s", ""),
        algorithm=found.get("a", "").lower(),
        signed=frozenset(name for name in signed if name),
    )


def verdicts(results: str) -> list[Verdict]:
    """Of an Authentication-Results header; parts that cannot be read are passed over."""
    found = []
    for part in without_comments(results).split(";")[1:]:
        if method := METHOD.match(part):
            properties = {name.lower(): value for name, value in PROPERTY.findall(part)}
            domain = properties.get("header.d") or domain_of(
                properties.get("header.i") or properties.get("smtp.mailfrom") or ""
            )
            found.append(Verdict(method[1].lower(), method[2].lower(), domain.lower()))
    return found


def without_comments(text: str) -> str:
    """Without what stands in parentheses, which may stand in each other (RFC 5322 §3.2.2)."""
    depth, kept = 0, []
    for character in text:
        if character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    return "".join(kept)
