"""A manager who is limited to some newsletters and segments sees their people, and nobody else's."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, streamfield

from newsletter.audience.models import Newsletter, Segment, SubscriberImport
from newsletter.audience.transfer import steering
from newsletter.audience.visible import people_visible_to
from tests.audience.factories import (
    NewsletterFactory,
    SegmentFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
    language_rule,
)
from tests.audience.transfer.conftest import uploaded

pytestmark = pytest.mark.django_db


class House:
    """The valley's manager may do everything with "Valley"; "Board" is kept for the board."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager
        self.board_group = Group.objects.create(name="Board")
        self.valley_group = Group.objects.create(name="Valley desk")
        manager.groups.add(self.valley_group)
        self.valley = NewsletterFactory(name="Valley", slug="valley")
        self.board = NewsletterFactory(name="Board", slug="board")
        self.board.senders.set([self.board_group])
        self.board.save()
        self.ana = self._reader("ana@readers.example", self.valley, language="es")
        self.bert = self._reader("bert@readers.example", self.board, language="es")
        self.nobodys = SubscriberFactory(email="cleo@readers.example")

    def _reader(self, address: str, newsletter: Newsletter, **fields: str) -> Any:
        reader = SubscriberFactory(email=address, **fields)
        SubscriptionFactory(subscriber=reader, newsletter=newsletter)
        return reader


@pytest.fixture
def house(newsletter_manager_user: Any) -> House:
    return House(newsletter_manager_user)


@pytest.fixture
def limited(client: Client, house: House) -> Client:
    client.force_login(house.manager)
    return client


def exported(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def segment_url(name: str, *args: Any) -> str:
    return reverse(Segment.snippet_viewset.get_url_name(name), args=args)


def test_they_see_the_people_of_their_newsletters_and_of_segments_that_name_them(house: House) -> None:
    assert list(people_visible_to(house.manager)) == [house.ana]
    theirs = SegmentFactory(slug="theirs", rules=[language_rule("es")])
    assert list(people_visible_to(house.manager)) == [house.ana]
    theirs.senders.set([house.valley_group])
    assert set(people_visible_to(house.manager)) == {house.ana, house.bert}


def test_whoever_is_not_limited_sees_everybody(house: House, administrator: Any) -> None:
    everybody = {house.ana, house.bert, house.nobodys}
    assert set(people_visible_to(administrator)) == everybody
    house.manager.groups.add(house.board_group)
    assert set(people_visible_to(house.manager)) == everybody


def test_the_list_and_the_page_of_a_person_are_limited(house: House, limited: Client) -> None:
    page = limited.get(reverse("subscriber:index")).content.decode()
    assert "ana@readers.example" in page
    assert "bert@readers.example" not in page
    for name in ("inspect", "edit"):
        assert limited.get(reverse(f"subscriber:{name}", args=[house.ana.pk])).status_code == 200
        assert limited.get(reverse(f"subscriber:{name}", args=[house.bert.pk])).status_code == 302


def test_what_a_person_does_elsewhere_is_not_shown(house: House, limited: Client) -> None:
    SubscriptionFactory(subscriber=house.ana, newsletter=house.board)
    page = limited.get(reverse("subscriber:inspect", args=[house.ana.pk])).content.decode()
    assert "<td>Valley</td>" in page
    assert "<td>Board</td>" not in page
    page = limited.get(reverse("subscriber:index")).content.decode()
    assert "Valley (" in page
    assert "Board (" not in page


def test_do_not_mail_entries_of_a_newsletter_kept_for_others_are_not_shown(
    house: House, limited: Client, client: Client, administrator: Any
) -> None:
    digest = house.ana.address_hash
    entries = [
        SuppressionFactory(address_hash=digest, newsletter=newsletter, reason="staff")
        for newsletter in (None, house.valley, house.board)
    ]

    def those_listed() -> list[bool]:
        shown = set(client.get(listed).context["object_list"])
        return [entry in shown for entry in entries]

    inspect, listed = reverse("subscriber:inspect", args=[house.ana.pk]), reverse("suppression:index")
    page = limited.get(inspect).content.decode()
    assert " · Valley</li>" in page
    assert " · Board</li>" not in page
    assert those_listed() == [True, True, False]
    client.force_login(administrator)
    assert " · Board</li>" in client.get(inspect).content.decode()
    assert those_listed() == [True, True, True]


def test_the_list_of_people_cannot_be_sifted_by_what_is_kept_for_others(
    house: House, limited: Client
) -> None:
    SubscriptionFactory(subscriber=house.ana, newsletter=house.board, unsubscribed=True)
    listed = reverse("subscriber:index")
    assert f'value="{house.board.pk}">Board' not in limited.get(listed).content.decode()
    assert "ana@" not in limited.get(listed, {"status": "unsubscribed"}).content.decode()
    assert "ana@" in limited.get(listed, {"status": "confirmed"}).content.decode()


def test_the_export_of_everybody_holds_their_people_and_newsletters_alone(
    house: House, limited: Client
) -> None:
    SubscriptionFactory(subscriber=house.ana, newsletter=house.board)
    text = exported(limited.get(reverse("import:export")))
    assert "ana@readers.example" in text
    assert "bert@readers.example" not in text
    assert "cleo@readers.example" not in text
    assert "valley: status" in text
    assert "board: status" not in text


def test_the_export_of_a_segment_is_limited_too(house: House, limited: Client) -> None:
    free = SegmentFactory(slug="free", rules=[language_rule("es")])
    text = exported(limited.get(reverse("import:export"), {"segment": free.pk}))
    assert "ana@readers.example" in text
    assert "bert@readers.example" not in text
    free.senders.set([house.valley_group])
    assert "bert@readers.example" in exported(limited.get(reverse("import:export"), {"segment": free.pk}))
    free.senders.set([house.board_group])
    assert limited.get(reverse("import:export"), {"segment": free.pk}).status_code == 302


def test_a_newsletter_kept_for_others_and_its_people_cannot_be_exported(
    house: House, limited: Client
) -> None:
    assert limited.get(reverse("import:export"), {"newsletter": house.board.pk}).status_code == 302
    assert limited.get(reverse("import:export"), {"person": house.bert.pk}).status_code == 404
    offered = limited.get(reverse("import:index")).content.decode()
    assert f'value="{house.board.pk}">Board' not in offered


def test_a_file_that_fills_a_newsletter_kept_for_others_is_refused(
    house: House, limited: Client, administrator: Any, client: Client
) -> None:
    client.force_login(administrator)
    everything = exported(client.get(reverse("import:export")))
    limited.force_login(house.manager)
    record = uploaded(everything.encode())
    SubscriberImport.objects.update(created_by=house.manager)
    page = limited.post(reverse("import:columns", args=[record.pk]), {"consent": "on paper"})
    assert "This file fills newsletters that are not yours to fill: Board." in page.content.decode()
    record.refresh_from_db()
    assert record.state == SubscriberImport.State.UPLOADED


def test_what_others_uploaded_for_all_newsletters_is_not_shown(house: House, limited: Client) -> None:
    record = uploaded(b"email\nana@readers.org\n")
    assert limited.get(reverse("import:columns", args=[record.pk])).status_code == 404
    SubscriberImport.objects.update(created_by=house.manager)
    assert limited.get(reverse("import:columns", args=[record.pk])).status_code == 200
    steering.discard(record)


def test_a_segment_shows_and_counts_their_people_and_newsletters_alone(house: House, limited: Client) -> None:
    segment = SegmentFactory(slug="free", rules=[language_rule("es")])
    page = limited.get(segment_url("edit", segment.pk)).content.decode()
    assert "1 reader<" in page
    assert "ana@readers.example" in page
    assert "bert@readers.example" not in page
    assert "<td>Valley</td><td>1</td>" in page
    assert "<td>Board</td>" not in page


def test_limits_are_not_lifted_by_who_they_limit(house: House, limited: Client) -> None:
    closed = SegmentFactory(slug="closed", rules=[language_rule("es")])
    closed.senders.set([house.board_group])
    theirs = SegmentFactory(slug="theirs", rules=[language_rule("es")])
    theirs.senders.set([house.valley_group])
    for segment in (closed, theirs):
        for name in ("edit", "delete"):
            assert limited.get(segment_url(name, segment.pk)).status_code == 302
            assert limited.post(segment_url(name, segment.pk), {"name": "Wider"}).status_code == 302
    assert Segment.objects.filter(pk__in=[closed.pk, theirs.pk]).exclude(name="Wider").count() == 2
    assert limited.get(reverse("newsletter:edit", args=[house.valley.pk])).status_code == 200
    assert limited.get(reverse("newsletter:edit", args=[house.board.pk])).status_code == 302


def test_a_segment_made_by_a_limited_manager_names_nobody(house: House, limited: Client) -> None:
    rules, empty = streamfield([("language", {})]), streamfield([])
    form = nested_form_data(
        {"name": "New", "slug": "new", "match": "all", "rules": rules, "exceptions": empty}
    )
    answer = limited.post(
        segment_url("add"),
        {**form, "rules-0-value-languages": ["es"], "senders": [house.valley_group.pk]},
    )
    assert answer.status_code == 302
    assert not Segment.objects.get(slug="new").senders.exists()
