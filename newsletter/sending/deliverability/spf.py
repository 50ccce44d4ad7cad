"""Following an SPF record the way a receiver does: what it asks, what it allows, where it breaks (RFC 7208 §4.6.4)."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_network

from newsletter.sending.deliverability.lookups import Answer, Ask, Outcome
from newsletter.sending.deliverability.records import Network, SpfRecord, SpfTerm, is_spf, parse_spf

MOST_LOOKUPS = 10
MOST_VOID_LOOKUPS = 2
MOST_MX_HOSTS = 10
# Receivers gave up long before; nobody learns more from going on.
FOLLOWED = 2 * MOST_LOOKUPS


@dataclass
class SpfWalk:
    """What became of following a record with everything it includes."""

    lookups: int = 0
    void_lookups: int = 0
    included: set[str] = field(default_factory=set)
    networks: list[Network] = field(default_factory=list)
    without_record: list[str] = field(default_factory=list)
    going_in_circles: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    asks_for_names: bool = False
    everybody_else: str = ""

    def allows(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)


def spf_records(answer: Answer) -> list[str]:
    return [text for text in answer.values if is_spf(text)]


def follow(domain: str, record: SpfRecord, ask: Ask) -> SpfWalk:
    walk = SpfWalk()
    walk.everybody_else = _follow(domain, record, ask, walk, path=(domain,))
    return walk


def _follow(domain: str, record: SpfRecord, ask: Ask, walk: SpfWalk, *, path: tuple[str, ...]) -> str:
    """Returns what becomes of everybody else: "+", "-", "~", "?" or nothing."""
    for term in record.terms:
        if walk.lookups >= FOLLOWED:
            break
        if term.network is not None:
            _allow(walk, term, term.network)
        elif term.name != "all":
            walk.lookups += 1
            _follow_term(domain, term, ask, walk, path=path)
    if not record.redirect or record.all or walk.lookups >= FOLLOWED:
        return record.all
    walk.lookups += 1
    target = _included(record.redirect, ask, walk, path=path)
    return _follow(record.redirect, target, ask, walk, path=(*path, record.redirect)) if target else ""


def _follow_term(domain: str, term: SpfTerm, ask: Ask, walk: SpfWalk, *, path: tuple[str, ...]) -> None:
    if term.name == "ptr":
        walk.asks_for_names = True
    elif term.has_macro:
        return
    elif term.name == "include":
        walk.included.add(term.domain)
        record = _included(term.domain, ask, walk, path=path)
        if record is not None:
            _follow(term.domain, record, ask, walk, path=(*path, term.domain))
    elif term.name == "exists":
        _count_void(walk, ask(term.domain, "A"))
    elif term.name == "a":
        _allow_host(term, term.domain or domain, ask, walk)
    elif term.name == "mx":
        hosts = ask(term.domain or domain, "MX")
        _count_void(walk, hosts)
        for host in hosts.values[:MOST_MX_HOSTS]:
            _allow_addresses(walk, term, host, ask)


def _included(domain: str, ask: Ask, walk: SpfWalk, *, path: tuple[str, ...]) -> SpfRecord | None:
    if "%" in domain:
        return None
    if domain in path:
        walk.going_in_circles.append(domain)
        return None
    answer = ask(domain, "TXT")
    if not answer.is_known:
        walk.unanswered.append(domain)
        return None
    _count_void(walk, answer)
    texts = spf_records(answer)
    if len(texts) != 1:
        walk.without_record.append(domain)
        return None
    return parse_spf(texts[0])


def _allow_host(term: SpfTerm, host: str, ask: Ask, walk: SpfWalk) -> None:
    if not _allow_addresses(walk, term, host, ask):
        _count_void(walk, ask(host, "A"))


def _allow_addresses(walk: SpfWalk, term: SpfTerm, host: str, ask: Ask) -> bool:
    """Whether there were any."""
    found = [
        (address, prefix)
        for kind, prefix in zip(("A", "AAAA"), term.prefixes, strict=True)
        for address in ask(host, kind).values
    ]
    for address, prefix in found:
        _allow(walk, term, ip_network(f"{address}/{prefix}", strict=False))
    return bool(found)


def _allow(walk: SpfWalk, term: SpfTerm, network: Network) -> None:
    if term.qualifier == "+":
        walk.networks.append(network)


def _count_void(walk: SpfWalk, answer: Answer) -> None:
    if answer.outcome in {Outcome.NO_NAME, Outcome.NO_RECORD}:
        walk.void_lookups += 1
