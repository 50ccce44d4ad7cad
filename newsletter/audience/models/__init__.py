from newsletter.audience.models.imports import ImportedChunk, SubscriberImport
from newsletter.audience.models.limits import RequestCount
from newsletter.audience.models.newsletters import Newsletter, NewsletterText
from newsletter.audience.models.segments import Segment
from newsletter.audience.models.subscribers import Subscriber, TopicChoice
from newsletter.audience.models.subscriptions import Subscription, SubscriptionEvent
from newsletter.audience.models.suppressions import Suppression

__all__ = [
    "ImportedChunk",
    "Newsletter",
    "NewsletterText",
    "RequestCount",
    "Segment",
    "Subscriber",
    "SubscriberImport",
    "Subscription",
    "SubscriptionEvent",
    "Suppression",
    "TopicChoice",
]
