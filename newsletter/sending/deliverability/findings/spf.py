"""SPF: may the machines that send the newsletter use the domain? (RFC 7208)"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.sending.deliverability.domains import in_ascii, is_address, leads_nowhere
from newsletter.sending.deliverability.findings.base import (
    Finding,
    Level,
    Record,
    Topic,
    could_not_ask,
    shown,
)
from newsletter.sending.deliverability.lookups import Ask
from newsletter.sending.deliverability.records import SpfRecord, parse_spf
from newsletter.sending.deliverability.services import Route
from newsletter.sending.deliverability.spf import (
    MOST_LOOKUPS,
    MOST_VOID_LOOKUPS,
    SpfWalk,
    follow,
    spf_records,
)


@dataclass(frozen=True)
class Fault:
    level: Level
    words: str
    is_missing: bool = False


def spf_findings(domain: str, route: Route, ask: Ask) -> list[Finding]:
    """Of the domain in the return address, in ASCII."""
    answer = ask(domain, "TXT")
    if not answer.is_known:
        return [could_not_ask(Topic.SPF, domain, answer)]
    texts = spf_records(answer)
    if not texts:
        return [_no_record(domain, route)]
    if len(texts) > 1:
        return [_several_records(domain, texts)]
    record = parse_spf(texts[0])
    walk = follow(domain, record, ask)
    faults = [*_faults(record, walk), *_missing_parts(record, walk, route, ask)]
    return [_summed_up(domain, record, walk, route, faults) if faults else _good(domain, record, walk)]


def _no_record(domain: str, route: Route) -> Finding:
    record = Record(domain, "TXT", " ".join(["v=spf1", "mx", *_terms_of(route), "~all"]))
    others = _("If your people's mailboxes are with a provider, its page names a part that goes in as well.")
    values = {"domain": domain, "service": route.service.label}
    if not route.service.own_return_address:
        words = _("%(domain)s has no SPF record, so receivers cannot tell your newsletter from a forged one.")
        return Finding(Topic.SPF, Level.BROKEN, f"{words % values} {others}", record)
    words = _(
        "%(domain)s has no SPF record. The newsletter does not depend on it: %(service)s uses a return address of its "
        "own. But without one, anybody can pretend to write from your domain."
    )
    return Finding(Topic.SPF, Level.MEND, f"{words % values} {others}", record)


def _several_records(domain: str, texts: list[str]) -> Finding:
    terms = dict.fromkeys(
        term for text in texts for term in text.split()[1:] if term.lower().lstrip("+-~?") != "all"
    )
    return Finding(
        Topic.SPF,
        Level.BROKEN,
        _(
            "%(domain)s has %(n)s SPF records. Only one is allowed, and with more than one receivers follow none. "
            "Take them all away and put this one in their place."
        )
        % {"domain": domain, "n": len(texts)},
        Record(domain, "TXT", shown(" ".join(["v=spf1", *terms, "~all"]))),
        tuple(shown(text) for text in texts),
    )


def _faults(record: SpfRecord, walk: SpfWalk) -> Iterator[Fault]:
    if record.unreadable:
        words = _("Receivers cannot read this part of the SPF record, and then follow none of it: %(part)s")
        yield Fault(Level.BROKEN, words % {"part": shown(" ".join(record.unreadable))})
    if walk.everybody_else == "+":
        words = _("The SPF record ends in “+all”: it allows everybody in the world to send in your name.")
        yield Fault(Level.BROKEN, words)
    elif _has_no_ending(record, walk):
        words = _("The SPF record does not say what becomes of mail from elsewhere; it should end in “~all”.")
        yield Fault(Level.MEND, words)
    if walk.lookups > MOST_LOOKUPS:
        words = _(
            "Following the SPF record takes more than %(most)s questions to the DNS, so receivers give up on it. "
            "Take out the services you no longer use."
        )
        yield Fault(Level.BROKEN, words % {"most": MOST_LOOKUPS})
    if walk.void_lookups > MOST_VOID_LOOKUPS:
        words = _("The SPF record names several domains that do not exist, and some receivers give up on it.")
        yield Fault(Level.MEND, words)
    for name in dict.fromkeys(walk.without_record):
        words = _(
            "The SPF record includes %(name)s, which has no SPF record of its own, so receivers follow none of it."
        )
        yield Fault(Level.BROKEN, words % {"name": shown(name)})
    for name in dict.fromkeys(walk.going_in_circles):
        words = _("The SPF record leads in a circle through %(name)s.")
        yield Fault(Level.BROKEN, words % {"name": shown(name)})
    if walk.asks_for_names:
        words = _("The SPF record uses “ptr”, which is slow and which many receivers ignore.")
        yield Fault(Level.MEND, words)
    for name in dict.fromkeys(walk.unanswered):
        words = _("The SPF record includes %(name)s, whose name servers did not answer.")
        yield Fault(Level.UNKNOWN, words % {"name": shown(name)})


def _missing_parts(record: SpfRecord, walk: SpfWalk, route: Route, ask: Ask) -> Iterator[Fault]:
    include = route.service.spf_include
    if include and include not in walk.included and record.redirect != include:
        words = _("The SPF record does not include %(service)s.")
        yield Fault(Level.MEND, words % {"service": route.service.label}, is_missing=True)
    addresses = _addresses_of(route.smtp_host, ask)
    if addresses and not walk.unanswered and not any(walk.allows(ip_address(one)) for one in addresses):
        words = _(
            "The SPF record does not allow %(host)s (%(addresses)s), which the newsroom hands its mail to. "
            "If that server passes mail on under other addresses, ask whoever runs it which part goes in."
        )
        values = {"host": shown(route.smtp_host), "addresses": ", ".join(addresses)}
        yield Fault(Level.MEND, words % values, is_missing=True)


def _has_no_ending(record: SpfRecord, walk: SpfWalk) -> bool:
    return walk.everybody_else in {"?", ""} and not record.redirect


def _summed_up(domain: str, record: SpfRecord, walk: SpfWalk, route: Route, faults: list[Fault]) -> Finding:
    """One finding, as there is one record to put in place of the one that is there."""
    level = next(
        level for level in (Level.BROKEN, Level.MEND, Level.UNKNOWN) if level in {f.level for f in faults}
    )
    terms = _terms_of(route) if any(fault.is_missing for fault in faults) else []
    better = _better(record, walk, terms)
    # Where a person has to decide what goes, a record of ours would still be a broken one.
    is_for_a_person = record.unreadable or walk.lookups > MOST_LOOKUPS or better == record.text
    return Finding(
        Topic.SPF,
        level,
        " ".join(fault.words for fault in faults),
        None if is_for_a_person else Record(domain, "TXT", shown(better)),
        (shown(record.text),),
    )


def _better(record: SpfRecord, walk: SpfWalk, terms: list[str]) -> str:
    """The record with what is missing, without what does harm, and with an ending."""
    useless = {*walk.without_record, *walk.going_in_circles}
    harmful = {term.text for term in record.terms if term.name in {"all", "ptr"} or term.domain in useless}
    redirect = "" if record.redirect in useless else record.redirect
    kept = [
        word
        for word in record.text.split(" ")[1:]
        if word and word not in harmful and not word.lower().startswith("redirect=")
    ]
    if redirect and not record.all:
        ending = f"redirect={redirect}"
    else:
        ending = "~all" if walk.everybody_else in {"+", "?", ""} else f"{walk.everybody_else}all"
    return " ".join(["v=spf1", *kept, *terms, ending])


def _good(domain: str, record: SpfRecord, walk: SpfWalk) -> Finding:
    words = ngettext(
        "%(domain)s has one SPF record, and it holds. Following it takes %(n)s question to the DNS; %(most)s are allowed.",
        "%(domain)s has one SPF record, and it holds. Following it takes %(n)s questions to the DNS; %(most)s are allowed.",
        walk.lookups,
    )
    values = {"domain": domain, "n": walk.lookups, "most": MOST_LOOKUPS}
    return Finding(Topic.SPF, Level.GOOD, words % values, found=(shown(record.text),))


def _terms_of(route: Route) -> list[str]:
    if route.service.spf_include:
        return [f"include:{route.service.spf_include}"]
    host = route.smtp_host
    if is_address(host):
        return [f"ip{ip_address(host).version}:{host}"] if ip_address(host).is_global else []
    return [f"a:{in_ascii(host)}"] if host and not leads_nowhere(host) else []


def _addresses_of(host: str, ask: Ask) -> list[str]:
    if is_address(host):
        return [host] if ip_address(host).is_global else []
    if leads_nowhere(host):
        return []
    name = in_ascii(host)
    return [*ask(name, "A").values, *ask(name, "AAAA").values]
