"""A second try for those whom a mailing missed for a reason that passes."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.sending.failures import passing_failures
from newsletter.sending.launching import LaunchRefused
from newsletter.sending.models import Mailing
from newsletter.sending.permissions import may_steer
from newsletter.sending.snapshot import Addressees, recipients_with_reasons
from newsletter.sending.tasks import prepare_mailing, wake

AT_REST = (Mailing.State.SENT, Mailing.State.CANCELLED)


def retry(mailing: Mailing, *, user: Any = None) -> Mailing:
    """Sends the same revisions once more, to those alone. Raises LaunchRefused."""
    if mailing.state not in AT_REST:
        raise LaunchRefused(_("Wait until this sending is over, or cancel it."))
    if user is not None and not may_steer(user, mailing):
        raise LaunchRefused(
            _("You may not send “%(newsletter)s” to these people.") % {"newsletter": mailing.newsletter}
        )
    if not _would_get_it(mailing):
        raise LaunchRefused(
            _(
                "Nobody is left to try again: those this sending missed have got it since, or may not be mailed."
            )
            if passing_failures(mailing.pk).exists()
            else _("This sending missed nobody for a reason that passes.")
        )
    try:
        with transaction.atomic():
            second = Mailing.objects.create(
                edition_id=mailing.edition_id,
                newsletter_id=mailing.newsletter_id,
                revisions=mailing.revisions,
                to_everyone=mailing.to_everyone,
                retry_of=mailing,
                launched_by=user,
                state=Mailing.State.PREPARING,
                started_at=timezone.now(),
            )
            # Whom the first was for says who may steer the second.
            second.segments.set(mailing.segments.all())
            wake(prepare_mailing, second.pk)
    except IntegrityError as error:
        raise LaunchRefused(
            _("“%(edition)s” is being sent already, or is planned to be. See its sending.")
            % {"edition": mailing.edition.title}
        ) from error
    return second


def _would_get_it(mailing: Mailing) -> bool:
    again = Addressees(edition_id=mailing.edition_id, newsletter=mailing.newsletter, retry_of_id=mailing.pk)
    return recipients_with_reasons(again, languages=mailing.languages).filter(reason="").exists()
