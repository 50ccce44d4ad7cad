"""Whom rules mean, on one screen: in words, how many, by newsletter, and the first ten."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.log_actions import registry as log_registry

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.conditions.rules import Rules
from newsletter.audience.counting import count_of
from newsletter.audience.models import Newsletter, Segment, Subscriber
from newsletter.audience.segmentation import people_meant_by
from newsletter.audience.visible import is_limited, people_visible_to

SAMPLE = 10
# A preview redraws itself while somebody writes: one entry in the log says it for so long.
ONE_ENTRY_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Meant:
    """`fault` says why it means nobody; then the rest is empty. `sample` is empty for who may not see people.

    A limited manager is told of the people and newsletters open to them alone: what a rule counts tells of whom it counts.
    """

    fault: str = ""
    description: str = ""
    count: int = 0
    by_newsletter: list[tuple[str, int]] = field(default_factory=list)
    sample: list[Subscriber] = field(default_factory=list)


def whom_it_means(rules: Rules, *, user: Any) -> Meant:
    try:
        description, people = rules.words(), people_meant_by(rules)
    except SegmentUnusable as fault:
        return Meant(fault=str(fault))
    limited = is_limited(user)
    if limited:
        people = people.filter(pk__in=people_visible_to(user).order_by().values("pk"))
    return Meant(
        description=description,
        count=people.count() if limited else count_of(rules),
        by_newsletter=[
            (newsletter.name, count_of(rules, newsletter=newsletter))
            for newsletter in Newsletter.objects.open_to(user)
        ],
        sample=list(people[:SAMPLE]) if may_see_people(user) else [],
    )


def may_see_people(user: Any) -> bool:
    return bool(user.has_perm("audience.view_subscriber") or user.has_perm("audience.change_subscriber"))


def log_view(segment: Segment, meant: Meant, *, user: Any) -> None:
    """Writes down who was shown people of which segment, if anybody was shown; once an hour, without the people.

    A segment not saved yet has no log of its own: then it stands in that of who looked.
    """
    if not meant.sample:
        return
    about = segment if segment.pk else user
    entries = log_registry.get_logs_for_instance(about).filter(
        user=user, action="audience.view_sample", timestamp__gt=timezone.now() - ONE_ENTRY_FOR
    )
    if not entries.exists():
        log(instance=about, action="audience.view_sample", user=user)


def preview_response(segment: Segment, *, request: HttpRequest) -> HttpResponse:
    """A segment that need not be saved yet. The caller checks who may see it."""
    try:
        meant = whom_it_means(segment.as_typed(), user=request.user)
    except SegmentUnusable as fault:
        meant = Meant(fault=str(fault))
    log_view(segment, meant, user=request.user)
    return TemplateResponse(
        request, "audience/admin/segment_preview.html", {"segment": segment, "meant": meant}
    )
