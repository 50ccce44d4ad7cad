"""Reads the bounce mailbox, for those who send by SMTP. Called by the clock, and by `manage.py read_bounces`."""

import logging
import time
from collections import Counter
from enum import StrEnum

from django.conf import settings
from django.db import InterfaceError, OperationalError

from newsletter.sending.bounces.mailboxes import open_mailbox
from newsletter.sending.bounces.reports import NotAReport, NotOurs, event_of
from newsletter.sending.events import record_event

logger = logging.getLogger(__name__)

ESP_NAME = "Bounce mailbox"
# The clock has other things to do; what is left is read in the next round.
READ_FOR = 20.0  # seconds


class Letter(StrEnum):
    REPORT = "report"
    NOT_OURS = "report about a message that is not ours"
    OTHER = "other mail"
    UNREADABLE = "unreadable"


def read_bounces() -> Counter[Letter]:
    """How many letters of which kind were looked at; none where no mailbox is set.

    A letter is marked after what it says was committed. A crash in between has it read again, which changes nothing.
    Raises ImproperlyConfigured, OSError, imaplib.IMAP4.error.
    """
    found: Counter[Letter] = Counter()
    if not settings.BOUNCE_MAILBOX:
        return found
    end = time.monotonic() + READ_FOR
    with open_mailbox(settings.BOUNCE_MAILBOX) as mailbox:
        for key, raw in mailbox.letters():
            letter = take(key, raw)
            mailbox.done(key, is_report=letter is Letter.REPORT)
            found[letter] += 1
            if time.monotonic() > end:
                break
    return found


def take(key: str, raw: bytes) -> Letter:
    """Acts on one letter. Whatever is in it, the next one gets its turn; only a database that is away stops."""
    try:
        record_event(event_of(raw), ESP_NAME)
    except NotAReport:
        return Letter.OTHER
    except NotOurs:
        logger.info("Letter %s in the bounce mailbox: a report about no message of ours; left alone.", key)
        return Letter.NOT_OURS
    except (InterfaceError, OperationalError):
        raise
    except Exception:
        logger.exception("Letter %s in the bounce mailbox cannot be read; left alone.", key)
        return Letter.UNREADABLE
    return Letter.REPORT
