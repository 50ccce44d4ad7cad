"""What happens when a workflow ends with approval (WAGTAIL_FINISH_WORKFLOW_ACTION)."""

from typing import Any


def publish_approved_revision(workflow_state: Any, user: Any = None) -> None:
    """Publishes the revision that was approved, not one saved while the reviewer was reading.

    Wagtail's own action publishes get_latest_revision(). Wagtail imports this module while it loads its
    models, so it must import none itself.
    """
    approved = (
        workflow_state.task_states.filter(status="approved")
        .order_by("-finished_at", "-pk")
        .select_related("revision")
    ).first()
    revision = approved.revision if approved else workflow_state.content_object.get_latest_revision()
    revision.publish(user=user)
