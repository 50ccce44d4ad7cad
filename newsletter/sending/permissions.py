"""Who may send what to whom.

Whoever may send a newsletter may send it to everybody and to every segment that is open to them. Whoever may not, but
is among those a segment names, may send it to that segment alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

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
        """Excluding people needs no right: it makes an audience smaller. An audience that names nobody is everybody's."""
        wanted = {segment.pk for segment in segments}
        if (everyone or not wanted) and not self.everyone:
            return False
        return self.segments.filter(pk__in=wanted).count() == len(wanted)


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


def within_reach(user: Any, mailings: Sequence[Mailing]) -> list[Mailing]:
    """Those that may_steer() says yes to, in as many queries for many as for one."""
    if not user.has_perm("sending.add_mailing"):
        return []
    groups = set(user.groups.values_list("pk", flat=True))
    named = Segment.senders.through.objects.filter(segment=OuterRef("pk"))
    # {primary key of a segment open to them: whether it names them}
    open_to_them = dict(
        Segment.objects.for_sender(user).annotate(is_named=Exists(named)).values_list("pk", "is_named")
    )
    senders: defaultdict[int, set[int]] = defaultdict(set)
    chosen: defaultdict[int, set[int]] = defaultdict(set)
    for newsletter_id, group_id in Newsletter.senders.through.objects.values_list("newsletter", "group"):
        senders[newsletter_id].add(group_id)
    of_these = Mailing.segments.through.objects.filter(mailing__in=mailings)
    for mailing_id, segment_id in of_these.values_list("mailing", "segment"):
        chosen[mailing_id].add(segment_id)

    def reaches(mailing: Mailing) -> bool:
        named = senders[mailing.newsletter_id]
        everyone = user.is_superuser or not named or bool(named & groups)
        segments = chosen[mailing.pk]
        if mailing.to_everyone or not segments:
            return everyone
        return all(pk in open_to_them and (everyone or open_to_them[pk]) for pk in segments)

    return [mailing for mailing in mailings if reaches(mailing)]


def visible_to(user: Any) -> QuerySet[Mailing]:
    """Those whose people and figures this person may look at: of newsletters that are not kept for others, and those
    that went to nobody but segments that name them.
    """
    theirs = Mailing.objects.filter(newsletter__in=Newsletter.objects.open_to(user))
    chosen = Mailing.segments.through.objects.filter(mailing=OuterRef("pk"))
    named = chosen.filter(segment__in=Segment.objects.naming(user))
    to_named_alone = Q(Exists(named)) & ~Exists(chosen.exclude(segment__in=Segment.objects.naming(user)))
    return Mailing.objects.filter(Q(pk__in=theirs.values("pk")) | (Q(to_everyone=False) & to_named_alone))


def may_confirm(user: Any, mailing: Mailing) -> bool:
    """A second person is not the first."""
    return user.pk != mailing.launched_by_id and may_steer(user, mailing)
