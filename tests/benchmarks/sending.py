"""The snapshot of a large audience, and a full batch through the mailbox on this machine."""

from django.conf import settings
from django.db import connection
from django.utils import timezone

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Newsletter, Subscriber, Subscription
from newsletter.editions.versions import language_versions
from newsletter.sending.mailbox import backend
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.preparing import aimed_segments, render_missing
from newsletter.sending.snapshot import Addressees, recipes_needed, recipients_with_reasons, take_snapshot
from newsletter.sending.submitting import work
from tests.audience.factories import SegmentFactory, kind_rule
from tests.benchmarks.measuring import Measurement, measure
from tests.editions.factories import EditionPageFactory, newsletter_pages, text, translation_of

PEOPLE = 100_000
BATCH = 500


def measurements() -> list[Measurement]:
    settings.EMAIL_BACKEND = "newsletter.sending.mailbox.backend.EmailBackend"
    mailing = mailing_to_everybody()
    editions = language_versions(mailing.edition)
    aimed = aimed_segments(editions)
    people = recipients_with_reasons(Addressees.of(mailing), languages=list(editions), aimed=aimed)
    render_missing(mailing, editions=editions, recipes=recipes_needed(people, aimed=aimed))

    def forget() -> None:
        Batch.objects.all().delete()
        Delivery.objects.all().delete()

    def snapshot() -> None:
        take_snapshot(mailing, people=people, aimed=aimed, batch_size=BATCH)

    snapshot_timing = measure(snapshot, before=forget, runs=3)
    floor = measure(bare_insert, before=forget, runs=3)
    forget()
    snapshot()
    Mailing.objects.filter(pk=mailing.pk).update(state=Mailing.State.SENDING, audience=PEOPLE)
    waiting = iter(Batch.objects.filter(size=BATCH).values_list("pk", flat=True))
    letter = example_letter()
    return [
        Measurement(
            f"snapshot of {PEOPLE:,} people in 3 languages, cut into batches",
            snapshot_timing,
            "copying their keys and addresses in one statement",
            floor,
            unit="people",
            amount=PEOPLE,
        ),
        Measurement(
            f"a batch of {BATCH} into the mailbox",
            measure(lambda: work(next(waiting)), runs=5),
            f"writing {BATCH} finished letters",
            measure(lambda: write_letters(letter), runs=5),
            unit="recipients",
            amount=BATCH,
        ),
    ]


def mailing_to_everybody() -> Mailing:
    pages = newsletter_pages()
    newsletter = pages["en"].newsletter
    organisations = SegmentFactory(rules=[kind_rule("organisation")])
    body = [
        text("<p>Dear {{name|friend}}, the mill runs.</p>"),
        text("<p>The ledger.</p>", show_only_to=organisations),
    ]
    edition = EditionPageFactory(parent=pages["en"], body=body)
    for code in ("es", "fr"):
        translation_of(edition, parent=pages[code], subject=f"Subject {code}", body=body)
    fill_list(newsletter)
    return Mailing.objects.create(
        edition=edition,
        newsletter=newsletter,
        revisions={code: version.latest_revision_id for code, version in language_versions(edition).items()},
        to_everyone=True,
        state=Mailing.State.PREPARING,
        started_at=timezone.now(),
    )


def fill_list(newsletter: Newsletter) -> None:
    languages = ("en", "en", "es", "fr")
    Subscriber.objects.bulk_create(
        (
            Subscriber(
                email=f"reader{number}@readers.example",
                address_hash=address_hash(f"reader{number}@readers.example"),
                name=f"Reader {number}" if number % 3 else "",
                language=languages[number % 4],
                kind="organisation" if number % 20 == 0 else "person",
            )
            for number in range(PEOPLE)
        ),
        batch_size=2000,
    )
    now = timezone.now()
    Subscription.objects.bulk_create(
        (
            Subscription(subscriber_id=pk, newsletter=newsletter, status="confirmed", confirmed_at=now)
            for pk in Subscriber.objects.values_list("pk", flat=True).iterator()
        ),
        batch_size=2000,
    )


def bare_insert() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sending_delivery (mailing_id, subscriber_id, variant_id, address, outcome, reason) "
            "SELECT 0, id, NULL, email, '', '' FROM audience_subscriber"
        )


def example_letter() -> bytes:
    """The bytes of one letter that the batches above write."""
    work(Batch.objects.filter(size=BATCH).values_list("pk", flat=True).last() or 0)
    return max((backend.maildir() / "new").iterdir(), key=lambda path: path.stat().st_size).read_bytes()


def write_letters(letter: bytes) -> None:
    for number in range(BATCH):
        path = backend.maildir() / "tmp" / f"floor-{number}"
        path.write_bytes(letter)
        path.rename(backend.maildir() / "cur" / f"floor-{number}")
