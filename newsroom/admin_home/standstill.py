"""What runs the newsroom in the background, and whether it runs: signs in the tables that nobody works or no clock ticks."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max
from wagtail.models import Revision
from wagtail.permissions import page_permission_policy

from newsletter.sending.checks import check_backend_loads
from newsletter.sending.models import Mailing
from newsroom.admin_home.items import Item, Today, in_words

# Longer than any task and any pause of the clock takes.
OVERDUE = timedelta(minutes=10)


def faults_for(user: Any, now: datetime) -> Today:
    """For whoever publishes or sends: what they promised others is not happening."""
    if not page_permission_policy.user_has_permission(user, "publish"):
        return Today()
    faults = [*_no_worker(now), *_no_clock(now)]
    if user.is_superuser:
        faults += [
            Item(
                _("Set-up"),
                _("The mail service"),
                str(message.msg),
                details=(str(message.hint),),
                is_fault=True,
            )
            for message in check_backend_loads()
        ]
    return Today(needs=faults)


def _no_worker(now: datetime) -> list[Item]:
    """Tasks wait, and in all that time none was begun. With TASKS_URL the queue is not in our tables."""
    if settings.TASKS_URL:
        return []
    before = now - OVERDUE
    # The queue's way to say "at once" is a day that never comes.
    is_due = Q(run_after__lt=before) | Q(run_after=get_date_max())
    waiting = DBTaskResult.objects.filter(is_due, status=TaskResultStatus.READY, enqueued_at__lt=before)
    oldest = waiting.order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    if oldest is None or DBTaskResult.objects.filter(started_at__gte=before).exists():
        return []
    words = _(
        "Work has been waiting since %(moment)s and nobody does it: no mail goes out, no picture is made."
    )
    return [_fault(_("The worker stands still"), words % {"moment": in_words(oldest, now=now)})]


def _no_clock(now: datetime) -> list[Item]:
    before = now - OVERDUE
    promised = Revision.page_revisions.filter(approved_go_live_at__lt=before).order_by("approved_go_live_at")
    page = promised.values_list("approved_go_live_at", flat=True).first()
    planned = Mailing.objects.filter(state=Mailing.State.SCHEDULED, scheduled_for__lt=before)
    mailing = planned.order_by("scheduled_for").values_list("scheduled_for", flat=True).first()
    faults = []
    if page is not None:
        words = _("A page was to be published %(moment)s, and is not.")
        faults.append(_fault(_("The clock stands still"), words % {"moment": in_words(page, now=now)}))
    if mailing is not None:
        words = _("An edition was to go out %(moment)s, and has not.")
        faults.append(_fault(_("The clock stands still"), words % {"moment": in_words(mailing, now=now)}))
    return faults


def _fault(title: str, words: str) -> Item:
    what_to_do = _("Ask whoever looks after the machine whether “make run”, or its services, are running.")
    return Item(_("Set-up"), title, words, details=(what_to_do,), is_fault=True)
