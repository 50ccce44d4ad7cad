import pytest
from django.db import connection

from newsletter.audience.addresses import address_hash
from newsletter.audience.evidence import record
from newsletter.audience.models import Subscriber, SubscriptionEvent, Suppression
from newsletter.audience.models.address_hashes import of_addresses
from newsletter.audience.suppressions import suppress
from newsletter.sending.events import take_turns
from tests.audience.factories import SubscriberFactory

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


def test_nobody_asks_for_the_first_person_of_a_hash(django_assert_max_num_queries):
    """PostgreSQL may walk the whole table in that order until it finds them."""
    someone = SubscriberFactory()
    with django_assert_max_num_queries(20) as asked:
        suppress(address_hash=someone.address_hash, reason=Suppression.Reason.STAFF)
        take_turns(someone.address_hash)
    of_hash = [query["sql"] for query in asked if 'SUBSTR("audience_subscriber"' in query["sql"]]
    assert len(of_hash) == 2
    assert not any("ORDER BY" in sql for sql in of_hash)
    assert SubscriptionEvent.objects.get().subscriber == someone
