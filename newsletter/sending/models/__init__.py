from newsletter.sending.models.batches import Batch
from newsletter.sending.models.deliveries import Delivery, DeliveryEvent
from newsletter.sending.models.mailings import EVERY_TOPIC, Mailing, Variant
from newsletter.sending.models.senders import Sender, SenderSlot

__all__ = ["EVERY_TOPIC", "Batch", "Delivery", "DeliveryEvent", "Mailing", "Sender", "SenderSlot", "Variant"]
