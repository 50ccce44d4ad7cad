"""Mandrill (Mailchimp Transactional): one finished message for each recipient, and what its errors mean.

https://mailchimp.com/developer/transactional/api/messages/send-new-message/
"""

from newsletter.sending.dialects.answers import json_of
from newsletter.sending.dialects.base import MailService
from newsletter.sending.outcomes import Result, Verdict

VERDICTS = {
    "Invalid_Key": Verdict.HALT,
    "PaymentRequired": Verdict.HALT,
    "Unknown_Subaccount": Verdict.HALT,
    "ValidationError": Verdict.REJECTED,
}


class Mandrill(MailService):
    lacks = "headers of each recipient's own"

    def result_of_error(self, error: Exception) -> Result | None:
        """Mandrill says 500 to everything it does not take, and the reason by name."""
        body = json_of(error)
        verdict = VERDICTS.get(body.get("name", "")) if isinstance(body, dict) else None
        return Result(verdict, fault=str(error)[:2000]) if verdict else None
