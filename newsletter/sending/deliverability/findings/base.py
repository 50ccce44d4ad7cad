import unicodedata
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.sending.deliverability.lookups import Answer, Outcome

MOST_SHOWN = 2000  # characters of a record that was found; a key of 4096 bits takes 800


class Level(TextChoices):
    GOOD = "good", gettext_lazy("Good")
    MEND = "mend", gettext_lazy("Should be mended")
    BROKEN = "broken", gettext_lazy("Does not work")
    UNKNOWN = "unknown", gettext_lazy("Not known")


class Topic(TextChoices):
    DOMAIN = "domain", gettext_lazy("The domain")
    SPF = "spf", gettext_lazy("SPF: who may send in its name")
    DKIM = "dkim", gettext_lazy("DKIM: the signature on each message")
    DMARC = "dmarc", gettext_lazy("DMARC: what becomes of forged mail")
    ALIGNMENT = "alignment", gettext_lazy("Sender and signature belong together")
    REPLIES = "replies", gettext_lazy("Replies arrive")
    REVERSE = "reverse", gettext_lazy("Reverse DNS: the server's own name")
    UNSUBSCRIBE = "unsubscribe", gettext_lazy("Unsubscribing with one click")


@dataclass(frozen=True)
class Record:
    """A record to add, or to put in place of the one that is there. No value: only the mail service knows it."""

    name: str
    type: str
    value: str = ""


@dataclass(frozen=True)
class Finding:
    topic: Topic
    level: Level
    words: str
    record: Record | None = None
    # What stands in the DNS, or in the message, today.
    found: tuple[str, ...] = ()


def shown(text: str) -> str:
    """A stranger's text, fit for the screen: no character that cannot be seen, and not without end."""
    readable = "".join(
        character if unicodedata.category(character)[0] != "C" else "\N{REPLACEMENT CHARACTER}"
        for character in text[: MOST_SHOWN + 1]
    )
    return readable if len(text) <= MOST_SHOWN else f"{readable[:MOST_SHOWN]}…"


def could_not_ask(topic: Topic, name: str, answer: Answer) -> Finding:
    if answer.outcome is Outcome.TOO_SLOW:
        words = _("The name servers of %(name)s did not answer in time. Press the button again in a while.")
    else:
        words = _(
            "The name servers of %(name)s gave no usable answer. If that lasts, tell whoever runs the domain: "
            "receivers get no answer either, and put mail off."
        )
    return Finding(topic, Level.UNKNOWN, words % {"name": shown(name)})
