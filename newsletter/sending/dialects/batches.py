"""A batch to anybody: what backends for several services have in common, in front of Anymail's own."""

import copy
from typing import Any, ClassVar

from anymail.backends.base_requests import AnymailRequestsBackend
from anymail.utils import UNSET
from requests import Response

MERGED = ("merge_data", "merge_headers", "merge_metadata")


def is_batch(message: Any) -> bool:
    """Whether each recipient gets a message of their own, as newsletter.sending.messages asks for."""
    return all(getattr(message, attribute, UNSET) is not UNSET for attribute in MERGED)


class BatchBackend(AnymailRequestsBackend):
    """Anymail's backend, for batches that reach domains in Unicode, too.

    Anymail posts such a domain in its ASCII form and looks the recipient's values up under it, in vain. Here a
    batch has the posted addresses from the start, and the answer speaks of the message's own again.
    """

    # The service, or Anymail's payload, takes a recipient's own headers instead of the common ones, not as well.
    headers_are_replaced: ClassVar[bool] = False

    def build_message_payload(self, message: Any, defaults: dict[str, Any]) -> Any:
        return super().build_message_payload(self.posted(message), defaults)

    def posted(self, message: Any) -> Any:
        """A batch with addresses and headers as the service has to get them; any other message as it is."""
        if not is_batch(message):
            return message
        posted, names = copy.copy(message), self.posted_names(message)
        posted.to = list(names.values())
        for attribute in MERGED:
            own = getattr(message, attribute)
            setattr(posted, attribute, {names[address]: values for address, values in own.items()})
        if self.headers_are_replaced:
            posted.merge_headers = {
                address: {**message.extra_headers, **own} for address, own in posted.merge_headers.items()
            }
            posted.extra_headers = {}
        return posted

    def posted_names(self, message: Any) -> dict[str, str]:
        """{address: the same with its domain in ASCII}"""
        return {address: address if address.isascii() else self.in_ascii(address) for address in message.to}

    def in_ascii(self, address: str) -> str:
        local, _at, domain = address.rpartition("@")
        return f"{local}@{self.idna_encode(domain)}"

    def parse_recipient_status(self, response: Response, payload: Any, message: Any) -> dict[str, Any]:
        statuses: dict[str, Any] = super().parse_recipient_status(response, payload, message)
        if not is_batch(message):
            return statuses
        names = self.posted_names(message)
        return {address: statuses[posted] for address, posted in names.items() if posted in statuses}
