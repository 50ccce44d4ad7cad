"""Mail servers that misbehave, as Django's mail backends see them."""

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qs

import requests
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


class Mailgun:
    """What answers in Mailgun's place: the next of `answers`, then 200 for ever. Keeps whom it accepted.

    A call in which one of the `unwanted` addresses stands is turned down as a whole.
    """

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.unwanted: set[str] = set()
        self.accepted: list[str] = []
        self.bodies: list[dict[str, list[str]]] = []

    def request(self, _session: Any, **params: Any) -> requests.Response:
        data = params["data"]
        fields: dict[str, list[str]] = (
            parse_qs(data) if isinstance(data, str) else {name: [value] for name, value in dict(data).items()}
        )
        self.bodies.append(fields)
        to = params["data"]["to"] if isinstance(params["data"]["to"], list) else [params["data"]["to"]]
        unwanted = self.unwanted.intersection(to)
        answer = self.answers.pop(0) if self.answers else 400 if unwanted else 200
        if isinstance(answer, Exception):
            raise answer
        words = f"to parameter is not a valid address: {min(unwanted)}" if unwanted else "Queued"
        response = requests.Response()
        response.status_code, response.headers["Retry-After"] = answer, "120"
        response._content = json.dumps({"id": "<call@mailgun>", "message": words}).encode()
        if answer == 200:
            self.accepted += to
        return response
