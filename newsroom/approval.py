"""What happens when somebody approves, and when a workflow ends with approval (WAGTAIL_FINISH_WORKFLOW_ACTION).

Wagtail imports this module while it loads its models, so it must import none itself.
"""

from typing import Any


def publish_approved_revision(workflow_state: Any, user: Any = None) -> None:
    """Publishes what was approved, not what others saved while the reviewer was reading.

    Wagtail's own action publishes get_latest_revision(). Raises UnfitToPublish.
    """
    approved = (
        workflow_state.task_states.filter(status="approved")
        .order_by("-finished_at", "-pk")
        .select_related("revision")
    ).first()
    revision = revision_read(approved) if approved else workflow_state.content_object.get_latest_revision()
    revision.publish(user=user)


def revision_read(task_state: Any) -> Any:
    """What whoever approved had before them: the revision handed in, or a later one that they saved themselves."""
    latest = task_state.revision.content_object.get_latest_revision()
    mended_it = task_state.finished_by_id is not None and latest.user_id == task_state.finished_by_id
    return latest if mended_it else task_state.revision


def refuse_unfit_approval(task_state: Any) -> None:
    """Raises UnfitToPublish: at every approval, not only at the last, which alone would publish."""
    from stories.quality.gate import refusal_of

    if refusal := refusal_of(revision_read(task_state).as_object()):
        raise refusal
