"""A received message: is it signed for the sender people see, and does the signature cover unsubscribing? (RFC 8058)"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from newsletter.sending.deliverability.domains import aligned
from newsletter.sending.deliverability.findings.base import Finding, Level, Topic, shown
from newsletter.sending.deliverability.received import Received, Signature

TOPIC_OF_METHOD = {"spf": Topic.SPF, "dkim": Topic.DKIM, "dmarc": Topic.DMARC}


def message_findings(message: Received) -> list[Finding]:
    return [_signature_finding(message), *_unsubscribe_findings(message), *_receivers_findings(message)]


def _ours(message: Received) -> list[Signature]:
    return [signature for signature in message.signatures if aligned(signature.domain, message.from_domain)]


def _signature_finding(message: Received) -> Finding:
    found = tuple(
        shown(f"d={signature.domain}; s={signature.selector}; a={signature.algorithm}")
        for signature in message.signatures
    )
    values = {
        "domain": shown(message.from_domain),
        "signers": shown(", ".join(dict.fromkeys(signature.domain for signature in message.signatures))),
    }
    if not message.signatures:
        words = _(
            "The message carries no DKIM signature. Either it was not signed, or only a part of the source was pasted: "
            "choose “Show original” or “View source” in your mail program and copy all of it."
        )
        return Finding(Topic.ALIGNMENT, Level.BROKEN, words)
    ours = _ours(message)
    if not ours:
        words = _(
            "The message is signed by %(signers)s, but people see %(domain)s as the sender, and DMARC does not count the "
            "two as one. Set up your own domain with your mail service."
        )
        return Finding(Topic.ALIGNMENT, Level.BROKEN, words % values, found=found)
    if all(signature.algorithm == "rsa-sha1" for signature in ours):
        words = _(
            "The signature is of a kind receivers no longer take (rsa-sha1). Ask your mail service for rsa-sha256."
        )
        return Finding(Topic.ALIGNMENT, Level.BROKEN, words, found=found)
    words = _("The message is signed for %(domain)s, the sender people see.")
    if message.return_domain and not aligned(message.return_domain, message.from_domain):
        more = _(
            "Its return address is at %(other)s, so SPF speaks for that domain: the signature has to hold."
        )
        words = f"{words} {more}"
    return Finding(
        Topic.ALIGNMENT, Level.GOOD, words % {**values, "other": shown(message.return_domain)}, found=found
    )


def _unsubscribe_findings(message: Received) -> Iterator[Finding]:
    found = tuple(
        shown(f"{name}: {value}")
        for name, value in (
            ("List-Unsubscribe", message.list_unsubscribe),
            ("List-Unsubscribe-Post", message.list_unsubscribe_post),
        )
        if value
    )

    def broken(words: str) -> Finding:
        return Finding(Topic.UNSUBSCRIBE, Level.BROKEN, words, found=found)

    if not message.has_https_link or not message.says_one_click:
        yield broken(
            _(
                "The headers that let people unsubscribe with one click are not all there. The newsroom writes them into "
                "every newsletter: either this is another message, or the mail service takes them out."
            )
        )
        return
    covering = [signature for signature in message.signatures if signature.covers_unsubscribing]
    if not covering:
        yield broken(
            _(
                "The signature does not cover List-Unsubscribe and List-Unsubscribe-Post, so mail programs show no button "
                "to unsubscribe. Ask your mail service, or whoever runs the mail server, to sign these two headers."
            )
        )
    elif not any(aligned(signature.domain, message.from_domain) for signature in covering):
        yield Finding(
            Topic.UNSUBSCRIBE,
            Level.MEND,
            _(
                "Only the signature of another domain covers List-Unsubscribe and List-Unsubscribe-Post: %(signers)s."
            )
            % {"signers": shown(", ".join(signature.domain for signature in covering))},
            found=found,
        )
    else:
        yield Finding(
            Topic.UNSUBSCRIBE,
            Level.GOOD,
            _("The signature covers both headers, so mail programs can offer a button to unsubscribe."),
            found=found,
        )


def _receivers_findings(message: Received) -> Iterator[Finding]:
    """What the receiving server found out, by method; of several signatures the best result counts."""
    results: dict[str, list[str]] = {}
    for verdict in message.verdicts:
        results.setdefault(verdict.method, []).append(verdict.result)
    receiver = shown(message.receiver) or _("the receiver")
    for method, topic in TOPIC_OF_METHOD.items():
        if method not in results:
            continue
        best = "pass" if "pass" in results[method] else results[method][0]
        values = {"receiver": receiver, "result": best, "method": method.upper()}
        if best == "pass":
            words, level = _("%(receiver)s looked into it: %(method)s holds."), Level.GOOD
        elif best in {"none", "neutral", "temperror"}:
            words, level = _("%(receiver)s could not decide about %(method)s: “%(result)s”."), Level.MEND
        else:
            words, level = (
                _("%(receiver)s looked into it: %(method)s does not hold (“%(result)s”)."),
                Level.BROKEN,
            )
        yield Finding(topic, level, words % values)
    if not results:
        yield Finding(
            Topic.DMARC,
            Level.UNKNOWN,
            _(
                "The receiver did not write down what it found out (Authentication-Results), so only half is known."
            ),
        )
