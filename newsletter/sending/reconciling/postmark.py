from collections.abc import Mapping
from typing import Any

from anymail.backends.postmark import EmailBackend
from django.core.mail import get_connection

from newsletter.sending.models import Batch
from newsletter.sending.reconciling.base import Record, RecordUnavailable, get_json

PAGE = 500


class PostmarkMessages(Record):
    """Postmark's outbound messages: https://postmarkapp.com/developer/api/messages-api#outbound-message-search

    Each message of a call is taken or turned down for itself; all carry the attempt key as metadata `batch`.
    """

    takes_each_message_alone = True

    def accepted_of(self, batch: Batch, *, addresses: Mapping[int, str]) -> set[int]:
        backend: Any = get_connection()
        if not isinstance(backend, EmailBackend) or batch.attempt_key is None:
            return set()
        answer = get_json(
            f"{backend.api_url.rstrip('/')}/messages/outbound",
            headers={"X-Postmark-Server-Token": backend.server_token, "Accept": "application/json"},
            params={"count": PAGE, "offset": 0, "metadata_batch": batch.attempt_key.hex},
        )
        try:
            found = {str(message["Metadata"].get("delivery")) for message in answer["Messages"]}
        except (KeyError, TypeError, AttributeError) as error:
            raise RecordUnavailable(f"unexpected answer: {error!r}") from error
        return {pk for pk in addresses if str(pk) in found}
