"""Replies: does the domain take mail at all? (RFC 5321 §5.1, RFC 7505)"""

from django.utils.translation import gettext as _

from newsletter.sending.deliverability.findings.base import (
    Finding,
    Level,
    Record,
    Topic,
    could_not_ask,
    shown,
)
from newsletter.sending.deliverability.lookups import Ask

MOST_HOSTS = 5


def replies_finding(domain: str, ask: Ask) -> Finding:
    """Of the domain in From, or in the address replies go to; in ASCII."""
    answer = ask(domain, "MX")
    if not answer.is_known:
        return could_not_ask(Topic.REPLIES, domain, answer)
    values = {"domain": domain}
    wanted = Record(domain, "MX")
    if "" in answer.values:
        words = _(
            "%(domain)s says that it takes no mail at all. Replies bounce, and so does some of what you send."
        )
        return Finding(Topic.REPLIES, Level.BROKEN, words % values, wanted)
    found = tuple(shown(host) for host in answer.values)
    if not answer.values:
        if _has_address(domain, ask) is False:
            words = _(
                "There is no mail server for %(domain)s: replies bounce, and some receivers refuse your mail."
            )
            return Finding(Topic.REPLIES, Level.BROKEN, words % values, wanted)
        words = _(
            "%(domain)s names no mail server, so replies go to its web server, which rarely takes mail. "
            "Whoever keeps your mailboxes knows the MX record to add."
        )
        return Finding(Topic.REPLIES, Level.MEND, words % values, wanted)
    # What did not answer counts as there: only what is known to be missing is a fault.
    if all(_has_address(host, ask) is False for host in answer.values[:MOST_HOSTS]):
        words = _("The mail server of %(domain)s does not exist in the DNS, so replies bounce.")
        return Finding(Topic.REPLIES, Level.BROKEN, words % values, wanted, found)
    words = _("There is a mail server for %(domain)s.")
    return Finding(Topic.REPLIES, Level.GOOD, words % values, found=found)


def _has_address(host: str, ask: Ask) -> bool | None:
    """None: not known."""
    answers = [ask(host, kind) for kind in ("A", "AAAA")]
    if any(answer.values for answer in answers):
        return True
    return False if all(answer.is_known for answer in answers) else None
