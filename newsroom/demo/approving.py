"""A piece on its way through the editors' review, by the same calls the editor's buttons make."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, WorkflowState

from newsroom.models import User


def submit(page: Page, *, author: User) -> WorkflowState:
    """The author hands the page in; where it is in review already, that review."""
    if page.current_workflow_state:
        return page.current_workflow_state
    workflow = page.get_workflow()
    if workflow is None:
        raise LookupError(f"“{page.title}” has no workflow: the editors' review was deleted.")
    with transaction.atomic():
        state: WorkflowState = workflow.start(page, author)
    return state


def approve(page: Page, *, author: User, editor: User) -> None:
    """The editor approves what the author handed in: published, or scheduled where it has a time to go live."""
    state = submit(page, author=author)
    with transaction.atomic():
        state.current_task_state.approve(user=editor)


def publish_through_review(page: Page, *, author: User, editor: User) -> bool:
    """False when it was live already."""
    page = page.specific_class.objects.get(pk=page.pk)
    if page.live:
        return False
    approve(page, author=author, editor=editor)
    return True


def schedule_through_review(page: Page, *, author: User, editor: User) -> bool:
    """Approved today, to be live at eight the day after tomorrow. False when it was scheduled before."""
    page = page.specific_class.objects.get(pk=page.pk)
    if page.live or page.approved_schedule:
        return False
    page.go_live_at = day_after_tomorrow_at_eight()
    page.save_revision(user=author, log_action=True)
    approve(page, author=author, editor=editor)
    return True


def day_after_tomorrow_at_eight() -> datetime:
    day = timezone.localtime() + timedelta(days=2)
    return day.replace(hour=8, minute=0, second=0, microsecond=0)
