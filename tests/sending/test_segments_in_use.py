"""A segment that a sending or an edition's block uses."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ReferenceIndex

from newsletter.audience.models import Segment
from newsletter.sending.models import Mailing
from tests.audience.factories import SegmentFactory
from tests.editions.factories import EditionPageFactory, newsletter_pages, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return EditionPageFactory(parent=newsletter_pages()["en"], title="December")


def mailing_of(edition, state):
    moment = timezone.now()
    return Mailing.objects.create(
        edition=edition, newsletter=edition.newsletter, state=state, scheduled_for=moment
    )


def delete(client, *segments: Segment, at_once: bool) -> str:
    if at_once:
        address = reverse("wagtail_bulk_action", args=["audience", "segment", "delete"])
        address += "?" + "&".join(f"id={segment.pk}" for segment in segments)
    else:
        address = reverse(Segment.snippet_viewset.get_url_name("delete"), args=[segments[0].pk])
    answer: Any = client.post(address, follow=True)
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("role", ["segments", "excluded_segments"])
def test_a_segment_of_an_open_sending_stays(admin_client, edition, role, at_once):
    segment = SegmentFactory()
    mailing = mailing_of(edition, Mailing.State.SCHEDULED)
    getattr(mailing, role).add(segment)
    page = delete(admin_client, segment, at_once=at_once)
    assert "a sending that is not finished uses it (December)" in page
    assert Segment.objects.filter(pk=segment.pk).exists()


@pytest.mark.parametrize("at_once", [False, True])
def test_a_segment_of_a_finished_sending_may_go(admin_client, edition, at_once):
    segment = SegmentFactory()
    mailing_of(edition, Mailing.State.CANCELLED).segments.add(segment)
    delete(admin_client, segment, at_once=at_once)
    assert not Segment.objects.filter(pk=segment.pk).exists()


def test_who_deletes_a_segment_sees_which_editions_show_a_block_to_it_only(admin_client):
    segment = SegmentFactory()
    edition = EditionPageFactory(
        parent=newsletter_pages()["en"], title="December", body=[text("<p>Hello</p>", show_only_to=segment)]
    )
    ReferenceIndex.create_or_update_for_object(edition)
    page = admin_client.get(reverse(Segment.snippet_viewset.get_url_name("delete"), args=[segment.pk]))
    assert "referenced 1 time" in page.content.decode()
    usage = admin_client.get(reverse(Segment.snippet_viewset.get_url_name("usage"), args=[segment.pk]))
    assert "December" in usage.content.decode()
