"""One real message to one address, made and handed over as a mailing's are, to see what the mail service says."""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from newsletter.audience.addresses import is_reserved, normalise_address
from newsletter.audience.models import Newsletter
from newsletter.editions.merge_fields import token
from newsletter.sending.checks import why_unusable
from newsletter.sending.dialects import configured_dialect, result_of_error
from newsletter.sending.messages import Envelope, batch_message, single_message
from newsletter.sending.models import Mailing, Variant
from newsletter.sending.outcomes import Result, Verdict
from newsletter.sending.recipients import Recipient
from newsletter.sending.reserved import mail_stays_here
from newsletter.sending.submitting import accepted
from newsletter.sending.transport import Deadline, Line, NothingWritten, line

# Nobody on the list: the message's unsubscribe link is a real one, and takes nobody off.
NOBODY = 0


class TrialRefused(Exception):
    """Nothing was sent. The message says why and what to do."""


@dataclass(frozen=True)
class Answer:
    """What the mail service said, in words that end with what to do next."""

    is_accepted: bool
    words: str


def send_trial(*, address: str, newsletter: Newsletter) -> Answer:
    """Sends it now and stores nothing. Raises TrialRefused, and ValidationError for what is no address."""
    address = normalise_address(address)
    try:
        way = line()
        stays_here = mail_stays_here()
    except Exception as error:  # whatever a backend says about its settings
        return _answer(Result(Verdict.HALT, fault=why_unusable(error)), address=address)
    if not stays_here:
        _refuse_reserved(address, newsletter)
    message = _message(newsletter, address=address, way=way)
    try:
        way.send(message, deadline=Deadline.from_now())
    except NothingWritten as error:
        return Answer(
            False,
            _("The mail service could not be reached: %(error)s. Look at its address in the file .env.")
            % {"error": error.__cause__ or error},
        )
    except Exception as error:  # as for a batch: the answer is in the error
        return _answer(result_of_error(error), address=address)
    result = accepted(getattr(message, "anymail_status", None))
    if refused := result.refused.get(address):
        return _answer(Result(Verdict.REJECTED, fault=refused), address=address)
    return _answer(result, address=address)


def _refuse_reserved(address: str, newsletter: Newsletter) -> None:
    for found in (address, newsletter.from_email):
        if is_reserved(found):
            raise TrialRefused(
                _("%(address)s is an address for demos and tests; mail from here goes to the real world.")
                % {"address": found}
            )


def _message(newsletter: Newsletter, *, address: str, way: Line) -> EmailMessage:
    """With the same headers, sender and way of merging as a mailing; neither mailing nor version is ever saved."""
    language = newsletter.first_language() or settings.LANGUAGE_CODE
    with translation.override(language):
        sentences = [
            _("This is a test of the newsletter “%(name)s”.") % {"name": newsletter.name},
            _("When you read it, the mail service takes our mail. Look where it arrived: inbox or spam?"),
            _("This is how a reader's link to unsubscribe looks. This one takes nobody off the list:"),
        ]
        subject = _("Test of “%(name)s”") % {"name": newsletter.name}
    link = token("unsubscribe_url")
    paragraphs = [format_html("<p>{}</p>", sentence) for sentence in sentences]
    variant = Variant(
        language=language,
        subject=subject,
        text="\n\n".join([*sentences, link]) + "\n",
        html=f'<html lang="{language}"><body>{"".join(paragraphs)}<p><a href="{link}">{link}</a></p></body></html>',
    )
    envelope = Envelope.of(Mailing(newsletter=newsletter), variant)
    recipient = Recipient(delivery_id=NOBODY, subscriber_id=NOBODY, address=address, name="")
    dialect = configured_dialect()
    if dialect is None:
        return single_message(envelope, recipient=recipient, connection=way.backend)
    message = batch_message(envelope, recipients=[recipient], dialect=dialect, connection=way.backend)
    return dialect.stamp(message, uuid.uuid4())


def _answer(result: Result, *, address: str) -> Answer:
    words = {
        Verdict.ACCEPTED: _("The mail service accepted it. Now look whether it arrives at %(address)s."),
        Verdict.DEFERRED: _("The mail service does not take it now: %(fault)s. Try again in some minutes."),
        Verdict.REJECTED: _("The mail service refused it: %(fault)s."),
        Verdict.HALT: _(
            "The settings are wrong: %(fault)s. docs/settings.md says what your mail service needs."
        ),
        Verdict.UNKNOWN: _("The answer got lost: %(fault)s. Look whether it arrived at %(address)s."),
    }[result.verdict]
    return Answer(
        result.verdict is Verdict.ACCEPTED,
        words % {"address": address, "fault": result.fault.strip().rstrip(".")},
    )
