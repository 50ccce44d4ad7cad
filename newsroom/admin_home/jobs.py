"""The two common jobs, each one press away."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from wagtail.permissions import page_permission_policy, policy_registry

from newsletter.editions.models import EditionPage
from stories.models import SectionPage, StoryPage

# The sections of so many of the latest stories say where stories go.
LOOKED_AT = 300


@dataclass(frozen=True)
class Desk:
    """Where a new story begins, in one language."""

    language: str
    language_name: str
    url: str


def story_desks(user: Any) -> list[Desk]:
    """One for each language this person may write in, their own language first.

    Of several sections it is the one that most of the latest stories stand in; without a story, the first in the tree.
    """
    mine = page_permission_policy.instances_user_has_permission_for(user, "add")
    sections = SectionPage.objects.filter(pk__in=mine.values("pk")).select_related("locale").order_by("path")
    latest = StoryPage.objects.order_by("-pk").values_list("path", flat=True)[:LOOKED_AT]
    stories = Counter(path[: -SectionPage.steplen] for path in latest)
    chosen: dict[str, SectionPage] = {}
    for section in sections.defer("introduction"):
        code = section.locale.language_code
        if code not in chosen or stories[section.path] > stories[chosen[code].path]:
            chosen[code] = section
    names = dict(settings.LANGUAGES)
    desks = [
        Desk(
            code,
            str(names[code]),
            reverse("wagtailadmin_pages:add", args=["stories", "storypage", section.pk]),
        )
        for code, section in chosen.items()
        if code in names
    ]
    order = [get_language(), *names]
    return sorted(desks, key=lambda desk: order.index(desk.language))


def new_edition_address(user: Any) -> str:
    """The page that asks for which newsletter, where there are several; empty for whose job it is not.

    Authors may begin an edition as any other page; it is the job of those who may publish one.
    """
    policy = policy_registry.get_by_type(EditionPage)
    may_write = all(policy.user_has_permission(user, action) for action in ("add", "publish"))
    return reverse("editions:new") if may_write else ""
