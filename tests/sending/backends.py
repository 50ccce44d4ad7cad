"""Mail servers that misbehave, as Django's mail backends see them."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Relay(BaseEmailBackend):
    """Takes one message at a time. `trouble(address)` may return an exception to raise; `lost` ones had arrived."""

    # It stands on this machine, so addresses of a demo may go through it.
    api_url: ClassVar[str] = "http://127.0.0.1/"
    arrived: ClassVar[list[str]] = []
    trouble: ClassVar[Callable[[str], Exception | None]] = staticmethod(lambda address: None)
    lost_after_arrival: ClassVar[bool] = False

    @classmethod
    def reset(cls) -> None:
        cls.arrived = []
        cls.trouble = staticmethod(lambda address: None)
        cls.lost_after_arrival = False

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            assert len(message.recipients()) == 1, "a message with several people's addresses in it"
            (address,) = message.recipients()
            error = type(self).trouble(address)
            if error is None or self.lost_after_arrival:
                self.arrived.append(address)
            if error is not None:
                raise error
        return len(email_messages)
