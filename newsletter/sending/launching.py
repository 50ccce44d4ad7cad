"""From an edition to a mailing, and a manager's hand on it: launch, pause, resume, cancel."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Newsletter, Segment
from newsletter.editions.models import EditionPage
from newsletter.editions.preflight import check_edition
from newsletter.editions.versions import language_versions
from newsletter.sending.changed_since import see_segments
from newsletter.sending.halting import tolerate
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.permissions import may_confirm, reach_of
from newsletter.sending.reserved import ReservedAddresses, refuse_reserved
from newsletter.sending.snapshot import Addressees, recipients_with_reasons
from newsletter.sending.tasks import ask_second_person, prepare_mailing, send_batch, wake

if TYPE_CHECKING:
    from newsletter.sending.snapshot import People


class LaunchRefused(Exception):
    """Nothing was sent and nothing was written. The message says why and what to do."""


def canonical_edition(edition: EditionPage) -> EditionPage:
    """The same edition whichever translation one starts from: the one that was made first."""
    return (
        EditionPage.objects.filter(translation_key=edition.translation_key).order_by("pk").first() or edition
    )


def launch(
    *,
    edition: EditionPage,
    segments: Sequence[Segment] = (),
    excluded: Sequence[Segment] = (),
    everyone: bool = False,
    user: Any = None,
    at: datetime | None = None,
) -> Mailing:
    """Pins the edition's latest revisions and hands the mailing to the workers, now or at a time.

    Where the newsletter asks for it, a second person is asked first: see agree(). Raises LaunchRefused. A second
    launch of an edition that is on its way is refused by the database.
    """
    edition = canonical_edition(edition)
    newsletter = edition.newsletter
    if not everyone and not segments:
        raise LaunchRefused(_("Choose at least one segment, or everybody on the newsletter."))
    if user is not None and not reach_of(user, newsletter).covers(everyone=everyone, segments=segments):
        raise LaunchRefused(
            _("You may not send “%(newsletter)s” to these people.") % {"newsletter": newsletter}
        )
    if at is not None and at <= timezone.now():
        raise LaunchRefused(_("The planned time has passed already."))
    if errors := [finding for finding in check_edition(edition) if finding.level == "error"]:
        raise LaunchRefused("\n".join(str(finding.message) for finding in errors))
    addressees = Addressees(
        edition_id=edition.pk,
        newsletter=newsletter,
        segments=tuple(segments),
        excluded=tuple(excluded),
        everyone=everyone,
    )
    versions = language_versions(edition)
    try:
        people = recipients_with_reasons(addressees, languages=list(versions))
        _refuse_an_empty_audience(people, newsletter=newsletter)
        refuse_reserved(people.filter(reason=""), field="email")
        with transaction.atomic():
            mailing = Mailing.objects.create(
                edition=edition,
                newsletter=newsletter,
                revisions={language: version.latest_revision_id for language, version in versions.items()},
                to_everyone=everyone,
                launched_by=user,
                scheduled_for=at,
                state=Mailing.State.ASKED if newsletter.needs_second_person else _first_state(at),
                started_at=None if at or newsletter.needs_second_person else timezone.now(),
            )
            mailing.segments.set(segments)
            mailing.excluded_segments.set(excluded)
            see_segments(mailing)
            if mailing.state == Mailing.State.ASKED:
                wake(ask_second_person, mailing.pk)
            elif mailing.state == Mailing.State.PREPARING:
                wake(prepare_mailing, mailing.pk)
    except IntegrityError as error:
        raise LaunchRefused(
            _("“%(edition)s” is being sent already, or is planned to be. See its sending.")
            % {"edition": edition.title}
        ) from error
    except (SegmentUnusable, ReservedAddresses) as error:
        raise LaunchRefused(str(error)) from error
    return mailing


def _first_state(at: datetime | None) -> Mailing.State:
    return Mailing.State.SCHEDULED if at else Mailing.State.PREPARING


def agree(mailing: Mailing, *, user: Any) -> bool:
    """A second person lets it go, now or at its time. False when it was not waiting for one. Raises LaunchRefused."""
    if not may_confirm(user, mailing):
        raise LaunchRefused(_("Somebody else than who asked has to agree, and may send this."))
    if mailing.scheduled_for is not None and mailing.scheduled_for <= timezone.now():
        raise LaunchRefused(_("The planned time has passed already. Cancel this, and send it anew."))
    state = _first_state(mailing.scheduled_for)
    with transaction.atomic():
        agreed = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.ASKED).update(
            state=state,
            confirmed_by=user,
            started_at=timezone.now() if state == Mailing.State.PREPARING else None,
        )
        if agreed and state == Mailing.State.PREPARING:
            wake(prepare_mailing, mailing.pk)
    return bool(agreed)


def _refuse_an_empty_audience(people: "People", *, newsletter: Newsletter) -> None:
    if people.filter(reason="").exists():
        return
    if people.filter(reason=Delivery.Reason.ALREADY_SENT).exists():
        raise LaunchRefused(
            _("Everybody in this audience has had this edition already. Nobody gets it twice.")
        )
    raise LaunchRefused(
        _("Nobody would get this: no confirmed subscriber of “%(newsletter)s” is in the chosen segments.")
        % {"newsletter": newsletter}
    )


def start_due_mailings() -> int:
    """Called by the clock: scheduled mailings whose time has come begin. Returns how many."""
    due = Mailing.objects.filter(state=Mailing.State.SCHEDULED, scheduled_for__lte=timezone.now())
    started = 0
    for pk in due.values_list("pk", flat=True):
        # Guarded: a cancel, or another clock, may have been there first.
        if Mailing.objects.filter(pk=pk, state=Mailing.State.SCHEDULED).update(
            state=Mailing.State.PREPARING, started_at=timezone.now()
        ):
            wake(prepare_mailing, pk)
            started += 1
    return started


def pause(mailing: Mailing) -> bool:
    """Takes effect before the next batch. False when the mailing was in no state to pause."""
    return bool(
        Mailing.objects.filter(
            pk=mailing.pk, state__in=[Mailing.State.SENDING, Mailing.State.PREPARING]
        ).update(state=Mailing.State.PAUSED)
    )


def resume(mailing: Mailing) -> bool:
    """Goes on where it stood; a mailing stopped while preparing prepares again. Raises LaunchRefused."""
    ready = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.PAUSED)
    if ready.filter(audience__isnull=True).exists():
        # Whoever goes on has seen what had changed.
        see_segments(mailing)
        if ready.filter(audience__isnull=True).update(state=Mailing.State.PREPARING, fault=""):
            wake(prepare_mailing, mailing.pk)
            return True
    try:
        refuse_reserved(Delivery.objects.filter(mailing=mailing, outcome=""), field="address")
    except ReservedAddresses as error:
        raise LaunchRefused(str(error)) from error
    tolerate(mailing)
    if not ready.update(state=Mailing.State.SENDING, fault=""):
        return False
    wake_waiting_batches(mailing)
    return True


def cancel(mailing: Mailing) -> bool:
    """What has not gone out never will; those people count as left out. False when it was over already."""
    with transaction.atomic():
        stopped = Mailing.objects.filter(pk=mailing.pk, state__in=Mailing.OPEN_STATES).update(
            state=Mailing.State.CANCELLED, finished_at=timezone.now()
        )
        if stopped:
            # A batch that is being submitted finishes; its result is recorded.
            Batch.objects.filter(
                mailing=mailing.pk,
                is_repeat=False,
                state__in=[Batch.State.PENDING, Batch.State.CLAIMED, Batch.State.DEFERRED],
            ).update(state=Batch.State.CANCELLED)
            # What may have been accepted stays in doubt, and is not repeated.
            Batch.objects.filter(mailing=mailing.pk, is_repeat=True).update(
                state=Batch.State.UNKNOWN, is_repeat=False, not_before=None
            )
    return bool(stopped)


def wake_waiting_batches(mailing: Mailing) -> None:
    waiting = mailing.batches.filter(
        Q(state__in=[Batch.State.PENDING, Batch.State.DEFERRED])
        | Q(state=Batch.State.UNKNOWN, is_repeat=True)
    )
    for pk, not_before in waiting.values_list("pk", "not_before"):
        wake(send_batch, pk, not_before=not_before)
