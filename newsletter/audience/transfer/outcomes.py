"""What a row of a file comes to, and the words for it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Outcome(TextChoices):
    NEW = "new", pgettext_lazy("people", "new")
    CHANGED = "changed", pgettext_lazy("people", "changed")
    UNCHANGED = "unchanged", pgettext_lazy("people", "unchanged")
    OPTED_OUT = "opted_out", _("opted out")
    DO_NOT_MAIL = "do_not_mail", _("do-not-mail")
    INVALID = "invalid", pgettext_lazy("rows", "invalid")
    DUPLICATE = "duplicate", _("twice in the file")


MEANINGS = {
    Outcome.NEW: _("They come onto the list."),
    Outcome.CHANGED: _(
        "They are on the list. What is empty is filled in; nothing they chose is overwritten."
    ),
    Outcome.UNCHANGED: _("They are on the list, and the file says nothing new."),
    Outcome.OPTED_OUT: _("They left here or in the old system, or never joined there. They get nothing."),
    Outcome.DO_NOT_MAIL: _("They are on the do-not-mail list here, or come onto it. They get nothing."),
    Outcome.INVALID: _("Rows that cannot be taken, each with its reason."),
    Outcome.DUPLICATE: _("The same address stands in an earlier row, which counts."),
}

# What a decision says beside its outcome; kept as words of the code, shown in the reader's language.
DETAILS = {
    "name": _("name"),
    "place": _("place"),
    "kind": _("kind"),
    "relation": _("connection to us"),
    "tags": _("tags"),
    "attributes": _("attributes"),
    "joins": _("joins the newsletter"),
    "confirms": _("had asked to join; now confirmed"),
    "leaves": _("unsubscribed in the file: leaves here, too"),
    "left_here": _("left here, and stays so"),
    "left_there": _("unsubscribed in the file; kept so that nobody signs them up by mistake"),
    "never_joined": _("never subscribed in the old system"),
    "listed_here": _("on the list here, and stays so"),
    "listed_there": _("bounced, complained or blocked in the file"),
}

# What the report names as `unknown`.
UNKNOWN = {
    "language": _("language"),
    "place": _("place"),
    "topic": _("topic"),
    "kind": _("person or organisation"),
    "relation": _("connection to us"),
}


def in_words(details: str) -> str:
    """Details as a decision keeps them, "name tags", for the screen."""
    return ", ".join(str(DETAILS.get(word, word)) for word in details.split())
