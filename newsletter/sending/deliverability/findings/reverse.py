"""Reverse DNS: does the server's address lead to a name, and the name back to the address? (RFC 1912 §2.1)"""

from ipaddress import ip_address

from django.utils.translation import gettext as _

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

MOST_ADDRESSES = 4
MOST_NAMES = 4


def reverse_findings(host: str, ask: Ask) -> list[Finding]:
    """Of the server in EMAIL_HOST: a name or an address."""
    if not is_address(host) and not leads_nowhere(host):
        name = in_ascii(host)
        answers = [ask(name, kind) for kind in ("A", "AAAA")]
        addresses = [address for answer in answers for address in answer.values][:MOST_ADDRESSES]
        if not addresses:
            if unanswered := [answer for answer in answers if not answer.is_known]:
                return [could_not_ask(Topic.REVERSE, name, unanswered[0])]
            words = _("There is no server of the name %(host)s, which EMAIL_HOST names.")
            return [Finding(Topic.REVERSE, Level.BROKEN, words % {"host": name})]
    else:
        addresses = [host] if is_address(host) else []
    in_the_world = [address for address in addresses if ip_address(address).is_global]
    if not in_the_world:
        words = _(
            "Mail is handed to %(host)s, on this machine or in its own network. The address it shows to the world cannot "
            "be seen from here. Paste a received message below, or ask whoever runs the server."
        )
        return [Finding(Topic.REVERSE, Level.UNKNOWN, words % {"host": shown(host)})]
    return [_finding_of(address, host, ask) for address in in_the_world]


def _finding_of(address: str, host: str, ask: Ask) -> Finding:
    pointer = ip_address(address).reverse_pointer
    answer = ask(pointer, "PTR")
    if not answer.is_known:
        return could_not_ask(Topic.REVERSE, pointer, answer)
    name = "" if is_address(host) else in_ascii(host)
    record = Record(pointer, "PTR", name)
    names = [shown(found) for found in answer.values]
    values = {"address": address, "names": ", ".join(names)}
    theirs = _(
        "It is set where the server is rented, not where the domain is; if the server is a service's, tell them."
    )
    if not names:
        words = _("The address %(address)s has no name, and large providers refuse mail from such addresses.")
        return Finding(Topic.REVERSE, Level.BROKEN, f"{words % values} {theirs}", record)
    answers = [ask(found, _address_record(address)) for found in answer.values[:MOST_NAMES]]
    if any(ip_address(address) in map(ip_address, found.values) for found in answers):
        words = _("The address %(address)s has the name %(names)s, and the name leads back to it.")
        return Finding(Topic.REVERSE, Level.GOOD, words % values)
    if unanswered := [found for found in answers if not found.is_known]:
        return could_not_ask(Topic.REVERSE, names[0], unanswered[0])
    words = _("The address %(address)s has the name %(names)s, but the name does not lead back to it.")
    return Finding(Topic.REVERSE, Level.BROKEN, f"{words % values} {theirs}", record)


def _address_record(address: str) -> str:
    return "A" if ip_address(address).version == 4 else "AAAA"
