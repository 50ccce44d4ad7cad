"""SparkPost: substitution data for each recipient: https://developers.sparkpost.com/api/template-language/"""

import re

from anymail.backends import sparkpost as stock

from newsletter.editions.merge_fields import TOKEN_START
from newsletter.sending.dialects.base import Dialect
from newsletter.sending.dialects.batches import BatchBackend
from newsletter.sending.outcomes import Result, Verdict


class SparkPostDialect(Dialect):
    """{{key}}, which SparkPost escapes in HTML, and {{{key}}}, which it does not: ours is escaped already."""

    # 2000 and more are allowed; a batch of ours never has more than this.
    max_recipients = 1000
    # Also attributes of links in plain text, [[data-msys-…]].
    opening = re.compile(rf"\{{(?=[{{{TOKEN_START}])|\[(?=\[data-msys-)")

    def placeholder(self, key: str, *, html: bool) -> str:
        return f"{{{{{{{key}}}}}}}" if html else f"{{{{{key}}}}}"

    def result_of_error(self, error: Exception) -> Result | None:
        if getattr(error, "status_code", None) == 420:
            # SparkPost's own status for "more than your account may send for now".
            return Result(Verdict.DEFERRED, fault=str(error)[:2000], holds_all=True)
        return None


class EmailBackend(BatchBackend, stock.EmailBackend):
    pass
