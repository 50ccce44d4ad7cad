from typing import Any

from django.db.models.signals import post_migrate, post_save
from wagtail.models import TaskState
from wagtail.signals import task_approved

from newsletter.editions.models import NewsletterPage
from newsroom import approval, roles


def connect() -> None:
    # From every app, not only ours: the groups need the permissions of all of them, and those come one app
    # after the other.
    post_migrate.connect(create_missing_roles, dispatch_uid="newsroom.create_missing_roles")
    post_save.connect(
        let_newsletter_managers_edit,
        sender=NewsletterPage,
        dispatch_uid="newsroom.let_newsletter_managers_edit",
    )
    task_approved.connect(look_before_approving, dispatch_uid="newsroom.look_before_approving")


def look_before_approving(instance: TaskState, **_arguments: Any) -> None:
    """Sent inside the approval's transaction, which a refusal undoes."""
    approval.refuse_unfit_approval(instance)


def create_missing_roles(using: str, **_arguments: Any) -> None:
    if using == "default":
        roles.create_missing_roles()


def let_newsletter_managers_edit(
    instance: NewsletterPage, created: bool, raw: bool = False, **_arguments: Any
) -> None:
    if created and not raw:
        roles.let_newsletter_managers_edit(instance)
