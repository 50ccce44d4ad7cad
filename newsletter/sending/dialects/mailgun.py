"""Mailgun: recipient variables, up to 1000 recipients a call.

https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending
"""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from anymail.backends import mailgun as stock
from anymail.exceptions import AnymailInvalidAddress
from anymail.utils import UNSET, last, parse_address_list
from requests import Response

from newsletter.editions.merge_fields import TOKEN_START
from newsletter.sending.dialects.base import Dialect
from newsletter.sending.outcomes import Result, Verdict

# RFC 5322 §3.4.1 without quotes, comments and folding, in ASCII: nothing Anymail's parser would change.
BARE_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)
# What would end a field's name, and how browsers and urllib3 write it there
# (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
IN_FIELD_NAMES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class MailgunDialect(Dialect):
    """%recipient.key% in subject and bodies. Mailgun escapes nothing."""

    max_recipients = 1000
    # Its own unsubscribe links too: https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages
    opening = re.compile(
        rf"%(?=(?:{TOKEN_START}|(?:tag_|mailing_list_)?unsubscribe|recipient))", re.IGNORECASE
    )

    def placeholder(self, key: str, *, html: bool) -> str:
        return f"%recipient.{key}%"

    def result_of_error(self, error: Exception) -> Result | None:
        # With a wrong address in ANYMAIL_MAILGUN_API_URL Mailgun greets with a 200 and takes nothing.
        if "Invalid Mailgun API endpoint" in str(error.args):
            return Result(Verdict.HALT, fault=str(error)[:2000])
        return None


DIALECT = MailgunDialect()


class EmailBackend(stock.EmailBackend):
    """Anymail's, with a faster payload for a batch. Everything else goes through Anymail's own."""

    def build_message_payload(self, message: Any, defaults: dict[str, Any]) -> stock.MailgunPayload:
        if is_plain_batch(message):
            return BatchPayload(message, defaults, self)
        return super().build_message_payload(message, defaults)

    def parse_recipient_status(
        self, response: Response, payload: stock.MailgunPayload, message: Any
    ) -> dict[str, Any]:
        if not isinstance(payload, BatchPayload):
            return super().parse_recipient_status(response, payload, message)
        # Mailgun answers with one id for the whole call: what holds for one recipient holds for all.
        payload.all_recipients = parse_address_list([payload.to_emails[0]])
        (status,) = super().parse_recipient_status(response, payload, message).values()
        return dict.fromkeys(message.to, status)


def is_plain_batch(message: Any) -> bool:
    """Such as newsletter.sending.messages makes them: bodies and addresses without names."""
    return (
        getattr(message, "merge_data", UNSET) is not UNSET
        and getattr(message, "template_id", UNSET) is UNSET
        and not (message.cc or message.bcc or message.attachments)
        and not any("<" in address for address in message.to)
    )


class BatchPayload(stock.MailgunPayload):
    """The same fields as Anymail's payload, several times faster.

    Anymail parses each address, copies each recipient's values several times, and lets requests urlencode the
    result, which makes it a sixth longer. Here an address that needs no parsing is not parsed, values are
    copied once, and the form is written as multipart/form-data (RFC 7578) by hand.
    """

    base_message_attrs = tuple(
        ("to", last, "posted_addresses") if attr == "to" else (attr, combiner, converter)
        for attr, combiner, converter in stock.MailgunPayload.base_message_attrs
    )
    anymail_message_attrs = tuple(
        (attr, last, None) if attr in {"merge_data", "merge_metadata"} else (attr, combiner, converter)
        for attr, combiner, converter in stock.MailgunPayload.anymail_message_attrs
    )

    def posted_addresses(self, addresses: Iterable[str]) -> dict[str, str]:
        """{address: as Mailgun gets it}, a domain in Unicode in its ASCII form.

        Raises AnymailInvalidAddress, for control characters among others.
        """
        is_bare = BARE_ADDRESS.fullmatch
        return {
            address: address if is_bare(address) else self.parsed_address(address) for address in addresses
        }

    def parsed_address(self, address: str) -> str:
        parsed = parse_address_list([address], field="to")
        if [one.addr_spec for one in parsed] != [address]:
            # Python's parser finds some address in nearly anything.
            raise AnymailInvalidAddress(f"Not one bare address: {address!r}", backend=self.backend)
        return str(parsed[0].format_addr_spec(idna_encode=self.backend.idna_encode))

    def set_to(self, emails: dict[str, str]) -> None:
        self.posted = emails
        self.to_emails = list(emails.values())
        self.data["to"] = self.to_emails

    def populate_recipient_variables(self) -> None:
        """Anymail's scheme: `key`, `v:key` for metadata and `h:Header` for headers, the same keys for everybody."""
        header_key = {name: f"h:{name.title()}" for name in keys_of(self.merge_headers)}
        metadata_key = {name: f"v:{name}" for name in keys_of(self.merge_metadata)}
        defaults = {
            **dict.fromkeys(keys_of(self.merge_data), ""),
            **self.merge_global_data,
            **{key: self.metadata.get(name, "") for name, key in metadata_key.items()},
            **{key: self.data.get(key, "") for key in header_key.values()},
        }
        nothing: Mapping[str, Any] = {}
        variables = {}
        for address, posted in self.posted.items():
            values = {**defaults, **self.merge_data.get(address, nothing)}
            for name, value in self.merge_metadata.get(address, nothing).items():
                values[metadata_key[name]] = value
            for name, value in self.merge_headers.get(address, nothing).items():
                values[header_key[name]] = value
            variables[posted] = values
        self.data.update(
            {key: f"%recipient.{key}%" for key in (*metadata_key.values(), *header_key.values())}
        )
        # Whether Mailgun looks at the values again is not documented; a mark among them stays what it is.
        self.data["recipient-variables"] = DIALECT.neutralise(self.serialize_json(variables), html=False)

    def serialize_data(self) -> bytes:
        self.populate_recipient_variables()
        form = Form(self.data)
        self.headers["Content-Type"] = f"multipart/form-data; boundary={form.boundary}"
        return form.body


class Form:
    """multipart/form-data: `boundary` and `body`. A field whose value is a list stands there once for each."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        parts = list(self._parts(fields))
        self.boundary = new_boundary()
        while any(self.boundary in part for part in parts):
            self.boundary = new_boundary()
        line = f"--{self.boundary}\r\n"
        self.body = (line + line.join(parts) + f"--{self.boundary}--\r\n").encode()

    @staticmethod
    def _parts(fields: Mapping[str, Any]) -> Iterator[str]:
        for name, value in fields.items():
            start = f'Content-Disposition: form-data; name="{name.translate(IN_FIELD_NAMES)}"\r\n\r\n'
            for one in value if isinstance(value, list | tuple) else [value]:
                yield f"{start}{one}\r\n"


def new_boundary() -> str:
    return uuid.uuid4().hex


def keys_of(by_address: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Every key anybody has a value for."""
    keys: set[str] = set()
    for values in by_address.values():
        if values.keys() != keys:
            keys.update(values)
    return keys
