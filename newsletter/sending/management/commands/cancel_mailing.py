from newsletter.sending.launching import cancel
from newsletter.sending.management.named_mailing import SteeringCommand
from newsletter.sending.models import Mailing


class Command(SteeringCommand):
    help = "Ends a mailing: who has not got it yet counts as left out."
    verb = "cancel"

    def steer(self, mailing: Mailing) -> bool:
        return cancel(mailing)
