"""Who may send what to whom.

Whoever may send a newsletter may send it to everybody and to every segment that is open to them. Whoever may not, but
is among those a segment names, may send it to that segment alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from newsletter.audience.models import Newsletter, Segment
from newsletter.sending.models import Mailing


@dataclass(frozen=True)
class Reach:
    """What one person may choose for one newsletter."""

    everyone: bool
    segments: QuerySet[Segment]

    @property
    def is_empty(self) -> bool:
        return not self.everyone and not self.segments.exists()

    def covers(self, *, everyone: bool, segments: Iterable[Segment]) -> bool:
        """Excluding people needs no right: it makes an audience smaller."""
        wanted = {segment.pk for segment in segments}
        return (self.everyone or not everyone) and self.segments.filter(pk__in=wanted).count() == len(wanted)


def reach_of(user: Any, newsletter: Newsletter) -> Reach:
    open_to_them = Segment.objects.for_sender(user)
    if newsletter.may_be_sent_by(user):
        return Reach(everyone=True, segments=open_to_them)
    return Reach(everyone=False, segments=open_to_them.exclude(senders=None))


def may_steer(user: Any, mailing: Mailing) -> bool:
    """Pause, cancel, decide what is in doubt: whoever could have launched it."""
    return reach_of(user, mailing.newsletter).covers(
        everyone=mailing.to_everyone, segments=mailing.segments.all()
    )


def may_confirm(user: Any, mailing: Mailing) -> bool:
    """A second person is not the first."""
    return user.pk != mailing.launched_by_id and may_steer(user, mailing)
