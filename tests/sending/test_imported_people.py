"""An import is undone only while nobody of it has been sent an edition."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.models import Subscriber
from newsletter.sending.imported_people import why_imported_people_stay
from newsletter.sending.launching import launch
from tests.audience.factories import SubscriptionFactory
from tests.sending.conftest import run_worker

pytestmark = pytest.mark.django_db


def test_people_who_were_sent_an_edition_stay(desk):
    SubscriptionFactory.create_batch(2, newsletter=desk.newsletter)
    edition = desk.edition
    people = list(Subscriber.objects.values_list("pk", flat=True))
    since = timezone.now() - timedelta(minutes=1)
    assert why_imported_people_stay(people, since) == ""
    with desk.committed():
        launch(edition=edition, everyone=True)
    run_worker()
    assert edition.title in why_imported_people_stay(people, since)
    assert why_imported_people_stay([0], since) == ""
    assert why_imported_people_stay(people, timezone.now() + timedelta(minutes=1)) == ""
