from newsletter.sending.launching import resume
from newsletter.sending.management.named_mailing import SteeringCommand
from newsletter.sending.models import Mailing


class Command(SteeringCommand):
    help = "Goes on with a paused mailing where it stood."
    verb = "resume"

    def steer(self, mailing: Mailing) -> bool:
        return resume(mailing)
