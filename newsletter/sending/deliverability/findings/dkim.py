"""DKIM: does the key stand in the DNS that receivers check the signature with? (RFC 6376, RFC 8301)"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from newsletter.sending.deliverability.findings.base import (
    Finding,
    Level,
    Record,
    Topic,
    could_not_ask,
    shown,
)
from newsletter.sending.deliverability.lookups import Answer, Ask, Outcome
from newsletter.sending.deliverability.records import DkimKey, parse_dkim_key
from newsletter.sending.deliverability.services import USUAL_SELECTORS, Route

WEAKEST_BITS = 1024
GOOD_BITS = 2048


def key_name(selector: str, domain: str) -> str:
    return f"{selector}._domainkey.{domain}"


def dkim_findings(domain: str, route: Route, ask: Ask, *, selectors: Sequence[str] = ()) -> list[Finding]:
    """Of the signing domain, in ASCII. Looks where a person says, or where the service usually keeps its keys."""
    if selectors:
        return [
            _finding_at(selector, domain, ask(key_name(selector, domain), "TXT")) for selector in selectors
        ]
    tried = route.service.selectors or USUAL_SELECTORS
    answers = {selector: ask(key_name(selector, domain), "TXT") for selector in tried}
    # Under a wildcard every name has a record, and most are no keys.
    there = {selector: answer for selector, answer in answers.items() if keys_in(answer)}
    if there:
        return [_finding_at(selector, domain, answer) for selector, answer in there.items()]
    if unanswered := [answer for answer in answers.values() if not answer.is_known]:
        return [could_not_ask(Topic.DKIM, domain, unanswered[0])]
    return [_none_found(domain, route, ask, tried)]


def keys_in(answer: Answer) -> list[DkimKey]:
    return [key for text in answer.values if (key := parse_dkim_key(text)) is not None]


def _none_found(domain: str, route: Route, ask: Ask, tried: Sequence[str]) -> Finding:
    label = route.service.label
    record = Record(key_name(tried[0], domain), "TXT") if route.service.selectors else None
    if ask(f"_domainkey.{domain}", "TXT").outcome is Outcome.NO_NAME:
        # Nothing stands below a name that does not exist (RFC 8020).
        words = _(
            "No DKIM key stands in the DNS, so nobody can check a signature, and large providers turn the mail away. "
            "Set up DKIM with %(service)s, which then names the record to add."
        )
        return Finding(Topic.DKIM, Level.BROKEN, words % {"service": label}, record)
    if route.service.selectors:
        words = _(
            "No DKIM key was found under the names %(service)s uses (%(tried)s). If its page for your domain names "
            "another, type that one above; otherwise set DKIM up there."
        )
        return Finding(
            Topic.DKIM, Level.BROKEN, words % {"service": label, "tried": ", ".join(tried)}, record
        )
    words = _(
        "Keys cannot be listed, only asked for by name, and none of the usual names fits. Where %(service)s "
        "shows the DNS records of your domain, look for the one with “._domainkey” in its name, and type what stands "
        "before that above, as the selector."
    )
    return Finding(Topic.DKIM, Level.UNKNOWN, words % {"service": label})


def _finding_at(selector: str, domain: str, answer: Answer) -> Finding:
    name = key_name(selector, domain)
    if not answer.is_known:
        return could_not_ask(Topic.DKIM, name, answer)
    found = tuple(shown(text) for text in answer.values)
    keys = keys_in(answer)
    if not keys:
        words = _(
            "There is no DKIM key under %(name)s. The page of your mail service says what belongs there."
        )
        return Finding(Topic.DKIM, Level.BROKEN, words % {"name": name}, Record(name, "TXT"), found)
    if len(keys) > 1:
        words = _(
            "There are %(n)s keys under %(name)s, and receivers may take the wrong one. Leave only one."
        )
        return Finding(Topic.DKIM, Level.MEND, words % {"n": len(keys), "name": name}, found=found)
    level, words = _judge(keys[0])
    record = Record(name, "TXT") if level is Level.BROKEN else None
    return Finding(Topic.DKIM, level, words % {"name": name, "bits": keys[0].bits}, record, found)


def _judge(key: DkimKey) -> tuple[Level, str]:
    """The level, and words with places for the name and the bits."""
    if key.is_revoked:
        return Level.BROKEN, _(
            "The key under %(name)s was withdrawn: its “p=” is empty. Ask your mail service for a new one."
        )
    if not key.bits:
        return Level.BROKEN, _(
            "The key under %(name)s cannot be read. It was probably cut off when it was copied: copy it once more."
        )
    if (key.hashes and "sha256" not in key.hashes) or (
        key.services and not {"*", "email"} & set(key.services)
    ):
        return Level.BROKEN, _("The key under %(name)s is not meant for signing mail of today.")
    if key.kind == "rsa" and key.bits < WEAKEST_BITS:
        return Level.BROKEN, _(
            "The key under %(name)s has %(bits)s bits. That is so weak that receivers ignore it; 2048 are usual."
        )
    if key.is_testing:
        return Level.MEND, _(
            "The key under %(name)s says it is a test (“t=y”), so receivers pay it no heed. Take that part out."
        )
    if key.kind == "rsa" and key.bits < GOOD_BITS:
        return Level.GOOD, _(
            "The key under %(name)s has %(bits)s bits. Receivers take it; change to 2048 when your service offers that."
        )
    return Level.GOOD, _("A key stands under %(name)s (%(bits)s bits).")
