"""What a call to the mail service came to, and what an exception says about it.

The question is always: may somebody have received it? Only a clear no allows a second try.
"""

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

import requests
import urllib3
from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.utils import timezone

from newsletter.sending.transport import NothingWritten, TooLate


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # nothing accepted; the same call may be made again later
    REJECTED = "rejected"  # nothing accepted, and nothing will be
    HALT = "halt"  # nothing accepted; no call will work until somebody mends the configuration
    UNKNOWN = "unknown"  # may have been accepted


@dataclass(frozen=True)
class Result:
    """`refused` are addresses the service turned down one by one, with its words.

    `holds_all`: the service is busy, not only with this call; nobody calls it before `retry_after`.
    `later`: addresses that were not taken, though the others were, for a reason that is not theirs; they wait, or,
    where `later_halts`, everybody waits until somebody mends the configuration.
    `is_about_one`: the server says "later" about this recipient or message, and may take the next one.
    `knows_the_key`: the service says that it carried out a call under this key before.
    """

    verdict: Verdict
    message_id: str = ""
    fault: str = ""
    retry_after: timedelta | None = None
    holds_all: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    later_halts: bool = False
    is_about_one: bool = False
    knows_the_key: bool = False


def result_of_error(error: Exception) -> Result:
    fault = f"{type(error).__name__}: {error}"[:2000]
    status = getattr(error, "status_code", None)
    if isinstance(error, TooLate):
        return Result(Verdict.DEFERRED, fault=fault, retry_after=timedelta(0))
    if isinstance(error, NothingWritten):
        # A certificate nobody trusts will not get better by itself.
        hopeless = isinstance(error.__cause__, ssl.SSLCertVerificationError)
        return Result(Verdict.HALT if hopeless else Verdict.DEFERRED, fault=fault)
    if isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress):
        return Result(Verdict.REJECTED, fault=fault)
    if isinstance(error, AnymailConfigurationError | AnymailUnsupportedFeature | AnymailSerializationError):
        return Result(Verdict.HALT, fault=fault)
    if isinstance(status, int):
        return _of_http_status(status, fault=fault, retry_after=_retry_after(error))
    if isinstance(error, smtplib.SMTPException):
        return _of_smtp_error(error, fault=fault)
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return Result(Verdict.DEFERRED, fault=fault)
    return Result(Verdict.UNKNOWN, fault=fault)


def _of_http_status(status: int, *, fault: str, retry_after: timedelta | None) -> Result:
    if status == 429:
        return Result(Verdict.DEFERRED, fault=fault, retry_after=retry_after, holds_all=True)
    # The request did not arrive whole, or not when the service would have it (RFC 9110 §15.5.9, RFC 8470 §5.2).
    if status in {408, 425}:
        return Result(Verdict.DEFERRED, fault=fault, retry_after=retry_after)
    # Not our key, not paid, not allowed, not there: nothing a second try would change.
    if status in {401, 402, 403, 404}:
        return Result(Verdict.HALT, fault=fault)
    if 400 <= status < 500:
        return Result(Verdict.REJECTED, fault=fault)
    # 5xx, and a 2xx whose body made no sense: it may have been accepted before that.
    return Result(Verdict.UNKNOWN, fault=fault)


def _of_smtp_error(error: smtplib.SMTPException, *, fault: str) -> Result:
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError):
        return Result(Verdict.HALT, fault=fault)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
        # What is neither yes nor no, such as half a reply that was cut off, is no refusal for good.
        if any(500 <= code < 600 for code in codes):
            return Result(Verdict.REJECTED, fault=fault)
        # A full mailbox, greylisting; 421 is about everybody, wherever it comes.
        closing = 421 in codes
        return Result(Verdict.DEFERRED, fault=fault, holds_all=closing, is_about_one=not closing)
    if isinstance(error, smtplib.SMTPResponseException):
        is_greeting = isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError)
        if 500 <= error.smtp_code < 600 and not is_greeting:
            # Our own address, or not being logged in, is refused to everybody (RFC 5321 §4.3.2, RFC 4954 §6).
            is_ours = isinstance(error, smtplib.SMTPSenderRefused)
            return Result(Verdict.HALT if is_ours else Verdict.REJECTED, fault=fault)
        if isinstance(error, smtplib.SMTPDataError) and not 400 <= error.smtp_code < 500:
            # Neither yes nor no after the whole message was written: a garbled reply.
            return Result(Verdict.UNKNOWN, fault=fault)
        # 421 (RFC 5321 §3.8): the server is closing for everybody.
        closing = error.smtp_code == 421
        is_about_one = isinstance(error, smtplib.SMTPDataError) and not closing
        return Result(Verdict.DEFERRED, fault=fault, holds_all=closing, is_about_one=is_about_one)
    return Result(Verdict.UNKNOWN, fault=fault)


def _never_connected(error: BaseException) -> bool:
    """Refused and reset raise the same class; only the cause tells a call never made from one cut off."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, urllib3.exceptions.NewConnectionError | ConnectionRefusedError | socket.gaierror):
            return True
        reason = getattr(seen, "reason", None)
        nested = next((arg for arg in seen.args if isinstance(arg, Exception)), None)
        seen = seen.__cause__ or nested or (reason if isinstance(reason, BaseException) else None)
    return False


def _retry_after(error: Exception) -> timedelta | None:
    """The Retry-After header (RFC 9110 §10.2.3): seconds or a date; at least a second, at most a day."""
    response = getattr(error, "response", None)
    value = response.headers.get("Retry-After", "") if response is not None else ""
    try:
        pause = timedelta(seconds=int(value))
    except OverflowError:
        pause = timedelta(days=1)
    except ValueError:
        try:
            moment: datetime = parsedate_to_datetime(value)
            pause = moment - timezone.now()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(pause, timedelta(seconds=1)), timedelta(days=1))
