from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.permissions import register_permission_policy

from newsletter.audience.home_panels import add_list_growth
from newsletter.audience.models import Newsletter, Segment, Subscriber, Suppression
from newsletter.audience.policies import NewsletterPolicy, SubscriberPolicy, SuppressionPolicy
from newsletter.audience.visible import may_change_segment

# Before any viewset asks for a policy: Wagtail refuses one that comes later.
register_permission_policy(Newsletter, NewsletterPolicy(Newsletter))
register_permission_policy(Subscriber, SubscriberPolicy(Subscriber))
register_permission_policy(Suppression, SuppressionPolicy(Suppression))

from wagtail.snippets.models import register_snippet  # noqa: E402

from newsletter.audience.transfer import log_actions  # noqa: E402, F401
from newsletter.audience.viewsets import AudienceGroup  # noqa: E402

register_snippet(AudienceGroup)

hooks.register("construct_homepage_panels", add_list_growth)


@hooks.register("before_edit_snippet")
def refuse_a_segment_kept_for_others(request: HttpRequest, instance: Any) -> None:
    if isinstance(instance, Segment) and not may_change_segment(request.user, instance):
        raise PermissionDenied


@hooks.register("before_delete_snippet")
def refuse_segments_kept_for_others(request: HttpRequest, instances: Sequence[Any]) -> None:
    for instance in instances:
        refuse_a_segment_kept_for_others(request, instance)


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("audience/admin.css"))
