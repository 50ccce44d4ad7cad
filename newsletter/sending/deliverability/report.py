"""Everything about one sending domain, for the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletter.audience.models import Newsletter
from newsletter.sending.deliverability.domains import NotADomain, domain_of, in_ascii, leads_nowhere
from newsletter.sending.deliverability.findings import Finding, Level, Topic
from newsletter.sending.deliverability.findings.dkim import dkim_findings
from newsletter.sending.deliverability.findings.dmarc import (
    alignment_finding,
    dmarc_findings,
    mailbox_provider_finding,
)
from newsletter.sending.deliverability.findings.replies import replies_finding
from newsletter.sending.deliverability.findings.reverse import reverse_findings
from newsletter.sending.deliverability.findings.spf import spf_findings
from newsletter.sending.deliverability.lookups import Ask, Outcome
from newsletter.sending.deliverability.services import Route


@dataclass(frozen=True)
class SendingDomain:
    """A domain newsletters come from, the newsletters, and where their replies go."""

    name: str
    newsletters: tuple[str, ...]
    reply_domains: tuple[str, ...]

    @property
    def leads_nowhere(self) -> bool:
        return leads_nowhere(self.name)


def sending_domains() -> list[SendingDomain]:
    """From the newsletters' own settings, in the order of their names."""
    newsletters: dict[str, list[Newsletter]] = {}
    for newsletter in Newsletter.objects.all():
        newsletters.setdefault(domain_of(newsletter.from_email), []).append(newsletter)
    return [
        SendingDomain(
            name=domain,
            newsletters=tuple(newsletter.name for newsletter in theirs),
            reply_domains=tuple(
                dict.fromkeys(domain_of(newsletter.reply_to) for newsletter in theirs if newsletter.reply_to)
            ),
        )
        for domain, theirs in newsletters.items()
    ]


def report_on(
    domain: SendingDomain, *, route: Route, ask: Ask, selectors: Sequence[str] = ()
) -> list[Finding]:
    """Asks the DNS. No question is asked about a domain that leads nowhere."""
    if domain.leads_nowhere:
        words = _(
            "%(domain)s is reserved for demos and tests, or known in one network only. There is nothing to look up."
        )
        return [Finding(Topic.DOMAIN, Level.UNKNOWN, words % {"domain": domain.name})]
    name = in_ascii(domain.name)
    if provider := mailbox_provider_finding(name):
        return [provider]
    if ask(name, "TXT").outcome is Outcome.NO_NAME:
        words = _(
            "The domain %(domain)s does not exist, and mail from it is refused everywhere. Look at the spelling of the "
            "sender's address in the newsletter's settings; if it is right, the domain may have run out."
        )
        return [Finding(Topic.DOMAIN, Level.BROKEN, words % {"domain": domain.name})]
    signing = _signing_domain(name, route)
    dkim = dkim_findings(signing, route, ask, selectors=selectors)
    has_key = any(finding.level in {Level.GOOD, Level.MEND} for finding in dkim)
    findings = [
        *spf_findings(signing, route, ask),
        *dkim,
        *dmarc_findings(name, ask),
        alignment_finding(name, signing, route, ask, has_key=has_key),
        *_replies(name, domain.reply_domains, ask),
    ]
    return findings + (reverse_findings(route.smtp_host, ask) if route.smtp_host else [])


def _signing_domain(name: str, route: Route) -> str:
    """The service's own domain for us where a setting names one: there the key and the return address are."""
    signing = route.signs_as(name)
    try:
        return name if leads_nowhere(signing) else in_ascii(signing)
    except NotADomain:
        return name


def _replies(name: str, reply_domains: Sequence[str], ask: Ask) -> list[Finding]:
    asked = dict.fromkeys(
        [name, *(in_ascii(domain) for domain in reply_domains if not leads_nowhere(domain))]
    )
    return [replies_finding(domain, ask) for domain in asked]
