"""Import and export in the admin: who may, what is said, and what is undone."""

import io
import zipfile

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import ModelLogEntry

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Subscriber, SubscriberImport, Subscription, Suppression
from newsletter.audience.transfer import steering
from newsletter.audience.transfer.exporting import as_csv
from newsletter.audience.transfer.running import run
from tests.audience.factories import SubscriptionFactory
from tests.audience.transfer.conftest import CONSENT, checked, csv_of, imported, uploaded
from tests.newsroom.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client, newsletter_manager_user):
    client.force_login(newsletter_manager_user)
    return client


def upload(client, content, name="list.csv"):
    return client.post(reverse("import:upload"), {"file": SimpleUploadedFile(name, content)})


def steer(client, record, action):
    return client.post(reverse("import:steer", args=[record.pk]), {"action": action}, follow=True)


def refused_rows(client, record):
    return b"".join(client.get(reverse("import:refused", args=[record.pk])).streaming_content).decode()


def test_a_file_goes_from_the_form_to_the_list_and_back(manager, monthly):
    assert upload(manager, csv_of("ana@readers.org,Ana", "nonsense,=1+1")).status_code == 302
    record = SubscriberImport.objects.get()
    columns = reverse("import:columns", args=[record.pk])
    assert "ana@readers.org" in manager.get(columns).content.decode()
    manager.post(
        columns,
        {"newsletter": monthly.pk, "joins_as": "confirmed", "consent": CONSENT, "column_0": "address", "column_1": "name"},
    )  # fmt: skip
    run(record.pk)
    page = manager.get(reverse("import:detail", args=[record.pk])).content.decode()
    assert "Nothing is on the list yet." in page
    assert not Subscriber.objects.exists()
    assert "list.csv,3,,nonsense,'=1+1" in refused_rows(manager, record)
    assert steer(manager, record, "begin").headers["Refresh"].startswith("2; url=")
    run(record.pk)
    assert Subscriber.objects.get().email == "ana@readers.org"
    steer(manager, record, "undo")
    run(record.pk)
    assert not Subscriber.objects.exists()
    actions = set(ModelLogEntry.objects.values_list("action", flat=True))
    assert {"audience.upload", "audience.import_begin", "audience.import_undo"} <= actions


# --- Refused rows, mended and uploaded again --------------------------------------------------------
def mailchimp_export(**members):
    """As Mailchimp writes it: files of people who bounced or left have columns of their own."""
    more = {"subscribed": "", "cleaned": ",CLEAN_TIME", "unsubscribed": ",UNSUB_TIME"}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for status, addresses in members.items():
            heading = f"Email Address,First Name,Phone{more[status]},LEID,EUID"
            moment = ",2024-01-01 10:00:00" if more[status] else ""
            archive.writestr(
                f"{status}_members_export_0a1b.csv",
                csv_of(*(f"{address},Ana,+34 600{moment},1,a" for address in addresses), heading=heading),
            )
    return file.getvalue()


def test_who_was_mended_of_a_mailchimp_list_is_what_they_were_in_it(manager, monthly):
    content = mailchimp_export(
        cleaned=["emil@readers.org", "fay(at)readers.org"],
        subscribed=["ana(at)readers.org", "bert@readers.org"],
        unsubscribed=["cleo@readers.org", "dora(at)readers.org"],
    )
    first = imported(content, monthly, name="list.zip")
    mended = refused_rows(manager, first).replace("(at)", "@").encode()
    second = uploaded(mended, "mended.csv")
    mapping = {**second.mapping, "Phone": "attribute:Phone"}
    imported(mended, monthly, name="mended.csv", mapping=mapping)
    statuses = dict(Subscription.objects.values_list("subscriber__email", "status"))
    assert statuses == {
        "ana@readers.org": "confirmed",
        "bert@readers.org": "confirmed",
        "cleo@readers.org": "unsubscribed",
        "dora@readers.org": "unsubscribed",
    }
    listed = set(Suppression.objects.values_list("address_hash", "reason"))
    assert listed == {(address_hash(f"{name}@readers.org"), "hard_bounce") for name in ("emil", "fay")}
    # A cell that would be a formula lost its apostrophe again.
    assert Subscriber.objects.get(email="ana@readers.org").attributes["Phone"] == "+34 600"


def test_what_was_assumed_of_a_list_is_kept_for_its_refused_rows(manager, monthly):
    first = imported(csv_of("ana(at)readers.org,Ana"), monthly, assumed="unsubscribed")
    mended = refused_rows(manager, first).replace("(at)", "@").encode()
    imported(mended, monthly, name="mended.csv")
    assert Subscription.objects.get().status == "unsubscribed"


def test_a_refused_row_of_our_own_file_comes_back_as_it_was(manager, monthly):
    ana = SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org").subscriber
    ana.name, ana.tags = "=Ana", ["-1"]
    ana.save()
    own = "".join(as_csv(Subscriber.objects.all())).replace("ana@readers.org", "ana(at)readers.org")
    Subscriber.objects.all().delete()
    first = imported(own.encode(), None)
    mended = refused_rows(manager, first).replace("(at)", "@").encode()
    assert imported(mended, None).file_kind == "newsroom"
    back = Subscriber.objects.get()
    assert (back.email, back.name, back.tags) == ("ana@readers.org", "=Ana", ["-1"])


def test_a_column_alone_does_not_say_that_addresses_bounced(monthly):
    record = uploaded(b"Email Address,CLEAN_TIME,LEID,EUID\nana@readers.org,,1,a\n", "all.csv")
    with pytest.raises(steering.ImportRefused, match="Say what they are"):
        steering.check(record, newsletter=monthly, mapping=record.mapping, consent=CONSENT)


# --- What is shown ----------------------------------------------------------------------------------
def test_what_the_site_has_no_name_for_is_said_in_words(manager, monthly):
    record = checked(csv_of("ana@readers.org,cousin", heading="email,connection"), monthly)
    page = manager.get(reverse("import:detail", args=[record.pk])).content.decode()
    assert "<li>connection to us: “cousin” (1)</li>" in page


def test_a_file_that_cannot_be_read_is_said_on_the_form_and_not_kept(manager, settings):
    response = upload(manager, b"PK\x03\x04nonsense", "bad.zip")
    assert "bad.zip: this ZIP file is damaged." in response.content.decode()
    assert not SubscriberImport.objects.exists()
    assert list(settings.IMPORTS_DIR.iterdir()) == []


def test_throwing_away_leaves_nothing(manager, monthly, settings):
    record = checked(csv_of("ana@readers.org,Ana"), monthly)
    steer(manager, record, "discard")
    assert not SubscriberImport.objects.exists()
    assert list(settings.IMPORTS_DIR.iterdir()) == []


def test_what_other_rooms_say_against_undoing_is_shown(manager, monthly, monkeypatch):
    from newsletter.audience.transfer import undoing

    record = imported(csv_of("ana@readers.org,Ana"), monthly)
    monkeypatch.setattr(undoing, "UNDO_CHECKS", [lambda people, since: "An edition went out."])
    page = manager.get(reverse("import:detail", args=[record.pk])).content.decode()
    assert "An edition went out." in page
    assert "Undo the import" not in page
    with pytest.raises(steering.ImportRefused):
        steering.undo(record)


@pytest.mark.parametrize("name", ["index", "upload", "export"])
def test_who_has_no_right_to_the_list_gets_nothing(client, author_user, name):
    client.force_login(author_user)
    assert client.get(reverse(f"import:{name}")).status_code in {302, 403}


def test_who_may_only_look_exports_and_imports_nothing(client):
    user = UserFactory(username="looker")
    group = Group.objects.create(name="lookers")
    group.permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "view_subscriber", "view_subscription"])
    )
    user.groups.add(group)
    client.force_login(user)
    assert client.get(reverse("import:upload")).status_code in {302, 403}
    assert client.get(reverse("import:export")).status_code == 200


def test_a_newsletter_kept_for_others_cannot_be_filled(manager, monthly):
    record = checked(csv_of("ana@readers.org,Ana"), monthly)
    monthly.senders.set([Group.objects.create(name="others")])
    monthly.save()
    assert manager.get(reverse("import:detail", args=[record.pk])).status_code == 404
    assert steer(manager, record, "begin").status_code == 404


def test_one_persons_file_holds_that_person(manager, monthly):
    ana = SubscriptionFactory(newsletter=monthly, subscriber__email="ana@readers.org").subscriber
    SubscriptionFactory(newsletter=monthly, subscriber__email="bert@readers.org")
    page = manager.get(reverse("subscriber:inspect", args=[ana.pk])).content.decode()
    assert f"{reverse('import:export')}?person={ana.pk}" in page
    response = manager.get(reverse("import:export"), {"person": ana.pk})
    text = b"".join(response.streaming_content).decode()
    assert "ana@readers.org" in text
    assert "bert@readers.org" not in text
    assert ModelLogEntry.objects.filter(action="audience.export").exists()
