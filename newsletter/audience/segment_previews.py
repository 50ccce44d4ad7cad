"""Whom rules mean, on one screen: in words, how many, by newsletter, and the first ten."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.conditions.rules import Rules
from newsletter.audience.counting import count_of
from newsletter.audience.models import Newsletter, Segment, Subscriber
from newsletter.audience.segmentation import people_meant_by
from newsletter.audience.visible import is_limited, people_visible_to

SAMPLE = 10


@dataclass(frozen=True)
class Meant:
    """`fault` says why it means nobody; then the rest is empty. `sample` is empty for who may not see people."""

    fault: str = ""
    description: str = ""
    count: int = 0
    by_newsletter: list[tuple[str, int]] = field(default_factory=list)
    sample: "QuerySet[Subscriber] | list[Subscriber]" = field(default_factory=list)


def whom_it_means(rules: Rules, *, user: Any) -> Meant:
    try:
        description, people = rules.words(), people_meant_by(rules)
    except SegmentUnusable as fault:
        return Meant(fault=str(fault))
    return Meant(
        description=description,
        count=count_of(rules),
        by_newsletter=[
            (newsletter.name, count_of(rules, newsletter=newsletter))
            for newsletter in Newsletter.objects.all()
        ],
        sample=_sample(people, user=user) if may_see_people(user) else [],
    )


def _sample(people: QuerySet[Subscriber], *, user: Any) -> QuerySet[Subscriber]:
    if is_limited(user):
        people = people.filter(pk__in=people_visible_to(user).order_by().values("pk"))
    return people[:SAMPLE]


def may_see_people(user: Any) -> bool:
    return bool(user.has_perm("audience.view_subscriber") or user.has_perm("audience.change_subscriber"))


def preview_response(segment: Segment, *, request: HttpRequest) -> HttpResponse:
    """A segment that need not be saved yet. The caller checks who may see it."""
    try:
        meant = whom_it_means(segment.as_typed(), user=request.user)
    except SegmentUnusable as fault:
        meant = Meant(fault=str(fault))
    return TemplateResponse(
        request, "audience/admin/segment_preview.html", {"segment": segment, "meant": meant}
    )
