"""An edition on its way: each person once, in their language, and sums that balance."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.models import Subscription
from newsletter.sending.launching import LaunchRefused, cancel, pause, resume, start_due_mailings
from newsletter.sending.mailbox.reading import letters
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.progress import progress_of, reasons_left_out
from tests.audience.factories import SubscriptionFactory, SuppressionFactory, store_rules
from tests.sending.conftest import Desk, letters_to

pytestmark = pytest.mark.django_db

Worker = Callable[[], None]


def finished(mailing: Mailing) -> Mailing:
    mailing.refresh_from_db()
    progress = progress_of(mailing)
    assert progress.balances, progress
    return mailing


def test_the_union_of_segments_gets_one_message_each_in_their_language(desk: Desk, worker: Worker) -> None:
    desk.readers(3, language="es", kind="organisation")
    desk.readers(2, language="es")
    desk.readers(2, language="en", kind="organisation")
    desk.readers(4, language="en")
    desk.readers(1, language="fr")
    mailing = desk.launch(segments=[desk.organisations, desk.spanish, desk.french])
    worker()
    assert finished(mailing).state == Mailing.State.SENT
    assert mailing.audience == 8
    arrived = letters(most=100)
    assert Counter(letter.language for letter in arrived) == {"es": 5, "en": 2, "fr": 1}
    assert max(Counter(letter.to for letter in arrived).values()) == 1
    assert {letter.subject for letter in arrived if letter.language == "fr"} == {
        "Ce que les assemblées ont décidé"
    }


def test_an_aimed_block_reaches_its_segment_and_nobody_else(desk: Desk, worker: Worker) -> None:
    desk.readers(1, kind="organisation")
    desk.readers(1)
    mailing = desk.launch()
    worker()
    (to_organisation,), (to_person,) = letters_to("en-organisation-0"), letters_to("en-person-0")
    assert "the ledger" in to_organisation.html
    assert "the ledger" in to_organisation.text
    assert "the ledger" not in to_person.html + to_person.text
    assert mailing.variants.count() == 2


def test_merge_fields_are_filled_or_fall_back_and_never_break_the_page(desk: Desk, worker: Worker) -> None:
    desk.reader("ana@readers.example", name='Ana <b>"& Co</b>')
    desk.reader("nameless@readers.example")
    desk.launch()
    worker()
    (named,), (nameless,) = letters_to("ana@"), letters_to("nameless@")
    assert "Dear Ana &lt;b&gt;&quot;&amp; Co&lt;/b&gt;," in named.html
    assert 'Dear Ana <b>"& Co</b>,' in named.text
    assert "Dear friend," in nameless.html
    assert "Dear friend," in nameless.text


def test_every_message_can_be_unsubscribed_from_by_one_click(desk: Desk, worker: Worker) -> None:
    desk.readers(2)
    desk.launch()
    worker()
    headers = [dict(letters_to(f"en-person-{number}")[0].headers) for number in range(2)]
    assert {entry["List-Unsubscribe-Post"] for entry in headers} == {"List-Unsubscribe=One-Click"}
    assert {entry["List-Id"] for entry in headers} == {f"<{desk.newsletter.list_id}>"}
    assert len({entry["List-Unsubscribe"] for entry in headers}) == 2
    assert all(entry["List-Unsubscribe"].startswith("<http://localhost/unsubscribe/") for entry in headers)


def test_who_may_not_be_mailed_is_left_out_with_the_reason(desk: Desk, worker: Worker) -> None:
    desk.readers(2)
    SuppressionFactory(address="en-person-0@readers.example")
    SubscriptionFactory(newsletter=desk.newsletter, pending=True)
    SubscriptionFactory(newsletter=desk.newsletter, unsubscribed=True)
    mailing = desk.launch()
    worker()
    finished(mailing)
    assert progress_of(mailing).counts["accepted"] == 1
    assert reasons_left_out(mailing) == [("on the do-not-mail list", 1)]


def test_who_unsubscribes_after_the_snapshot_gets_nothing(desk: Desk, worker: Worker) -> None:
    readers = desk.readers(3)
    mailing = desk.launch()
    from newsletter.sending.preparing import prepare

    prepare(mailing.pk)
    Subscription.objects.filter(subscriber=readers[0]).update(status=Subscription.Status.UNSUBSCRIBED)
    readers[1].delete()
    worker()
    finished(mailing)
    assert letters_to("en-person-0") == letters_to("en-person-1") == []
    assert dict(reasons_left_out(mailing)) == {"unsubscribed since": 1, "erased since": 1}
    assert not Delivery.objects.filter(address="en-person-1@readers.example").exists()


def test_once_a_month_means_once_a_month(desk: Desk, worker: Worker) -> None:
    reader = desk.reader("rare@readers.example")
    Subscription.objects.filter(subscriber=reader).update(rhythm=Subscription.Rhythm.MONTHLY)
    desk.readers(1)
    desk.launch()
    worker()
    from tests.editions.factories import EditionPageFactory

    desk.edition = EditionPageFactory(parent=desk.pages["en"])
    second = desk.launch()
    worker()
    finished(second)
    assert len(letters_to("rare@")) == 1
    assert reasons_left_out(second) == [("has had this month's edition", 1)]


def test_a_second_launch_is_refused_and_adds_nothing(desk: Desk, worker: Worker) -> None:
    desk.readers(2)
    desk.launch()
    with pytest.raises(LaunchRefused, match="being sent already"):
        desk.launch()
    worker()
    with pytest.raises(LaunchRefused, match="has had this edition already"):
        desk.launch()
    assert len(letters(most=10)) == 2
    assert Mailing.objects.count() == 1


def test_a_later_sending_reaches_only_those_who_have_not_had_the_edition(desk: Desk, worker: Worker) -> None:
    desk.readers(2, language="es")
    desk.readers(2)
    desk.launch(segments=[desk.spanish])
    worker()
    second = desk.launch()
    worker()
    finished(second)
    assert max(Counter(letter.to for letter in letters(most=10)).values()) == 1
    assert reasons_left_out(second) == [("has had this edition", 2)]


def test_launching_to_nobody_says_so_and_writes_nothing(desk: Desk) -> None:
    desk.readers(1)
    with pytest.raises(LaunchRefused, match="Nobody would get this"):
        desk.launch(segments=[desk.french])
    with pytest.raises(LaunchRefused, match="Choose at least one segment"):
        desk.launch(everyone=False, segments=[])
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("rules", [[{"type": "shoe_size", "value": {"size": 43}}], []])
def test_a_segment_that_cannot_say_whom_it_means_blocks_the_launch(desk: Desk, rules: list[object]) -> None:
    desk.readers(3)
    store_rules(desk.french, rules)
    with pytest.raises(LaunchRefused, match="French"):
        desk.launch(segments=[desk.spanish, desk.french])
    assert not Mailing.objects.exists()


def test_a_segment_broken_after_the_launch_pauses_the_mailing_in_words(desk: Desk, worker: Worker) -> None:
    desk.readers(3, language="es")
    mailing = desk.launch(segments=[desk.spanish])
    store_rules(desk.spanish, [{"type": "shoe_size", "value": {"size": 43}}])
    worker()
    finished(mailing)
    assert mailing.state == Mailing.State.PAUSED
    assert "shoe_size" in mailing.fault
    assert letters() == []
    store_rules(desk.spanish, [{"type": "language", "value": {"languages": ["es"]}}])
    assert resume(mailing)
    worker()
    assert finished(mailing).state == Mailing.State.SENT
    assert len(letters()) == 3


def test_an_edition_with_an_unknown_merge_field_is_refused(desk: Desk) -> None:
    desk.readers(1)
    desk.edition.subject = "Dear {{shoe_size}}"
    desk.edition.save_revision()
    with pytest.raises(LaunchRefused, match="shoe_size"):
        desk.launch()


def test_a_planned_mailing_starts_at_its_time_and_can_be_cancelled_before(desk: Desk, worker: Worker) -> None:
    desk.readers(1)
    mailing = desk.launch(at=timezone.now() + timedelta(hours=1))
    assert start_due_mailings() == 0
    Mailing.objects.update(scheduled_for=timezone.now() - timedelta(seconds=1))
    assert start_due_mailings() == 1
    assert start_due_mailings() == 0
    worker()
    assert finished(mailing).state == Mailing.State.SENT
    desk.edition = type(desk.edition).objects.get(pk=desk.edition.pk)
    desk.readers(1, language="fr")
    later = desk.launch(at=timezone.now() + timedelta(hours=1))
    assert cancel(later)
    assert not cancel(later)
    Mailing.objects.filter(pk=later.pk).update(scheduled_for=timezone.now() - timedelta(seconds=1))
    assert start_due_mailings() == 0


def test_pause_stops_before_the_next_batch_and_resume_loses_nothing(desk: Desk, worker: Worker) -> None:
    from newsletter.sending.preparing import prepare

    desk.readers(3)
    mailing = desk.launch()
    prepare(mailing.pk)
    assert pause(mailing)
    worker()
    assert letters() == []
    assert progress_of(finished(mailing)).counts["waiting"] == 3
    assert resume(mailing)
    worker()
    assert finished(mailing).state == Mailing.State.SENT
    assert len(letters()) == 3


def test_cancel_leaves_out_who_has_not_had_it(desk: Desk, worker: Worker) -> None:
    from newsletter.sending.preparing import prepare

    desk.readers(3)
    mailing = desk.launch()
    prepare(mailing.pk)
    assert cancel(mailing)
    worker()
    assert letters() == []
    assert progress_of(finished(mailing)).counts["skipped"] == 3
    assert reasons_left_out(mailing) == [("the sending was cancelled", 3)]


def test_preparing_twice_adds_nothing(desk: Desk) -> None:
    from newsletter.sending.preparing import prepare

    desk.readers(3)
    mailing = desk.launch()
    prepare(mailing.pk)
    Mailing.objects.update(state=Mailing.State.PREPARING)
    prepare(mailing.pk)
    assert Delivery.objects.count() == 3
    assert Batch.objects.count() == 1


def test_the_archive_shows_what_everybody_may_read(desk: Desk, worker: Worker, client: object) -> None:
    desk.readers(1, kind="organisation")
    desk.launch()
    worker()
    page = client.get(type(desk.edition).objects.get(pk=desk.edition.pk).url)  # type: ignore[attr-defined]
    assert page.status_code == 200
    assert "the mill runs" in page.content.decode()
    assert "the ledger" not in page.content.decode()
    assert "/unsubscribe/" not in page.content.decode()


def test_real_services_never_get_addresses_of_a_demo(desk: Desk, settings: object) -> None:
    desk.readers(1)
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"  # type: ignore[attr-defined]
    settings.ANYMAIL = {"MAILGUN_API_KEY": "key"}  # type: ignore[attr-defined]
    with pytest.raises(LaunchRefused, match="demos and tests"):
        desk.launch()


def test_another_services_stand_in_does_not_open_the_door(desk: Desk, settings: object) -> None:
    desk.readers(1)
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"  # type: ignore[attr-defined]
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "MAILGUN_API_URL": "http://localhost/"}  # type: ignore[attr-defined]
    with pytest.raises(LaunchRefused, match="demos and tests"):
        desk.launch()


def test_who_is_in_none_of_the_newsletter_groups_may_not_send(desk: Desk, author_user: object) -> None:
    desk.readers(1)
    with pytest.raises(LaunchRefused, match="may not send"):
        desk.launch(user=author_user)
