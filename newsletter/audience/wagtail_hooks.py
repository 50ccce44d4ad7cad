from wagtail.permissions import register_permission_policy

from newsletter.audience.models import Newsletter, Subscriber, Suppression
from newsletter.audience.policies import NewsletterPolicy, SubscriberPolicy, SuppressionPolicy

# Before any viewset asks for a policy: Wagtail refuses one that comes later.
register_permission_policy(Newsletter, NewsletterPolicy(Newsletter))
register_permission_policy(Subscriber, SubscriberPolicy(Subscriber))
register_permission_policy(Suppression, SuppressionPolicy(Suppression))

from wagtail.snippets.models import register_snippet  # noqa: E402

from newsletter.audience.viewsets import AudienceGroup  # noqa: E402

register_snippet(AudienceGroup)
