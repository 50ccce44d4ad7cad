import pytest
from django.db import connection

from newsletter.audience.addresses import address_hash
from newsletter.audience.evidence import record
from newsletter.audience.models import Subscriber, SubscriptionEvent
from newsletter.audience.models.address_hashes import of_addresses

pytestmark = pytest.mark.django_db

REQUESTED = SubscriptionEvent.Kind.REQUESTED


def test_addresses_whose_hashes_begin_alike_are_told_apart():
    digest = address_hash("ana@readers.example")
    alike = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    hers, _others = (record(REQUESTED, address_hash=one, origin="/subscribe/") for one in (digest, alike))
    assert list(SubscriptionEvent.objects.filter(of_addresses(digest))) == [hers]
    assert SubscriptionEvent.objects.filter(of_addresses(digest, alike)).count() == 2


@pytest.mark.parametrize(
    ("model", "index"),
    [(SubscriptionEvent, "evidence_by_address"), (Subscriber, "subscriber_by_address_hash")],
)
def test_an_address_is_looked_up_in_the_index(model, index):
    """A function whose numbers are parameters would be computed for every row there is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A table of few rows is read whole.
            cursor.execute("SET LOCAL enable_seqscan = off")
    asked = model.objects.filter(of_addresses(address_hash("ana@readers.example"))).order_by()
    assert index in asked.explain()
