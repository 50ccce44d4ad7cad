"""Writing down what happened to a subscription. Rows are only ever added."""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db.models import Q
from django.utils import timezone

from newsletter.audience.models import Newsletter, Subscriber, SubscriptionEvent
from newsletter.audience.models.address_hashes import of_addresses

ONE_MAIL_EVERY = timedelta(minutes=10)


def record(
    kind: SubscriptionEvent.Kind,
    *,
    address_hash: str,
    subscriber: Subscriber | None = None,
    newsletter: Newsletter | None = None,
    origin: str,
    network: str = "",
    language: str = "",
    text: str = "",
) -> SubscriptionEvent:
    return SubscriptionEvent.objects.create(
        kind=kind,
        at=timezone.now(),
        address_hash=address_hash,
        subscriber=subscriber,
        newsletter=newsletter,
        origin=origin[:200],
        network=network,
        language=language,
        text=text,
    )


def mailed_lately(address_hash: str, *, newsletter: Newsletter | None = None, origin: str = "") -> bool:
    """Whether the address was written to within ten minutes: about that newsletter, or, without one, for `origin`."""
    same = Q(newsletter=newsletter) if newsletter is not None else Q(newsletter__isnull=True, origin=origin)
    # After an erasure nobody knows any more what it was about.
    forgotten = Q(newsletter__isnull=True, origin="")
    return SubscriptionEvent.objects.filter(
        same | forgotten,
        of_addresses(address_hash),
        kind=SubscriptionEvent.Kind.MAILED,
        at__gt=timezone.now() - ONE_MAIL_EVERY,
    ).exists()


def network_of(address: str) -> str:
    """An IP address cut to its network, /24 or /48: enough to show where from, too little to find a household.

    Empty for what is no address, such as the unix socket of a proxy.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((int(parsed), 48), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ip_network(f"{parsed}/24", strict=False))
