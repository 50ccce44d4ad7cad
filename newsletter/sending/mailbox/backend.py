"""An Anymail backend that delivers into a Maildir on this machine. No real mail can leave through it.

It takes batch sends as a vendor does (merge_data, merge_headers, merge_metadata), so a demo and a test go the
same way as a mailing through an ESP.
"""

import email.policy
import itertools
import os
import socket
import time
from email.message import EmailMessage as MIMEMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from anymail.backends.base import AnymailBaseBackend, BasePayload
from anymail.exceptions import AnymailAPIError
from anymail.message import AnymailRecipientStatus
from django.conf import settings

from newsletter.sending.mailbox.syntax import substitute

_sequence = itertools.count()
# UTF-8 addresses and headers as they are (RFC 6532): every reader of this Maildir is ours.
POLICY = email.policy.SMTPUTF8.clone(max_line_length=None, linesep="\n")


class EmailBackend(AnymailBaseBackend):
    esp_name = "Mailbox"

    def build_message_payload(self, message: Any, defaults: dict[str, Any]) -> "MailboxPayload":
        return MailboxPayload(message, defaults, self)

    def post_to_esp(self, payload: "MailboxPayload", message: Any) -> dict[str, str]:
        """One file for each recipient of a batch, one for any other message; returns {address: Message-ID}."""
        try:
            letters = payload.letters()
        except KeyError as error:
            raise AnymailAPIError(
                f"No value for the merge field {error}", email_message=message, payload=payload, backend=self
            ) from error
        directory = maildir()
        for letter in letters:
            deliver(directory, letter)
        if len(letters) == 1:
            letters *= len(payload.recipients)
        return {
            address: str(letter["Message-ID"])
            for address, letter in zip(payload.recipients, letters, strict=True)
        }

    def parse_recipient_status(
        self, response: dict[str, str], payload: "MailboxPayload", message: Any
    ) -> dict[str, AnymailRecipientStatus]:
        return {
            address: AnymailRecipientStatus(message_id, "sent") for address, message_id in response.items()
        }


class MailboxPayload(BasePayload):
    def init_payload(self) -> None:
        self.headers: dict[str, str] = {}
        self.from_email = ""
        self.to: list[Any] = []
        self.others: list[tuple[str, Any]] = []
        self.subject = ""
        self.reply_to = ""
        self.text = ""
        self.html = ""
        self.attachments: list[Any] = []
        self.metadata: dict[str, Any] = {}
        self.merge_data: dict[str, dict[str, str]] = {}
        self.merge_headers: dict[str, dict[str, str]] = {}
        self.merge_metadata: dict[str, dict[str, Any]] = {}

    @property
    def recipients(self) -> list[str]:
        return [address.addr_spec for address in self.to] + [
            address.addr_spec for _kind, address in self.others
        ]

    def letters(self) -> list[MIMEMessage]:
        """One letter for each recipient of a batch; otherwise the same letter for everybody on it."""
        if self.is_batch():
            return [
                self.letter(to=[address], values=self.merge_data.get(address.addr_spec))
                for address in self.to
            ]
        letter = self.letter(to=self.to, values=None)
        return [letter]

    def letter(self, *, to: list[Any], values: dict[str, str] | None) -> MIMEMessage:
        def filled(text: str) -> str:
            return text if values is None else substitute(text, values)

        key = to[0].addr_spec if to else ""
        letter = MIMEMessage(policy=POLICY)
        # Content before headers: EmailMessage takes Content-Language away while it is given content.
        # 8bit by name: Python's own choice of encoding compares line lengths with max_line_length, which is None.
        letter.set_content(filled(self.text), cte="8bit")
        if self.html:
            letter.add_alternative(filled(self.html), subtype="html", cte="8bit")
        for attachment in self.attachments:
            maintype, _slash, subtype = attachment.mimetype.partition("/")
            letter.add_attachment(
                attachment.content if isinstance(attachment.content, bytes) else attachment.content.encode(),
                maintype=maintype,
                subtype=subtype,
                filename=attachment.name,
            )
        letter["From"] = self.from_email
        letter["To"] = ", ".join(address.address for address in to)
        for kind, address in self.others:
            if kind == "cc":
                letter["Cc"] = address.address
        letter["Subject"] = filled(self.subject)
        letter["Date"] = formatdate(localtime=False)
        letter["Message-ID"] = make_msgid(
            domain=self.from_email.rpartition("@")[2].rstrip(">") or "localhost"
        )
        if self.reply_to:
            letter["Reply-To"] = self.reply_to
        for name, value in {**self.headers, **self.merge_headers.get(key, {})}.items():
            letter[name] = value
        for name, value in {**self.metadata, **self.merge_metadata.get(key, {})}.items():
            letter[f"X-Metadata-{name}"] = str(value)
        return letter

    def set_from_email(self, email: Any) -> None:
        self.from_email = email.address

    def set_recipients(self, recipient_type: str, emails: list[Any]) -> None:
        if recipient_type == "to":
            self.to = emails
        else:
            self.others += [(recipient_type, address) for address in emails]

    def set_subject(self, subject: str) -> None:
        self.subject = subject

    def set_reply_to(self, emails: list[Any]) -> None:
        self.reply_to = ", ".join(address.address for address in emails)

    def set_extra_headers(self, headers: Any) -> None:
        self.headers = dict(headers)

    def set_text_body(self, body: str) -> None:
        self.text = body

    def set_html_body(self, body: str) -> None:
        self.html = body

    def add_attachment(self, attachment: Any) -> None:
        self.attachments.append(attachment)

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        self.metadata = metadata

    def set_merge_data(self, merge_data: dict[str, dict[str, str]]) -> None:
        self.merge_data = merge_data

    def set_merge_headers(self, merge_headers: dict[str, dict[str, str]]) -> None:
        self.merge_headers = merge_headers

    def set_merge_metadata(self, merge_metadata: dict[str, dict[str, Any]]) -> None:
        self.merge_metadata = merge_metadata

    def set_tags(self, tags: list[str]) -> None:
        self.headers["X-Tags"] = ", ".join(tags)


def maildir() -> Path:
    """The mailbox's folder with its three subfolders (https://cr.yp.to/proto/maildir.html)."""
    directory = Path(settings.MAILBOX_DIR)
    for name in ("tmp", "new", "cur"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    return directory


def deliver(directory: Path, letter: MIMEMessage) -> None:
    """Writes into tmp/ and renames into new/: a reader never sees half a letter."""
    name = f"{time.time_ns()}.{os.getpid()}_{next(_sequence)}.{socket.gethostname()}"
    unfinished = directory / "tmp" / name
    unfinished.write_bytes(letter.as_bytes())
    unfinished.rename(directory / "new" / name)
