"""DMARC: what receivers do with mail that only pretends to be ours, and whether From and signature fit (RFC 9989)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.sending.deliverability.domains import MAILBOX_PROVIDERS, aligned
from newsletter.sending.deliverability.findings.base import (
    Finding,
    Level,
    Record,
    Topic,
    could_not_ask,
    shown,
)
from newsletter.sending.deliverability.lookups import Answer, Ask
from newsletter.sending.deliverability.records import DmarcRecord, is_dmarc, parse_dmarc
from newsletter.sending.deliverability.services import Route

# RFC 9989 §4.10: a name with more labels is cut down to seven after the first question.
MOST_LABELS = 7


@dataclass(frozen=True)
class Discovery:
    """The record that holds for a domain and where it stands; none, and then perhaps why it is not known."""

    record: DmarcRecord | None = None
    stands_at: str = ""
    several: tuple[str, ...] = ()
    unanswered: Answer | None = None


def discover(domain: str, ask: Ask) -> Discovery:
    """The domain's own record, else that of the organisation it belongs to, found by walking up (RFC 9989 §4.10)."""
    highest = Discovery()
    for name in _upwards(domain):
        answer = ask(f"_dmarc.{name}", "TXT")
        if not answer.is_known:
            return Discovery(unanswered=answer, stands_at=name)
        texts = tuple(text for text in answer.values if is_dmarc(text))
        if len(texts) > 1:
            # Receivers discard them all, and look further up.
            if name == domain:
                return Discovery(stands_at=name, several=texts)
            continue
        if not texts:
            continue
        here = Discovery(parse_dmarc(texts[0]), stands_at=name)
        if name == domain:
            return here
        if here.record and here.record.boundary == "y":
            # A registry's record holds only where no organisation has one.
            return highest if highest.record else here
        highest = here
        if here.record and here.record.boundary == "n":
            break
    return highest


def _upwards(domain: str) -> list[str]:
    labels = domain.split(".")
    parents = range(max(1, len(labels) - MOST_LABELS), len(labels))
    return [domain, *(".".join(labels[first:]) for first in parents)]


def dmarc_findings(domain: str, ask: Ask) -> list[Finding]:
    """Of the From domain, in ASCII."""
    discovery = discover(domain, ask)
    if discovery.unanswered is not None:
        return [could_not_ask(Topic.DMARC, f"_dmarc.{discovery.stands_at}", discovery.unanswered)]
    if discovery.several:
        words = _("There are %(n)s DMARC records. Only one is allowed; with more, receivers follow none.")
        return [
            Finding(
                Topic.DMARC,
                Level.BROKEN,
                words % {"n": len(discovery.several)},
                _first_record(domain),
                tuple(shown(text) for text in discovery.several),
            )
        ]
    if discovery.record is None:
        words = _(
            "There is no DMARC record. Large providers want one from everybody who writes to many. This one changes "
            "nothing about your mail: it says that you know of DMARC, and where reports go. Put in an address somebody "
            "reads."
        )
        return [Finding(Topic.DMARC, Level.BROKEN, words, _first_record(domain))]
    return _judge(domain, discovery.record, stands_at=discovery.stands_at)


def _judge(domain: str, record: DmarcRecord, *, stands_at: str) -> list[Finding]:
    found = (shown(record.text),)
    name = f"_dmarc.{stands_at}"
    policy = record.policy_for(is_subdomain=stands_at != domain)
    if not policy:
        words = _("The DMARC record does not say what to do: its “p=” is missing or cannot be read.")
        return [Finding(Topic.DMARC, Level.BROKEN, words, _first_record(stands_at), found)]
    words = {
        "none": _(
            "There is a DMARC record, which is what large providers ask for. Its policy is “none”: forged mail still "
            "arrives. When the reports show nothing but your own mail, change it to “quarantine”."
        ),
        "quarantine": _(
            "There is a DMARC record. Mail that only pretends to be yours goes to the spam folder."
        ),
        "reject": _("There is a DMARC record. Mail that only pretends to be yours is turned away."),
    }[policy]
    if record.testing and policy != "none":
        words = _("There is a DMARC record, in test mode (“t=y”): receivers do not act on it yet.")
    findings = [Finding(Topic.DMARC, Level.GOOD, words, found=found)]
    if not record.reports_to:
        findings.append(
            Finding(
                Topic.DMARC,
                Level.MEND,
                _("Nobody gets the reports on who sends in your name. Add an address that somebody reads."),
                Record(name, "TXT", shown(f"{record.text.rstrip('; ')}; rua=mailto:dmarc@{stands_at}")),
            )
        )
    return findings


def _first_record(domain: str) -> Record:
    return Record(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}")


# --- Alignment --------------------------------------------------------------------------------------
def mailbox_provider_finding(domain: str) -> Finding | None:
    """From at a mailbox provider: no record of ours can mend that."""
    if domain not in MAILBOX_PROVIDERS:
        return None
    words = _(
        "The sender's address belongs to %(domain)s, which lets nobody but itself send in its name. Most receivers turn "
        "the newsletter away. Use an address of a domain of your own; replies may still go to the mailbox you have."
    )
    return Finding(Topic.ALIGNMENT, Level.BROKEN, words % {"domain": domain})


def alignment_finding(domain: str, signing: str, route: Route, ask: Ask, *, has_key: bool) -> Finding:
    """Whether a signature, or the return address, will stand for the domain people see in From."""
    record = discover(domain, ask).record
    values = {"domain": domain, "signing": signing, "service": route.service.label}
    if signing != domain:
        if aligned(domain, signing, strict=bool(record and record.strict_dkim)):
            words = _("%(service)s signs as %(signing)s, which counts as yours for mail from %(domain)s.")
            return Finding(Topic.ALIGNMENT, Level.GOOD, words % values)
        words = _(
            "%(service)s signs as %(signing)s, but people see %(domain)s as the sender, and DMARC does not count the two "
            "as one. Set up %(domain)s in %(service)s, or send from an address of %(signing)s."
        )
        return Finding(Topic.ALIGNMENT, Level.BROKEN, words % values)
    if route.smtp_host:
        words = _(
            "The newsroom sends with a return address of %(domain)s, so SPF counts for the sender people see. Whether the "
            "signature does, too, a received message shows: see below."
        )
        return Finding(Topic.ALIGNMENT, Level.GOOD, words % values)
    if has_key:
        words = _(
            "The key stands under %(domain)s itself, so a signature made with it counts for the sender."
        )
        return Finding(Topic.ALIGNMENT, Level.GOOD, words % values)
    words = _(
        "Without a key under %(domain)s, %(service)s can only sign with a domain of its own, which DMARC does not count "
        "as yours. A received message shows what it does: see below."
    )
    return Finding(Topic.ALIGNMENT, Level.UNKNOWN, words % values)
