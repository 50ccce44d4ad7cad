"""Amazon SES: one finished message for each recipient, and what its errors mean.

SES has a bulk call, and it would take an inline template. But SES counts recipients, not calls, against the rate an
account may send at, and throttles some recipients of a call and not others: nothing would be gained.
"""

from typing import Any

from anymail.backends import amazon_ses as stock
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from newsletter.sending import outcomes
from newsletter.sending.dialects.base import MailService
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.transport import NothingWritten, TooLate

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, section Errors, and CommonErrors.html
VERDICTS = {
    "TooManyRequestsException": Verdict.DEFERRED,
    "LimitExceededException": Verdict.DEFERRED,
    "Throttling": Verdict.DEFERRED,
    "ThrottlingException": Verdict.DEFERRED,
    "RequestThrottled": Verdict.DEFERRED,
    "RequestThrottledException": Verdict.DEFERRED,
    "AccountSuspendedException": Verdict.HALT,
    "SendingPausedException": Verdict.HALT,
    "AccountSendingPausedException": Verdict.HALT,
    "MailFromDomainNotVerifiedException": Verdict.HALT,
    "NotFoundException": Verdict.HALT,
    "AccessDeniedException": Verdict.HALT,
    "UnrecognizedClientException": Verdict.HALT,
    "InvalidClientTokenId": Verdict.HALT,
    "InvalidSignatureException": Verdict.HALT,
    "SignatureDoesNotMatch": Verdict.HALT,
    "ExpiredTokenException": Verdict.HALT,
    "OptInRequired": Verdict.HALT,
}
# Said with MessageRejected, of a sender, or of every recipient while the account is in the sandbox.
NOT_VERIFIED = "not verified"
MISCONFIGURED = (NoCredentialsError, NoRegionError, PartialCredentialsError)
NEVER_CONNECTED = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)


class AmazonSES(MailService):
    lacks = "a call for many that is faster than one for each, as its rate counts recipients"

    def result_of_error(self, error: Exception) -> Result | None:
        # Anymail wraps what boto3 raises while sending, and not what it raises while opening.
        cause = error if isinstance(error, BotoCoreError | ClientError) else error.__cause__
        fault = f"{type(cause).__name__}: {cause}"[:2000]
        # What our own connection raises (newsletter.sending.transport), botocore wraps once more.
        inner = cause.kwargs.get("error") if isinstance(cause, HTTPClientError) else None
        if isinstance(inner, NothingWritten | TooLate):
            return outcomes.result_of_error(inner)
        if isinstance(cause, ClientError):
            verdict = verdict_of(cause)
            return Result(verdict, fault=fault, holds_all=verdict is Verdict.DEFERRED)
        if isinstance(cause, MISCONFIGURED):
            return Result(Verdict.HALT, fault=fault)
        if isinstance(cause, NEVER_CONNECTED):
            return Result(Verdict.DEFERRED, fault=fault)
        if isinstance(cause, ParamValidationError):
            return Result(Verdict.REJECTED, fault=fault)
        return Result(Verdict.UNKNOWN, fault=fault) if isinstance(cause, BotoCoreError) else None


def verdict_of(error: ClientError) -> Verdict:
    code = error.response["Error"]["Code"]
    if code in VERDICTS:
        return VERDICTS[code]
    if code == "MessageRejected" and NOT_VERIFIED in error.response["Error"]["Message"]:
        return Verdict.HALT
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if status in {401, 403}:
        return Verdict.HALT
    return Verdict.REJECTED if 400 <= status < 500 else Verdict.UNKNOWN


class EmailBackend(stock.EmailBackend):
    """Anymail's without boto3's own retries, which would send a message again that may have been taken."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.client_params["config"] = self.client_params["config"].merge(
            Config(retries={"total_max_attempts": 1})
        )
