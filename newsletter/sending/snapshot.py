"""Who gets which version: the audience frozen into deliveries, in one statement, and cut into batches."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias, TypedDict

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.fields import BigIntegerField
from django.utils import timezone

from newsletter.audience.models import Newsletter, Segment, Subscriber, Subscription, Suppression
from newsletter.audience.segmentation import audience_of, segment_query
from newsletter.sending.failures import passing_failures, received
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.recipes import Recipe, version_by_number

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    People: TypeAlias = QuerySet[WithAnnotations[Subscriber, "Reading"]]

# The largest batch, whatever the service allows: what is in doubt after a lost reply stays small enough to look at.
MAX_BATCH = 1000


# In the place of a version while deliveries are written: before and after the primary keys of all versions.
MISSING, LEFT_OUT = 0, 2**63 - 1


class Reading(TypedDict):
    """What recipients_with_reasons() knows of each person besides the row itself."""

    reading: str
    of_others: bool
    reason: str


class VersionMissing(Exception):
    """Somebody in the audience needs a version that has not been rendered yet."""


@dataclass(frozen=True)
class Addressees:
    """To whom an edition goes: a mailing's choice, or one a manager is still making."""

    edition_id: int
    newsletter: Newsletter
    segments: tuple[Segment, ...] = ()
    excluded: tuple[Segment, ...] = ()
    everyone: bool = False
    mailing_id: int | None = None
    # A second try goes to those an earlier mailing missed, and to nobody else.
    retry_of_id: int | None = None

    @classmethod
    def of(cls, mailing: Mailing) -> Self:
        return cls(
            edition_id=mailing.edition_id,
            newsletter=mailing.newsletter,
            segments=tuple(mailing.segments.all()),
            excluded=tuple(mailing.excluded_segments.all()),
            everyone=mailing.to_everyone,
            mailing_id=mailing.pk,
            retry_of_id=mailing.retry_of_id,
        )

    def people(self) -> QuerySet[Subscriber]:
        """Each once. Raises SegmentUnusable."""
        if self.retry_of_id is None:
            return audience_of(
                newsletter=self.newsletter,
                segments=self.segments,
                excluded=self.excluded,
                everyone=self.everyone,
            )
        readers = audience_of(newsletter=self.newsletter, segments=(), everyone=True)
        return readers.filter(Exists(passing_failures(self.retry_of_id).filter(subscriber=OuterRef("pk"))))

    def other_mailings(self) -> QuerySet[Mailing]:
        """Sendings other than this one, and the one it tries again, that have an audience."""
        ours = {pk for pk in (self.mailing_id, self.retry_of_id) if pk is not None}
        return Mailing.objects.filter(audience__isnull=False).exclude(pk__in=ours)


def recipients_with_reasons(
    addressees: Addressees, *, languages: Sequence[str], aimed: Iterable[Segment] = ()
) -> "People":
    """The audience, each once, annotated with `reading` (language of their version), `of_others` (whether it is not
    their own), `reason` ("" or why they are left out) and `in_<pk>` for each aimed-at segment. The first of
    `languages` is for readers of all others.
    """
    newsletter = addressees.newsletter
    people = addressees.people()
    # Not EXISTS: databases gather these once, instead of looking into two indexes for each of a million people.
    suppressed = Suppression.objects.filter(Q(newsletter__isnull=True) | Q(newsletter=newsletter))
    reasons = [
        When(address_hash__in=suppressed.values("address_hash"), then=Value(Delivery.Reason.SUPPRESSED.value))
    ]
    today = timezone.now().astimezone(newsletter.zone).date()
    reasons.append(When(paused_until__gt=today, then=Value(Delivery.Reason.PAUSED.value)))
    if had_it := _mailings_of_edition(addressees):
        reasons.append(
            When(Exists(_received(had_it)), then=Value(Delivery.Reason.ALREADY_SENT.value)),
        )
    if this_month := _mailings_of_month(addressees):
        monthly = Subscription.objects.filter(
            subscriber=OuterRef("pk"), newsletter=newsletter, rhythm=Subscription.Rhythm.MONTHLY
        )
        reasons.append(
            When(
                Q(Exists(monthly)) & Q(Exists(_received(this_month))),
                then=Value(Delivery.Reason.RHYTHM.value),
            )
        )
    reading = Case(
        *[When(language=code, then=Value(code)) for code in languages[1:]],
        default=Value(languages[0]),
        output_field=CharField(),
    )
    memberships = {
        f"in_{segment.pk}": ExpressionWrapper(segment_query(segment), output_field=BooleanField())
        for segment in aimed
    }
    return people.annotate(
        reading=reading,
        of_others=ExpressionWrapper(~Q(language__in=languages), output_field=BooleanField()),
        reason=Case(*reasons, default=Value(""), output_field=CharField()),
        **memberships,
    )


def take_snapshot(
    mailing: Mailing, *, people: "People", recipes: Mapping[int, Recipe], batch_size: int
) -> None:
    """Deliveries and batches of the whole audience, or nothing: all in the caller's transaction.

    `people` are numbered (newsletter.sending.recipes); `recipes` say which of the mailing's versions a number needs.
    Raises VersionMissing when the list changed since the versions were rendered.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_snapshot() needs a transaction around it.")
    # The first mailing there ever was stands for the table of deliveries: while its row is held nobody else writes
    # any, and the numbers of ours follow one another.
    Mailing.objects.select_for_update().order_by("pk").first()
    mailing.audience = _insert_deliveries(mailing, people=people, recipes=recipes)
    last = Delivery.objects.aggregate(last=Max("pk"))["last"] or 0
    ids = range(last - mailing.audience + 1, last + 1)
    waiting = ids[: bisect_left(ids, LEFT_OUT, key=_version_at)]
    mailing.left_out = Delivery.objects.filter(pk__range=(waiting.stop, last)).update(
        outcome=Delivery.Outcome.SKIPPED, variant=None
    )
    Batch.objects.bulk_create(
        _cut_into_batches(mailing, waiting, size=min(batch_size, MAX_BATCH)), batch_size=500
    )


def _insert_deliveries(mailing: Mailing, *, people: "People", recipes: Mapping[int, Recipe]) -> int:
    """Everybody in one INSERT … SELECT. Returns how many."""
    made = {
        (language, for_others, segments, topics): pk
        for pk, language, for_others, segments, topics in mailing.variants.values_list(
            "pk", "language", "for_others", "shown_segments", "shown_topics"
        )
    }
    versions = {number: made[recipe.key] for number, recipe in recipes.items() if recipe.key in made}
    rows = (
        # Why somebody is left out is worked out once for each: the rest of a left-out row follows from it later.
        people.annotate(
            mailing_pk=Value(mailing.pk, output_field=BigIntegerField()),
            version=Case(
                When(~Q(reason=""), then=Value(LEFT_OUT)),
                default=version_by_number(versions, otherwise=MISSING),
                output_field=BigIntegerField(),
            ),
            outcome=Value("", output_field=CharField()),
        )
        # Deliveries of one version stand together, so that a batch is a range of them: first whoever has none,
        # then version by version, then who is left out. By one number: SQLite takes twice as long over a pair.
        .order_by("version")
        .values_list("mailing_pk", "pk", "version", "email", "outcome", "reason")
    )
    try:
        select, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return 0
    table = connection.ops.quote_name(Delivery._meta.db_table)
    columns = ", ".join(
        connection.ops.quote_name(column)
        for column in ("mailing_id", "subscriber_id", "variant_id", "address", "outcome", "reason")
    )
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {select}", params)
        return cursor.rowcount


def _cut_into_batches(mailing: Mailing, ids: range, *, size: int) -> Iterator[Batch]:
    """Ranges of at most `size` deliveries of one version each. Raises VersionMissing.

    They were written version by version, so where one ends and the next begins is found by bisection: a handful of
    rows is read, not the whole audience.
    """
    place = 0
    while place < len(ids):
        version = _version_at(ids[place])
        if version == MISSING:
            raise VersionMissing
        end = bisect_right(ids, version, lo=place, key=_version_at)
        for start in range(place, end, size):
            piece = ids[start : min(start + size, end)]
            yield Batch(
                mailing=mailing,
                variant_id=version,
                first_delivery=piece[0],
                last_delivery=piece[-1],
                size=len(piece),
            )
        place = end


def _version_at(pk: int) -> int:
    """The version of one delivery, as it was written: a primary key, MISSING or LEFT_OUT."""
    version: int = Delivery.objects.values_list("variant_id", flat=True).get(pk=pk)
    return version


def _received(mailing_ids: list[int]) -> QuerySet[Delivery]:
    """Deliveries of the outer subscriber in these mailings that reached them, or may have."""
    return received().filter(mailing__in=mailing_ids, subscriber=OuterRef("pk"))


def _mailings_of_edition(addressees: Addressees) -> list[int]:
    """Earlier sendings of the same edition that reached anybody."""
    return list(
        addressees.other_mailings().filter(edition=addressees.edition_id).values_list("pk", flat=True)
    )


def _mailings_of_month(addressees: Addressees) -> list[int]:
    start = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return list(
        addressees.other_mailings()
        .filter(newsletter=addressees.newsletter, started_at__gte=start)
        .values_list("pk", flat=True)
    )
