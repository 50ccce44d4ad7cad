"""What an import does to whom: it fills in and adds, and only ever strengthens an opt-out."""

import uuid

import pytest

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent, Suppression
from newsletter.audience.subscriptions import suppress, unsubscribe
from newsletter.audience.transfer import steering
from newsletter.audience.transfer.running import run
from tests.audience.factories import NewsletterFactory, SubscriberFactory, SubscriptionFactory
from tests.audience.transfer.conftest import (
    CONSENT,
    checked,
    counts,
    csv_of,
    imported,
    mailchimp_zip,
    uploaded,
)
from tests.stories.factories import TopicFactory

pytestmark = pytest.mark.django_db


def status_of(address, newsletter):
    return Subscription.objects.get(subscriber__email=address, newsletter=newsletter).status


def test_a_check_writes_nothing_to_the_list(monthly):
    record = checked(csv_of("ana@readers.org,Ana"), monthly)
    assert counts(record) == {"new": 1}
    assert not Subscriber.objects.exists()
    assert not Suppression.objects.exists()
    assert not SubscriptionEvent.objects.exists()


def test_somebody_new_is_confirmed_since_their_consent_and_the_evidence_says_how(monthly):
    record = imported(
        csv_of("Ana@Readers.org,Ana,2021-05-01 10:00:00", heading="email,name,confirm time"), monthly
    )
    subscription = Subscription.objects.get()
    assert subscription.subscriber.email == "ana@readers.org"
    assert subscription.subscriber.name == "Ana"
    assert subscription.confirmed_at.isoformat() == "2021-05-01T10:00:00+00:00"
    event = SubscriptionEvent.objects.get()
    assert (event.kind, event.text, event.origin) == ("confirmed", CONSENT, record.origin)
    assert event.address_hash == address_hash("ana@readers.org") == subscription.subscriber.address_hash


def test_a_second_time_changes_nothing(monthly):
    content = csv_of("ana@readers.org,Ana,VIP", heading="email,name,tags")
    imported(content, monthly)
    before = SubscriptionEvent.objects.count()
    record = imported(content, monthly)
    assert counts(record, "done") == {"unchanged": 1}
    assert SubscriptionEvent.objects.count() == before


def test_who_left_here_stays_away(monthly):
    left = SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org", unsubscribed=True)
    record = imported(csv_of("ana@readers.org,Ana,subscribed", heading="email,name,status"), monthly)
    assert counts(record, "done") == {"opted_out": 1}
    left.refresh_from_db()
    assert left.status == "unsubscribed"
    assert Subscriber.objects.get().name == ""


def test_who_left_and_asked_again_confirms_alone(monthly):
    SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org", unsubscribed=True)
    Subscription.objects.update(status="pending")
    assert counts(imported(csv_of("ana@readers.org,Ana"), monthly), "done") == {"opted_out": 1}
    assert status_of("ana@readers.org", monthly) == "pending"


def test_who_left_everything_is_not_put_on_another_newsletter(monthly):
    SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org", unsubscribed=True)
    other = NewsletterFactory()
    assert counts(imported(csv_of("ana@readers.org,Ana"), other), "done") == {"opted_out": 1}
    assert not Subscription.objects.filter(newsletter=other).exists()


@pytest.mark.parametrize("reason", Suppression.Reason.values)
def test_the_do_not_mail_list_beats_every_import(monthly, reason):
    suppress(address_hash=address_hash("ana@readers.org"), reason=reason)
    assert counts(imported(csv_of("ana@readers.org,Ana"), monthly), "done") == {"do_not_mail": 1}
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == reason


def test_who_is_unsubscribed_in_the_file_leaves_here_too(monthly):
    SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org")
    record = imported(csv_of("ana@readers.org,Ana,unsubscribed", heading="email,name,status"), monthly)
    assert counts(record, "done") == {"opted_out": 1}
    assert status_of("ana@readers.org", monthly) == "unsubscribed"
    assert SubscriptionEvent.objects.filter(kind="unsubscribed", origin=record.origin).count() == 1


def test_bounced_and_complained_come_onto_the_do_not_mail_list_and_nobody_new_is_kept(monthly):
    imported(
        csv_of("ana@readers.org,cleaned", "bert@readers.org,complained", "cleo@readers.org,blocklisted", heading="email,status"),
        monthly,
    )  # fmt: skip
    assert not Subscriber.objects.exists()
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"hard_bounce", "complaint", "staff"}


def test_an_erased_persons_entry_gives_way_to_a_stronger_reason(monthly):
    suppress(address_hash=address_hash("ana@readers.org"), reason="erased")
    imported(csv_of("ana@readers.org,cleaned", heading="email,status"), monthly)
    assert Suppression.objects.get().reason == "hard_bounce"


def test_mailchimps_files_say_the_status_by_their_names(monthly):
    record = imported(
        mailchimp_zip(
            subscribed=["ana@readers.org", "gone@readers.org"],
            unsubscribed=["gone@readers.org", "bert@readers.org"],
            cleaned=["cleo@readers.org"],
            nonsubscribed=["dora@readers.org"],
        ),
        monthly,
        name="export.zip",
    )
    assert record.file_kind == "mailchimp"
    assert status_of("ana@readers.org", monthly) == "confirmed"
    assert status_of("bert@readers.org", monthly) == "unsubscribed"
    # Subscribed in one file, unsubscribed in another: has left.
    assert status_of("gone@readers.org", monthly) == "unsubscribed"
    assert not Subscriber.objects.filter(email__in=["cleo@readers.org", "dora@readers.org"]).exists()
    assert Suppression.objects.get().reason == "hard_bounce"
    ana = Subscriber.objects.get(email="ana@readers.org")
    assert (ana.name, ana.tags) == ("Ana Molino", ["VIP", "Blog"])
    assert ana.subscriptions.get().confirmed_at.isoformat() == "2020-01-02T10:00:00+00:00"


def test_a_renamed_mailchimp_file_waits_for_somebody_to_say_what_its_people_are(monthly):
    content = b"Email Address,LEID,EUID\nana@readers.org,1,a\n"
    record = uploaded(content, "people.csv")
    with pytest.raises(steering.ImportRefused, match="subscribed"):
        steering.check(record, newsletter=monthly, mapping=record.mapping, consent=CONSENT)
    assert counts(imported(content, monthly, name="people.csv", assumed="subscribed"), "done") == {"new": 1}


def test_listmonk_is_recognised_by_its_columns(monthly):
    record = imported(
        b"uuid,email,name,attributes,status,created_at,updated_at\n"
        b'1,ana@readers.org,Ana,"{""city"": ""Halse"", ""n"": 3}",enabled,2022-01-01T10:00:00Z,x\n'
        b"2,bert@readers.org,Bert,{},disabled,2022-01-01T10:00:00Z,x\n"
        b"3,cleo@readers.org,Cleo,{},blocklisted,2022-01-01T10:00:00Z,x\n",
        monthly,
    )
    assert record.file_kind == "listmonk"
    assert Subscriber.objects.get(email="ana@readers.org").attributes == {"city": "Halse", "n": 3}
    assert status_of("bert@readers.org", monthly) == "unsubscribed"
    assert Suppression.objects.get().reason == "staff"


def test_what_is_empty_is_filled_in_and_what_is_there_stays(monthly):
    SubscriberFactory(
        email="ana@readers.org", name="", relation="member", language="es", tags=["old"], attributes={"a": 1}
    )
    record = imported(
        csv_of(
            "ana@readers.org,Ana,press,fr,\"new, old\",5,6",
            heading="email,name,connection,language,tags,a,b",
        ),
        monthly,
        mapping={
            "email": "address", "name": "name", "connection": "relation", "language": "language", "tags": "tags",
            "a": "attribute:a", "b": "attribute:b",
        },
    )  # fmt: skip
    ana = Subscriber.objects.get()
    assert (ana.name, ana.relation, ana.language) == ("Ana", "member", "es")
    assert ana.tags == ["old", "new"]
    assert ana.attributes == {"a": 1, "b": "6"}
    assert record.report["done"]["lines"]["changed"][0][3] == "joins name tags attributes"


def test_who_ever_changed_their_preferences_keeps_an_empty_name(monthly):
    ana = SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org").subscriber
    SubscriptionEvent.objects.create(
        kind="changed", subscriber=ana, address_hash=ana.address_hash, origin="/preferences/", text="name"
    )
    assert counts(imported(csv_of("ana@readers.org,Ana"), monthly), "done") == {"unchanged": 1}
    ana.refresh_from_db()
    assert ana.name == ""


def test_topics_are_for_new_people_and_unknown_ones_are_said(monthly, locales):
    roofs = TopicFactory(name="Roofs", slug="roofs")
    SubscriptionFactory(newsletter=monthly, subscriber__email="bert@readers.org")
    record = imported(
        csv_of('ana@readers.org,"Roofs, Boats"', "bert@readers.org,roofs", heading="email,topics"), monthly
    )
    assert (
        Subscriber.objects.get(email="ana@readers.org").topic_choices.get().topic_key == roofs.translation_key
    )
    assert not Subscriber.objects.get(email="bert@readers.org").topic_choices.exists()
    assert record.report["check"]["unknown"] == [["topic", "Boats", 1]]


def test_asking_first_leaves_them_unconfirmed_until_they_follow_the_link(monthly):
    record = imported(csv_of("ana@readers.org,Ana"), monthly, joins_as="pending")
    subscription = Subscription.objects.get()
    assert subscription.status == "pending"
    assert record.chunks.get().to_ask == [subscription.pk]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ana@readers\u202e.org,Ana,", "U+202E"),
        ("an\u200ba@readers.org,Ana,", "U+200B"),
        ("ana@readers.org;bert@readers.org,Ana,", "Only one address"),
        (",Ana,", "the address is missing"),
        ("ana@readers.org,An\x00a,", "U+0000"),
        (f"ana@readers.org,{'x' * 10_001},", "longer than"),
        (f"ana@readers.org,{'x' * 200},", "at most 120"),
        ("ana@readers.org,Ana,,too,many", "5 cells"),
        ("ana@readers.org,Ana,perhaps", "“perhaps” is not known"),
        ("ana@readers.org,An\u202ea,subscribed", "U+202E"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why_and_the_others_go_on(monthly, row, reason):
    record = imported(csv_of(row, "berta@readers.org,Berta,subscribed", heading="email,name,status"), monthly)
    assert counts(record, "done") == {"invalid": 1, "new": 1}
    (line,) = record.report["done"]["lines"]["invalid"]
    assert line[:2] == ["list.csv", 2]
    assert reason in line[3]


def test_mixed_encodings_refuse_only_the_rows_that_cannot_be_read(monthly):
    content = (
        "email,name\nana@readers.org,Íñigo\nbea@readers.org,Él\n".encode()
        + "cleo@readers.org,Íñigo\n".encode("cp1252")
    )
    record = imported(content, monthly)
    assert counts(record, "done") == {"new": 2, "invalid": 1}


def test_the_same_address_twice_counts_once_but_an_opt_out_always(monthly):
    record = imported(
        csv_of(
            "ana@readers.org,subscribed",
            "ANA@readers.org,subscribed",
            "ana@readers.org,unsubscribed",
            heading="email,status",
        ),
        monthly,
    )
    assert counts(record, "done")["duplicate"] == 1
    assert status_of("ana@readers.org", monthly) == "unsubscribed"


@pytest.mark.parametrize(
    "attributes", ['{"a": NaN}', "[1]", '{"a": "\\u0000"}', '{"a": "\\ud800"}', "{" * 5000]
)
def test_attributes_that_no_database_takes_are_refused(monthly, attributes):
    quoted = attributes.replace('"', '""')
    record = imported(
        f'uuid,email,name,attributes,status,created_at\n1,ana@readers.org,Ana,"{quoted}",enabled,\n'.encode(),
        monthly,
    )
    assert counts(record, "done") == {"invalid": 1}


def test_an_import_does_not_touch_who_leaves_meanwhile(monthly):
    """Checked as subscribed, left before Import was pressed: decided anew, not as it was checked."""
    subscription = SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org")
    record = checked(csv_of("ana@readers.org,Ana"), monthly)
    unsubscribe(subscriber_id=subscription.subscriber_id, newsletter_id=None, origin="one-click", network="")
    steering.begin(record, in_background=False)
    run(record.pk)
    assert status_of("ana@readers.org", monthly) == "unsubscribed"


def test_without_words_about_consent_nothing_is_checked(monthly):
    record = uploaded(csv_of("ana@readers.org,Ana"))
    with pytest.raises(steering.ImportRefused, match="consent"):
        steering.check(record, newsletter=monthly, mapping=record.mapping, consent="  ")


@pytest.mark.parametrize(
    "mapping",
    [
        {"email": "", "name": "name"},
        {"email": "address", "name": "address"},
        {"email": "address", "name": str(uuid.uuid4())},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(monthly, mapping):
    record = uploaded(csv_of("ana@readers.org,Ana"))
    with pytest.raises(steering.ImportRefused):
        steering.check(record, newsletter=monthly, mapping=mapping, consent=CONSENT)
