from typing import Any

from anymail.signals import tracking
from django.db.models.signals import pre_delete

from newsletter.audience.models import Subscriber
from newsletter.audience.personal_data import register_personal_data
from newsletter.audience.transfer.undoing import register_undo_check
from newsletter.sending.events import record_event
from newsletter.sending.imported_people import why_imported_people_stay
from newsletter.sending.models import Delivery, Mailing
from newsletter.sending.personal_data import messages_to


def on_tracking(sender: type, event: Any, esp_name: str, **_kwargs: Any) -> None:
    record_event(event, esp_name)


def on_subscriber_delete(sender: type[Subscriber], instance: Subscriber, **_kwargs: Any) -> None:
    """Deliveries stay for the sums, without person and address; by mailing, to use the unique index."""
    # The same order as a report takes them in, so that the two cannot wait for each other.
    Subscriber.objects.select_for_update().filter(pk=instance.pk).values("pk").first()
    Delivery.objects.filter(mailing__in=Mailing.objects.values("pk"), subscriber=instance.pk).update(
        subscriber=None, address=""
    )


def connect() -> None:
    tracking.connect(on_tracking, dispatch_uid="sending.on_tracking")
    pre_delete.connect(on_subscriber_delete, sender=Subscriber, dispatch_uid="sending.on_subscriber_delete")
    register_undo_check(why_imported_people_stay)
    register_personal_data("messages", messages_to)
