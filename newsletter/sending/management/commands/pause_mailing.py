from newsletter.sending.launching import pause
from newsletter.sending.management.named_mailing import SteeringCommand
from newsletter.sending.models import Mailing


class Command(SteeringCommand):
    help = "Stops a mailing before its next batch; nobody is lost."
    verb = "pause"

    def steer(self, mailing: Mailing) -> bool:
        return pause(mailing)
