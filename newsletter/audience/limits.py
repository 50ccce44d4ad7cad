"""How often one address may be asked for, and how often one network may ask. All processes see the same count.

Windows are whole hours of the clock, so across the turn of an hour somebody gets at most twice as much.
"""

import logging
from datetime import datetime, timedelta
from ipaddress import IPv6Network, ip_network

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from newsletter.audience.models import RequestCount

logger = logging.getLogger(__name__)

WINDOW = timedelta(hours=1)
# Somebody who joins every newsletter of a house and mistypes once; more fills a stranger's mailbox.
PER_ADDRESS = 5
# A school or an office behind one connection after a talk; whoever works through a list of addresses does not get far.
PER_NETWORK = 30
# Our own machine or network stands for a proxy that does not say who is behind it, so for every visitor at once.
PER_PROXY = 600

OURS = [
    ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::/48", "fc00::/7", "fe80::/10"),
    )
]


def admits(*, address: str, network: str) -> bool:
    """Counts one request for a mail to that address from that network; False when either has had its share.

    `network` as network_of() cuts it, "" where nobody knows. Whoever is refused is to get the same answer as
    everybody; that nothing is mailed stands in the log, without the address.
    """
    window = _window(timezone.now())
    with transaction.atomic():
        # First the network, then the address, everywhere: two requests cannot wait for each other.
        if not _count(f"network {network}", window, network_limit(network)):
            logger.warning(
                "More requests from the network %s than an hour allows; nothing is mailed.", network
            )
            return False
        if not _count(f"address {address}", window, PER_ADDRESS):
            logger.warning(
                "More requests for one address than an hour allows, now from %s; nothing is mailed.", network
            )
            return False
    return True


def network_limit(network: str) -> int:
    """How many requests an hour that network may make."""
    if not network:
        return PER_PROXY
    seen = ip_network(network)
    for ours in OURS:
        if isinstance(seen, IPv6Network) == isinstance(ours, IPv6Network) and seen.subnet_of(ours):  # type: ignore[arg-type]
            return PER_PROXY
    return PER_NETWORK


def forget_request_counts() -> int:
    """Deletes the counts of windows that are over; returns how many."""
    forgotten, _by_model = RequestCount.objects.filter(window__lt=_window(timezone.now())).delete()
    return forgotten


def _count(what: str, window: datetime, limit: int) -> bool:
    """Adds one unless the limit is reached: the row itself decides, so that no two processes share the last one."""
    key = salted_hmac(__name__, what, secret=settings.SUBSCRIBER_KEY, algorithm="sha256").hexdigest()
    RequestCount.objects.bulk_create([RequestCount(key=key, window=window)], ignore_conflicts=True)
    return bool(
        RequestCount.objects.filter(key=key, window=window, count__lt=limit).update(count=F("count") + 1)
    )


def _window(moment: datetime) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % WINDOW
