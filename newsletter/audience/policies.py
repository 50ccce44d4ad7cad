"""What nobody may do in the admin, whatever their group: these rules hold for superusers, too."""

from typing import Any, ClassVar

from wagtail.permission_policies import ModelPermissionPolicy

from newsletter.audience.models import Newsletter, Subscription
from newsletter.audience.visible import people_visible_to


class NarrowedPolicy(ModelPermissionPolicy):
    """Django's model permissions, less what `never` names."""

    never: ClassVar[frozenset[str]] = frozenset()

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action not in self.never and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


class SubscriberPolicy(NarrowedPolicy):
    """People come by double opt-in and go by unsubscribing; nobody adds or deletes them by hand."""

    never = frozenset({"add", "delete"})

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        allowed: bool = super().user_has_permission_for_instance(user, action, instance)
        return allowed and people_visible_to(user).filter(pk=instance.pk).exists()


class SuppressionPolicy(NarrowedPolicy):
    """An entry is written or taken off, never rewritten: it knows its address only as a hash."""

    never = frozenset({"change"})


class NewsletterPolicy(NarrowedPolicy):
    """A newsletter that somebody ever subscribed to stays, and their subscriptions with it. One that is kept for other
    groups is theirs to change."""

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        if action == "delete" and Subscription.objects.filter(newsletter=instance).exists():
            return False
        if not Newsletter.objects.open_to(user).filter(pk=instance.pk).exists():
            return False
        return super().user_has_permission_for_instance(user, action, instance)
