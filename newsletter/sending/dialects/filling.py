"""For services that take whole messages, many to a call: we fill each one's texts ourselves.

Their own merge language is never used, so nothing depends on how they escape. They answer for each message: some
are taken, some turned down.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from anymail.backends.base_requests import RequestsPayload
from anymail.exceptions import AnymailRequestsAPIError, AnymailSerializationError
from requests import Response

from newsletter.editions.merge_fields import TOKEN, token
from newsletter.sending.dialects.answers import Answer, json_of, result_of_answers
from newsletter.sending.dialects.base import Dialect
from newsletter.sending.dialects.batches import BatchBackend, is_batch
from newsletter.sending.outcomes import Result, Verdict

# What comes of reading an answer that is not what the service documents.
NONSENSE = (KeyError, TypeError, AttributeError, ValueError)


class FillingDialect(Dialect):
    """Leaves the tokens in a version's text until FilledPayload fills them."""

    def translate(self, text: str, *, html: bool) -> str:
        return text

    def placeholder(self, key: str, *, html: bool) -> str:
        return token(key)

    @abstractmethod
    def answers_in(self, body: Any) -> Sequence[Any] | None:
        """An entry for each message, in their order; None: the service says something about the whole call only.

        Raises one of NONSENSE, as answer_to() does.
        """

    @abstractmethod
    def answer_to(self, address: str, entry: Any) -> Answer:
        """What the service says about one message."""

    def result_of_error(self, error: Exception) -> Result | None:
        addresses = getattr(getattr(error, "email_message", None), "to", None) or []
        try:
            entries = self.answers_in(json_of(error))
            if entries is None:
                return None
            pairs = zip(addresses, entries, strict=True)
            return result_of_answers([self.answer_to(address, entry) for address, entry in pairs])
        except NONSENSE:
            # An answer to several messages that does not fit ours: any of them may have been taken.
            return Result(Verdict.UNKNOWN, fault=f"{type(error).__name__}: {error}"[:2000])

    def all_accepted(self, body: Any) -> bool:
        try:
            entries = self.answers_in(body) or []
            return all(self.answer_to("", entry).verdict is Verdict.ACCEPTED for entry in entries)
        except NONSENSE:
            return False


class FillingBackend(BatchBackend):
    """Anymail's backend with a payload of finished texts. The service's words about each message are kept."""

    dialect: ClassVar[FillingDialect]
    payload_class: ClassVar[type["FilledPayload"]]

    def build_message_payload(self, message: Any, defaults: dict[str, Any]) -> "FilledPayload":
        return self.payload_class(self.posted(message), defaults, self)

    def parse_recipient_status(self, response: Response, payload: Any, message: Any) -> dict[str, Any]:
        """Raises as soon as one message was turned down: FillingDialect.result_of_error() says which ones.

        Anymail's own parsing would know that they were turned down, and not why; or not that others were taken.
        """
        body = self.deserialize_json_response(response, payload, message)
        if is_batch(message) and not self.dialect.all_accepted(body):
            raise AnymailRequestsAPIError(
                email_message=message, payload=payload, response=response, backend=self
            )
        return super().parse_recipient_status(response, payload, message)


class FilledPayload(RequestsPayload):
    """An Anymail payload of finished texts, one set for each recipient of a batch."""

    # The service's names for subject, plain text and HTML: {name: whether it is HTML}.
    text_fields: ClassVar[Mapping[str, bool]]

    def init_payload(self) -> None:
        self.values: dict[str, dict[str, str]] = {}
        self.pieces: dict[str, list[str]] = {}
        super().init_payload()

    def set_merge_data(self, merge_data: dict[str, dict[str, str]]) -> None:
        self.values = merge_data  # and not to the service

    def filled(self, texts: Mapping[str, Any], address: str) -> dict[str, str]:
        """{field: finished text} of one recipient, from the fields' texts with tokens."""
        neutralise, values = self.backend.dialect.neutralise, self.values.get(address, {})
        return {
            field: neutralise(self.fill(texts[field], values), html=is_html)
            for field, is_html in self.text_fields.items()
            if field in texts
        }

    def fill(self, text: str, values: Mapping[str, str]) -> str:
        # Taken apart once for all: literal, key, literal, key, … literal.
        if text not in self.pieces:
            self.pieces[text] = TOKEN.split(text)
        pieces = self.pieces[text].copy()
        try:
            pieces[1::2] = [values[key] for key in pieces[1::2]]
        except KeyError as error:
            raise AnymailSerializationError(
                f"No value for the field {error}",
                email_message=self.message,
                payload=self,
                backend=self.backend,
            ) from error
        return "".join(pieces)

    def serialize_json(self, data: Any) -> str:
        """As Anymail's, but with letters as they are: six characters for each would treble an edition in Cyrillic."""
        try:
            return json.dumps(data, ensure_ascii=False, default=self._json_default)
        except TypeError:
            return str(super().serialize_json(data))  # raises what Anymail raises

    def serialize_data(self) -> bytes:
        return str(super().serialize_data()).encode()
