"""Messages for a mail server, one for each reader, around what Django composed once for all of them.

Readers' messages differ in a few headers and in their merge fields; to compose the whole 40 kB anew for each takes
longer than everything else that is done for a reader.
"""

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, Self

from anymail.message import AnymailMessage
from django.core.mail.message import (
    RFC5322_EMAIL_LINE_LENGTH_LIMIT,
    EmailMultiAlternatives,
    forbid_multi_line_headers,
)

from newsletter.editions.merge_fields import TOKEN

EOL = "\r\n"
# In such parts the text stands as it is, so that its fields can be filled in afterwards.
AS_IT_IS = {"7bit", "8bit"}
# Django writes these into every message; each letter has its own.
OWN = ("Subject", "From", "To", "Date", "Message-ID")


class Letter(AnymailMessage):
    """A message of which only the headers are still to be written that it alone has. It goes to one address."""

    def __init__(self, *, rest: bytes, **own: Any) -> None:
        super().__init__(**own)
        self.rest = rest

    def as_bytes(self) -> bytes:
        """The whole message, its lines ended as in RFC 5321. Raises BadHeaderError, as Django does."""
        own = {
            "Subject": self.subject,
            "From": self.from_email,
            "To": ", ".join(self.to),
            "Date": formatdate(),
            **self.extra_headers,
        }
        head = "".join(f"{name}: {safe_header(name, value)}{EOL}" for name, value in own.items())
        return head.encode("ascii") + self.rest


def safe_header(name: str, value: str) -> str:
    """As Django writes it, encoded and folded."""
    return str(forbid_multi_line_headers(name, value, "utf-8")[1]).replace("\n", EOL)


class Form:
    """What all letters have in common, with its fields still to fill in."""

    def __init__(self, text: str) -> None:
        # literal, key, literal, key, … literal
        self.pieces = TOKEN.split(text)
        # (octets of the literals, keys), of every line with a field in it
        self.lines = [
            (len(TOKEN.sub("", line).encode()), TOKEN.findall(line))
            for line in text.split(EOL)
            if TOKEN.search(line)
        ]

    @classmethod
    def of(cls, message: EmailMultiAlternatives) -> Self | None:
        """None where Django chose an encoding that fields cannot be filled into."""
        composed: Any = message.message()
        parts = [part for part in composed.walk() if not part.is_multipart()]
        if not {part["Content-Transfer-Encoding"] for part in parts} <= AS_IT_IS:
            return None
        for name in OWN:
            del composed[name]
        return cls(composed.as_bytes(linesep=EOL).decode())

    def letter(self, values: Mapping[str, str], **own: Any) -> Letter | None:
        """None where a line would become longer than RFC 5322 §2.1.1 allows: Django knows what to do then."""
        octets = {key: len(value.encode()) for key, value in values.items()}
        for literals, keys in self.lines:
            if literals + sum(octets[key] for key in keys) > RFC5322_EMAIL_LINE_LENGTH_LIMIT:
                return None
        pieces = self.pieces.copy()
        pieces[1::2] = [values[key] for key in pieces[1::2]]
        return Letter(rest="".join(pieces).encode(), **own)
