"""Who gets which version: the audience frozen into deliveries, in one statement, and cut into batches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias, TypedDict

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.fields import BigIntegerField
from django.db.models.functions import Mod, RowNumber
from django.utils import timezone

from newsletter.audience.models import Newsletter, Segment, Subscriber, Subscription, Suppression
from newsletter.audience.segmentation import audience_of, segment_query
from newsletter.sending.models import Batch, Delivery, Mailing, Variant

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    People: TypeAlias = QuerySet[WithAnnotations[Subscriber, "Reading"]]

# The largest batch, whatever the service allows: what is in doubt after a lost reply stays small enough to look at.
MAX_BATCH = 1000


class Reading(TypedDict):
    """What recipients_with_reasons() knows of each person besides the row itself."""

    reading: str
    reason: str


class VersionMissing(Exception):
    """Somebody in the audience needs a version that has not been rendered yet."""


@dataclass(frozen=True, order=True)
class Recipe:
    """What tells one version from another: its language, and the aimed-at segments whose blocks it shows."""

    language: str
    shown_segments: tuple[int, ...] = ()

    @property
    def shown(self) -> str:
        return ",".join(str(pk) for pk in self.shown_segments)


@dataclass(frozen=True)
class Addressees:
    """To whom an edition goes: a mailing's choice, or one a manager is still making."""

    edition_id: int
    newsletter: Newsletter
    segments: tuple[Segment, ...] = ()
    excluded: tuple[Segment, ...] = ()
    everyone: bool = False
    mailing_id: int | None = None

    @classmethod
    def of(cls, mailing: Mailing) -> Self:
        return cls(
            edition_id=mailing.edition_id,
            newsletter=mailing.newsletter,
            segments=tuple(mailing.segments.all()),
            excluded=tuple(mailing.excluded_segments.all()),
            everyone=mailing.to_everyone,
            mailing_id=mailing.pk,
        )

    def other_mailings(self) -> QuerySet[Mailing]:
        """Sendings other than this one that have an audience."""
        return Mailing.objects.filter(audience__isnull=False).exclude(pk=self.mailing_id or 0)


def recipients_with_reasons(
    addressees: Addressees, *, languages: Sequence[str], aimed: Iterable[Segment] = ()
) -> "People":
    """The audience, each once, annotated with `reading` (language of their version), `reason` ("" or why they are
    left out) and `in_<pk>` for each aimed-at segment. The first of `languages` is for readers of all others.
    """
    newsletter = addressees.newsletter
    people = audience_of(
        newsletter=newsletter,
        segments=addressees.segments,
        excluded=addressees.excluded,
        everyone=addressees.everyone,
    )
    suppressed = Suppression.objects.filter(
        Q(newsletter__isnull=True) | Q(newsletter=newsletter), address_hash=OuterRef("address_hash")
    )
    reasons = [When(Exists(suppressed), then=Value(Delivery.Reason.SUPPRESSED.value))]
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
        *[When(language=code, then=Value(code)) for code in languages],
        default=Value(languages[0]),
        output_field=CharField(),
    )
    memberships = {
        f"in_{segment.pk}": ExpressionWrapper(segment_query(segment), output_field=BooleanField())
        for segment in aimed
    }
    return people.annotate(
        reading=reading,
        reason=Case(*reasons, default=Value(""), output_field=CharField()),
        **memberships,
    )


def recipes_needed(people: "People", *, aimed: Sequence[Segment]) -> list[Recipe]:
    """Every combination of language and aimed-at segments that somebody in the audience has."""
    names = [f"in_{segment.pk}" for segment in aimed]
    rows = people.filter(reason="").order_by().values_list("reading", *names).distinct()
    return sorted(
        Recipe(
            language,
            tuple(sorted(segment.pk for segment, inside in zip(aimed, flags, strict=True) if inside)),
        )
        for language, *flags in rows
    )


def take_snapshot(mailing: Mailing, *, people: "People", aimed: Sequence[Segment], batch_size: int) -> None:
    """Deliveries and batches of the whole audience, or nothing: all in the caller's transaction.

    Raises VersionMissing when the list changed since the versions were rendered.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_snapshot() needs a transaction around it.")
    _insert_deliveries(mailing, people=people, aimed=aimed)
    counts = Delivery.objects.filter(mailing=mailing).aggregate(
        audience=Count("pk"),
        left_out=Count("pk", filter=Q(outcome=Delivery.Outcome.SKIPPED)),
        stranded=Count("pk", filter=Q(outcome="", variant__isnull=True)),
    )
    if counts["stranded"]:
        raise VersionMissing
    Batch.objects.bulk_create(_cut_into_batches(mailing, size=min(batch_size, MAX_BATCH)), batch_size=500)
    mailing.audience, mailing.left_out = counts["audience"], counts["left_out"]


def _insert_deliveries(mailing: Mailing, *, people: "People", aimed: Sequence[Segment]) -> None:
    variant_of = Case(
        *[When(_matches(variant, aimed), then=Value(variant.pk)) for variant in mailing.variants.all()],
        default=None,
        output_field=BigIntegerField(),
    )
    rows = (
        people.annotate(
            mailing_pk=Value(mailing.pk, output_field=BigIntegerField()),
            version=Case(When(~Q(reason=""), then=None), default=variant_of, output_field=BigIntegerField()),
            outcome=Case(
                When(reason="", then=Value("")),
                default=Value(Delivery.Outcome.SKIPPED.value),
                output_field=CharField(),
            ),
        )
        # Deliveries of one version stand together, so that a batch is a range of them.
        .order_by("version", "pk")
        .values_list("mailing_pk", "pk", "version", "email", "outcome", "reason")
    )
    try:
        select, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    table = connection.ops.quote_name(Delivery._meta.db_table)
    columns = ", ".join(
        connection.ops.quote_name(column)
        for column in ("mailing_id", "subscriber_id", "variant_id", "address", "outcome", "reason")
    )
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {select}", params)


def _matches(variant: Variant, aimed: Sequence[Segment]) -> Q:
    shown = {int(pk) for pk in variant.shown_segments.split(",") if pk}
    condition = Q(reading=variant.language)
    for segment in aimed:
        condition &= Q(**{f"in_{segment.pk}": segment.pk in shown})
    return condition


def _cut_into_batches(mailing: Mailing, *, size: int) -> list[Batch]:
    waiting = Delivery.objects.filter(mailing=mailing, outcome="")
    ranges = {
        row["variant"]: row
        for row in waiting.order_by("variant")
        .values("variant")
        .annotate(first=Min("pk"), last=Max("pk"), people=Count("pk"))
    }
    # Only the first delivery of each batch comes out of the database, not the whole audience.
    numbered = waiting.annotate(
        place=Mod(
            Window(RowNumber(), partition_by=[F("variant_id")], order_by=F("pk").asc()) - 1,
            Value(size),
        )
    )
    starts: dict[int, list[int]] = {}
    for variant_id, pk in numbered.filter(place=0).order_by("pk").values_list("variant_id", "pk"):
        starts.setdefault(variant_id, []).append(pk)
    batches = []
    for variant_id, firsts in starts.items():
        whole = ranges[variant_id]
        for index, first in enumerate(firsts):
            is_last = index == len(firsts) - 1
            batches.append(
                Batch(
                    mailing=mailing,
                    variant_id=variant_id,
                    first_delivery=first,
                    last_delivery=whole["last"] if is_last else firsts[index + 1] - 1,
                    size=whole["people"] - size * (len(firsts) - 1) if is_last else size,
                )
            )
    return batches


def _received(mailing_ids: list[int]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(mailing__in=mailing_ids, subscriber=OuterRef("pk")).exclude(
        outcome__in=[
            Delivery.Outcome.SKIPPED,
            Delivery.Outcome.REFUSED,
            Delivery.Outcome.REJECTED,
            Delivery.Outcome.FAILED,
        ]
    )


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
