"""What subscribers hold in their mailboxes instead of a password: links signed with SUBSCRIBER_KEY.

Each token is bound to one purpose, so that an unsubscribe link cannot be turned into a confirmation.
Unsubscribe and preferences links never expire; a confirmation does after seven days, and what opens the data
themselves (export, erasure, change of address) after thirty minutes.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, Signer, TimestampSigner
from django.urls import reverse
from django.utils import translation

from newsletter.audience.keyed_hash import KeyedHash
from newsletter.audience.models import Subscriber, Subscription

CONFIRMATION_LASTS = timedelta(days=7)
FRESH_LASTS = timedelta(minutes=30)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TokenInvalid(Exception):
    """Nobody here signed this, or it was signed for another purpose."""


class TokenExpired(TokenInvalid):
    """Ours, but too old. `subscription_id` says which sign-up it would have confirmed."""

    def __init__(self, subscription_id: int) -> None:
        super().__init__(subscription_id)
        self.subscription_id = subscription_id


class FreshLinkExpired(TokenInvalid):
    """Ours, but older than thirty minutes."""


@dataclass(frozen=True)
class Confirmation:
    """`requested_at` must still be the subscription's own, or the link is from before an unsubscribe."""

    subscription_id: int
    requested_at: datetime


@dataclass(frozen=True)
class NewAddress:
    """`address` is where the link was mailed to; whoever has the token reads mail there."""

    subscriber_id: int
    old_address: int
    address: str


# --- Making tokens: one HMAC each and no query, because every recipient of a mailing needs them --------
def confirmation_token(subscription: Subscription) -> str:
    moment = (subscription.requested_at - EPOCH) // timedelta(microseconds=1)
    return _timestamp_signer("confirmation").sign(f"{subscription.pk}-{moment}")


def preferences_token(subscriber_id: int) -> str:
    return _signer("preferences", settings.SUBSCRIBER_KEY).sign(str(subscriber_id))


def unsubscribe_token(subscriber_id: int, newsletter_id: int) -> str:
    return _signer("unsubscribe", settings.SUBSCRIBER_KEY).sign(f"{subscriber_id}-{newsletter_id}")


def fresh_token(subscriber: Subscriber) -> str:
    """Bound to the address it is mailed to: after a change of address it is dead."""
    return _timestamp_signer("fresh").sign(f"{subscriber.pk}-{address_number(subscriber)}")


def new_address_token(subscriber: Subscriber, address: str) -> str:
    """The one token with an address in it: until it is confirmed, nothing else knows it."""
    return _timestamp_signer("new address").sign_object([subscriber.pk, address_number(subscriber), address])


def address_number(subscriber: Subscriber) -> int:
    """Stands for the present address in tokens that die with it: the beginning of its keyed hash."""
    return int(subscriber.address_hash[:12], 16)


# --- Reading them -----------------------------------------------------------------------------------
def read_confirmation_token(token: str) -> Confirmation:
    """Raises TokenExpired after seven days, TokenInvalid for anything else that is not ours."""
    signer = _timestamp_signer("confirmation")
    try:
        subscription_id, moment = _numbers(signer.unsign(token, max_age=CONFIRMATION_LASTS), 2)
    except SignatureExpired as error:
        raise TokenExpired(_numbers(signer.unsign(token), 2)[0]) from error
    except BadSignature as error:
        raise TokenInvalid("confirmation") from error
    return Confirmation(subscription_id=subscription_id, requested_at=EPOCH + timedelta(microseconds=moment))


def read_preferences_token(token: str) -> int:
    """The subscriber's primary key. Raises TokenInvalid."""
    return _unsigned("preferences", token, 1)[0]


def read_unsubscribe_token(token: str) -> tuple[int, int]:
    """The primary keys of the subscriber and of the newsletter. Raises TokenInvalid."""
    subscriber_id, newsletter_id = _unsigned("unsubscribe", token, 2)
    return subscriber_id, newsletter_id


def read_fresh_token(token: str) -> tuple[int, int]:
    """The subscriber's primary key and address_number(). Raises FreshLinkExpired after 30 minutes, TokenInvalid."""
    try:
        subscriber_id, number = _numbers(_timestamp_signer("fresh").unsign(token, max_age=FRESH_LASTS), 2)
    except SignatureExpired as error:
        raise FreshLinkExpired from error
    except BadSignature as error:
        raise TokenInvalid("fresh") from error
    return subscriber_id, number


def read_new_address_token(token: str) -> NewAddress:
    """Raises FreshLinkExpired after 30 minutes, TokenInvalid for anything else that is not ours."""
    try:
        return NewAddress(*_timestamp_signer("new address").unsign_object(token, max_age=FRESH_LASTS))
    except SignatureExpired as error:
        raise FreshLinkExpired from error
    except BadSignature as error:
        raise TokenInvalid("new address") from error


# --- Absolute addresses -----------------------------------------------------------------------------
def confirmation_url(subscription: Subscription, language: str) -> str:
    return f"{_base('confirm', language)}{confirmation_token(subscription)}/"


def preferences_url(subscriber_id: int, language: str) -> str:
    return f"{_base('preferences', language)}{preferences_token(subscriber_id)}/"


def fresh_url(subscriber: Subscriber) -> str:
    return f"{_base('your_data', subscriber.language)}{fresh_token(subscriber)}/"


def new_address_url(subscriber: Subscriber, address: str) -> str:
    return f"{_base('new_address', subscriber.language)}{new_address_token(subscriber, address)}/"


def unsubscribe_url(subscriber_id: int, newsletter_id: int, language: str) -> str:
    return f"{_base('unsubscribe', language)}{unsubscribe_token(subscriber_id, newsletter_id)}/"


class ReaderLinks:
    """The links of one reader after another, on one newsletter and in one language."""

    def __init__(self, *, newsletter_id: int, language: str) -> None:
        self._newsletter_id = newsletter_id
        self._unsubscribe, self._preferences = _base("unsubscribe", language), _base("preferences", language)
        self._unsubscribe_signer = _signer("unsubscribe", settings.SUBSCRIBER_KEY)
        self._preferences_signer = _signer("preferences", settings.SUBSCRIBER_KEY)

    def unsubscribe(self, subscriber_id: int) -> str:
        signed = self._unsubscribe_signer.sign(f"{subscriber_id}-{self._newsletter_id}")
        return f"{self._unsubscribe}{signed}/"

    def preferences(self, subscriber_id: int) -> str:
        return f"{self._preferences}{self._preferences_signer.sign(str(subscriber_id))}/"


def sign_up_url(newsletter_slug: str, language: str) -> str:
    return f"{_base('subscribe', language)}{newsletter_slug}/"


def _base(page: str, language: str) -> str:
    return settings.BASE_URL + _path_before_token(page, language)


@lru_cache(maxsize=64)
def _path_before_token(page: str, language: str) -> str:
    """The path up to the token, such as /es/unsubscribe/: resolved once, not once per recipient."""
    known = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(known):
        if page == "subscribe":
            return reverse("audience:subscribe")
        return reverse(f"audience:{page}", args=["-"]).removesuffix("-/")


class LinkSigner(Signer):
    """Django's signatures, for a million links: what depends on the key alone is worked out once."""

    def __init__(self, *, key: str, salt: str) -> None:
        super().__init__(key=key, sep=".", salt=salt)
        # As django.utils.crypto.salted_hmac() derives it.
        self._hash = KeyedHash(hashlib.sha256(f"{salt}signer{key}".encode()).digest())

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        if key is not None:
            return super().signature(value, key)
        digest = self._hash.digest(value if isinstance(value, bytes) else value.encode())
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@lru_cache(maxsize=8)
def _signer(purpose: str, key: str) -> LinkSigner:
    # The key is an argument so that a changed setting (a test, a restored backup) is never served a stale signer.
    return LinkSigner(key=key, salt=f"newsletter.audience.{purpose}")


def _timestamp_signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(key=settings.SUBSCRIBER_KEY, sep=".", salt=f"newsletter.audience.{purpose}")


def _unsigned(purpose: str, token: str, count: int) -> list[int]:
    try:
        return _numbers(_signer(purpose, settings.SUBSCRIBER_KEY).unsign(token), count)
    except BadSignature as error:
        raise TokenInvalid(purpose) from error


def _numbers(signed: str, count: int) -> list[int]:
    parts = signed.split("-")
    if len(parts) != count or not all(part.isascii() and part.isdigit() for part in parts):
        raise TokenInvalid(signed)
    return [int(part) for part in parts]
