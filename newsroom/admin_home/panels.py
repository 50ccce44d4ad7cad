"""The panels of the admin's front page, in the order people need them."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import LockedPagesPanel

from newsroom.admin_home.imported import imported_for
from newsroom.admin_home.items import Today
from newsroom.admin_home.jobs import new_edition_address, story_desks
from newsroom.admin_home.pages import pages_of
from newsroom.admin_home.sendings import sendings_of
from newsroom.admin_home.standstill import faults_for
from newsroom.checklist import is_shown, steps


def today_of(user: Any) -> Today:
    """Faults first, then what keeps readers waiting, then what keeps colleagues waiting."""
    now = timezone.now()
    return Today.of(part(user, now) for part in (faults_for, sendings_of, pages_of, imported_for))


class TodayPanel(Component):
    name = "today"
    template_name = "newsroom/admin/today.html"
    order = 100

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        user = parent_context["request"].user
        return {
            "today": today_of(user),
            "desks": story_desks(user),
            "new_edition": new_edition_address(user),
            "csrf_token": parent_context["csrf_token"],
        }


class ChecklistPanel(Component):
    name = "checklist"
    template_name = "newsroom/admin/checklist.html"
    order = 200

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        every = steps(parent_context["request"].user)
        required = [step for step in every if step.required]
        return {
            "steps": every,
            "done": sum(step.done for step in required),
            "of": len(required),
            "may_be_put_away": all(step.done for step in required),
            "csrf_token": parent_context["csrf_token"],
        }


def construct_panels(request: HttpRequest, panels: list[Any]) -> None:
    """Ours in place of the stock ones; pages somebody locked and other rooms' panels stay."""
    panels[:] = [
        panel
        for panel in panels
        if isinstance(panel, LockedPagesPanel) or not type(panel).__module__.startswith("wagtail.admin.")
    ]
    panels.append(TodayPanel())
    if is_shown(request.user):
        panels.append(ChecklistPanel())
