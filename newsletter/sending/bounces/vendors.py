"""How each mail service tells bounces apart, read from its own report.

Anymail gives a soft bounce and a hard one the same name for most services. Each function here gets the report as the
service wrote it, in the shape its documentation shows, and answers None where the report is about something else, or
says no more than Anymail does.
"""

from collections.abc import Callable
from typing import Any

from newsletter.sending.bounces.severity import Severity

HARD, SOFT, NOT_THE_ADDRESS = Severity.HARD, Severity.SOFT, Severity.NOT_THE_ADDRESS


def word(esp_name: str, report: Any) -> Severity | None:
    """The service's own verdict on what it reports."""
    read = READERS.get(esp_name)
    if read is None or report is None:
        return None
    try:
        return read(report)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


# Amazon SES and Resend, which sends through it.
TOO_BIG_OR_TURNED_AWAY = {"MessageTooLarge", "ContentRejected", "AttachmentRejected"}


def amazon_ses(report: Any) -> Severity | None:
    """https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types"""
    bounce = report["bounce"]
    kind, subtype = bounce["bounceType"], bounce.get("bounceSubType")
    if kind == "Permanent":
        # "Suppressed" and "OnAccountSuppressionList" are lists of the service, after an earlier bounce.
        return HARD if subtype in {"General", "NoEmail"} else SOFT
    if subtype in TOO_BIG_OR_TURNED_AWAY:
        return NOT_THE_ADDRESS
    said = any(one.get("status") or one.get("diagnosticCode") for one in bounce["bouncedRecipients"])
    # An out-of-office note counts as "Transient, General" there. It comes without a delivery status.
    return Severity.NO_BOUNCE if kind == "Transient" and subtype == "General" and not said else SOFT


def brevo(report: Any) -> Severity | None:
    """https://developers.brevo.com/docs/transactional-webhooks"""
    return {"hard_bounce": HARD, "invalid_email": HARD, "soft_bounce": SOFT}.get(report["event"])


def mailersend(report: Any) -> Severity | None:
    """https://developers.mailersend.com/api/v1/webhooks.html"""
    return {"hard_bounced": HARD, "soft_bounced": SOFT}.get(report["data"]["type"])


def mailgun(report: Any) -> Severity | None:
    """https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure/"""
    failure = report["event-data"]
    if failure["event"] != "failed":
        return None
    reason = failure.get("reason", "")
    if reason.startswith("suppress-"):
        # Its own list, after an earlier bounce, complaint or unsubscribe.
        return SOFT if reason == "suppress-bounce" else NOT_THE_ADDRESS
    if reason == "espblock":
        return NOT_THE_ADDRESS
    return HARD if reason in {"bounce", "delayed-bounce"} else SOFT


def mailjet(report: Any) -> Severity | None:
    """https://dev.mailjet.com/email/guides/webhooks/"""
    if report["event"] != "bounce":
        return None
    if report.get("error_related_to") in {"spam", "content", "policy", "mailjet"}:
        return NOT_THE_ADDRESS
    return HARD if report["hard_bounce"] else SOFT


def mailtrap(report: Any) -> Severity | None:
    """https://docs.mailtrap.io/email-api-smtp/advanced/webhooks"""
    if report["event"] != "bounce":
        return None
    return NOT_THE_ADDRESS if report.get("bounce_category") == "spam" else HARD


def mandrill(report: Any) -> Severity | None:
    """https://mailchimp.com/developer/transactional/docs/webhooks/"""
    return {"hard_bounce": HARD, "soft_bounce": SOFT}.get(report["event"])


def postal(report: Any) -> Severity | None:
    """https://docs.postalserver.io/developer/webhooks"""
    payload = report["payload"]
    if payload.get("status") == "HardFail":
        # A server's permanent no begins with 5; otherwise Postal has tried for long enough.
        return HARD if str(payload.get("output")).startswith("5") else SOFT
    return SOFT if "bounce" in payload else None


def postmark(report: Any) -> Severity | None:
    """https://postmarkapp.com/developer/api/bounce-api#bounce-types"""
    return {
        "HardBounce": HARD,
        "BadEmailAddress": HARD,
        "SoftBounce": SOFT,
        # Anymail takes it for a complaint. It is a filter's word, not a person's.
        "SpamNotification": NOT_THE_ADDRESS,
        "VirusNotification": NOT_THE_ADDRESS,
    }.get(report.get("Type") or report.get("SuppressionReason"))


def resend(report: Any) -> Severity | None:
    """https://resend.com/docs/webhooks/emails/bounced"""
    bounce = report["data"]["bounce"]
    if bounce.get("subType") in {"Suppressed", "OnAccountSuppressionList"}:
        return SOFT
    if bounce.get("subType") in TOO_BIG_OR_TURNED_AWAY:
        return NOT_THE_ADDRESS
    return {"Permanent": HARD, "Transient": SOFT, "Undetermined": SOFT}.get(bounce["type"])


def sendgrid(report: Any) -> Severity | None:
    """https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event#bounce"""
    if report["event"] != "bounce":
        return None
    kind = report.get("bounce_classification", "")
    if kind in {"Reputation", "Content", "Frequency or Volume Too High"}:
        return NOT_THE_ADDRESS
    if report.get("type") == "blocked":
        return SOFT if kind in {"Mailbox Unavailable", "Technical Failure"} else NOT_THE_ADDRESS
    return HARD if kind in {"", "Invalid Address"} else SOFT


def sparkpost(report: Any) -> Severity | None:
    """https://support.sparkpost.com/docs/deliverability/bounce-classification-codes"""
    (event,) = report["msys"].values()
    if event["type"] not in {"bounce", "out_of_band"}:
        return None
    code = str(event["bounce_class"])
    if code in {"10", "30"}:
        return HARD
    return NOT_THE_ADDRESS if code in {"23", "25", "50", "51", "52", "53", "54"} else SOFT


def unisender_go(report: Any) -> Severity | None:
    """https://godocs.unisender.ru/web-api-ref#callback-format"""
    if report["status"] != "hard_bounced":
        return None
    status = report["delivery_info"]["delivery_status"]
    if status in {"err_user_unknown", "err_user_inactive", "err_mailbox_discarded", "err_domain_inactive"}:
        return HARD
    if status in {"err_spam_rejected", "err_spam_skipped", "err_blacklisted", "err_too_large"}:
        return NOT_THE_ADDRESS
    return SOFT


# By the names Anymail's webhook views give themselves.
READERS: dict[str, Callable[[Any], Severity | None]] = {
    "Amazon SES": amazon_ses,
    "Brevo": brevo,
    "MailerSend": mailersend,
    "Mailgun": mailgun,
    "Mailjet": mailjet,
    "Mailtrap": mailtrap,
    "Mandrill": mandrill,
    "Postal": postal,
    "Postmark": postmark,
    "Resend": resend,
    "SendGrid": sendgrid,
    "SendinBlue": brevo,
    "SparkPost": sparkpost,
    "Unisender Go": unisender_go,
}
