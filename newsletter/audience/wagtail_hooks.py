from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.permissions import register_permission_policy

from newsletter.audience.home_panels import add_list_growth
from newsletter.audience.models import Newsletter, Subscriber, Suppression
from newsletter.audience.policies import NewsletterPolicy, SubscriberPolicy, SuppressionPolicy

# Before any viewset asks for a policy: Wagtail refuses one that comes later.
register_permission_policy(Newsletter, NewsletterPolicy(Newsletter))
register_permission_policy(Subscriber, SubscriberPolicy(Subscriber))
register_permission_policy(Suppression, SuppressionPolicy(Suppression))

from wagtail.snippets.models import register_snippet  # noqa: E402

from newsletter.audience.transfer import log_actions  # noqa: E402, F401
from newsletter.audience.viewsets import AudienceGroup  # noqa: E402

register_snippet(AudienceGroup)

hooks.register("construct_homepage_panels", add_list_growth)


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("audience/admin.css"))
