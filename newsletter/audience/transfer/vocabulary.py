"""The words a file may use for what the site has names for: languages, topics, places, kinds, statuses, dates."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from newsletter.audience.models import Newsletter, Subscriber, Subscription, Suppression
from newsletter.audience.transfer.faults import RowFault
from newsletter.audience.transfer.formats import NEVER_JOINED
from stories.models import Place, Topic

SUBSCRIBED, UNSUBSCRIBED = "subscribed", "unsubscribed"
# What old systems call it; what is not here is refused, and never taken for a yes.
STATUSES: dict[str, str] = {
    **dict.fromkeys(("subscribed", "active", "enabled", "confirmed", "opted in", "true", "yes", "1", "sí", "oui"), SUBSCRIBED),
    **dict.fromkeys(
        ("unsubscribed", "disabled", "inactive", "unsub", "opted out", "false", "no", "0", "non", "baja"), UNSUBSCRIBED
    ),
    **dict.fromkeys(("cleaned", "bounced", "hard bounce", "hard bounced", "undeliverable", "unreachable"), Suppression.Reason.HARD_BOUNCE.value),
    **dict.fromkeys(("complained", "complaint", "spam", "marked as spam", "abuse"), Suppression.Reason.COMPLAINT.value),
    **dict.fromkeys(("blocklisted", "blacklisted", "blocked", "suppressed", "staff"), Suppression.Reason.STAFF.value),
    **dict.fromkeys(("nonsubscribed", "unconfirmed", "pending", NEVER_JOINED), NEVER_JOINED),
}  # fmt: skip
YES = {"yes", "true", "1", "y", "x", "sí", "si", "oui", "on"}
NO = {"", "no", "false", "0", "n", "non", "off"}
KINDS = {
    "person": "person", "individual": "person", "persona": "person", "personne": "person",
    "organisation": "organisation", "organization": "organisation", "org": "organisation", "organización": "organisation",
}  # fmt: skip
# Once: an enumeration makes its list of values anew each time it is asked.
RELATIONS = frozenset(Subscriber.Relation.values)
RHYTHMS = frozenset(Subscription.Rhythm.values)
REASONS = frozenset(Suppression.Reason.values)
MOST_NOTES = 30
Known = TypeVar("Known", str, UUID)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class Vocabulary:
    """The site's own words, read once for a run. `unknown` counts what was left out because the site has no such thing."""

    def __init__(self, *, newsletter: Newsletter | None, now: datetime) -> None:
        self.now = now
        self.unknown: Counter[tuple[str, str]] = Counter()
        self.newsletters = dict(Newsletter.objects.values_list("slug", "pk"))
        self.topics, self.places = _keys(Topic), _keys(Place)
        self.first_language = (newsletter.first_language() if newsletter else "") or settings.LANGUAGE_CODE
        self.languages: dict[str, str] = {}
        for code, name in settings.LANGUAGES:
            info = get_language_info(code)
            for word in (code, str(name), info["name"], info["name_local"]):
                self.languages[word.casefold()] = code

    def language(self, word: str) -> str:
        plain = word.strip().casefold()
        found = self.languages.get(plain) or self.languages.get(plain.replace("_", "-").partition("-")[0])
        return self._found(found, "language", word) or self.first_language

    def place(self, word: str) -> UUID | None:
        plain = word.strip().casefold()
        return self._found(self.places.get(plain) or _uuid(plain), "place", word) if plain else None

    def topic(self, word: str) -> UUID | None:
        plain = word.strip().casefold()
        return self._found(self.topics.get(plain) or _uuid(plain), "topic", word) if plain else None

    def kind(self, word: str) -> str:
        return self._found(KINDS.get(word.strip().casefold()), "kind", word) or Subscriber.Kind.PERSON.value

    def relation(self, word: str) -> str:
        plain = word.strip().casefold()
        found = plain if plain in RELATIONS else None
        return self._found(found, "relation", word) or Subscriber.Relation.SUPPORTER.value

    def status(self, word: str) -> str:
        """SUBSCRIBED, UNSUBSCRIBED, NEVER_JOINED or a reason of the do-not-mail list. Raises RowFault."""
        found = STATUSES.get(" ".join(word.replace("_", " ").replace("-", " ").casefold().split()))
        if found is None:
            raise RowFault(
                _("the status “%(status)s” is not known.") % {"status": word[:60]}
                if word.strip()
                else _("the status is missing.")
            )
        return found

    def moment(self, text: str) -> datetime | None:
        """None for an empty cell. Without a zone it is UTC, as Mailchimp writes it. Raises RowFault."""
        text = text.strip()
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError as error:
            raise RowFault(
                _("“%(text)s” is not a date we understand. Write dates as 2026-11-22.") % {"text": text[:40]}
            ) from error
        if found.tzinfo is None:
            # In a fifth of the time replace() takes.
            found = datetime.combine(found.date(), found.time(), UTC)
        if not EARLIEST <= found <= self.now:
            raise RowFault(
                _("%(text)s cannot be: it lies before 1990 or in the future.") % {"text": text[:40]}
            )
        return found

    def day(self, text: str) -> date | None:
        """None for an empty cell. Raises RowFault."""
        try:
            return date.fromisoformat(text.strip()) if text.strip() else None
        except ValueError as error:
            raise RowFault(
                _("“%(text)s” is not a date we understand. Write dates as 2026-11-22.") % {"text": text[:40]}
            ) from error

    def rhythm(self, word: str) -> str:
        return word if word in RHYTHMS else Subscription.Rhythm.EVERY_EDITION.value

    def yes(self, word: str) -> bool:
        """Raises RowFault: what says neither yes nor no is not taken for either."""
        plain = word.strip().casefold()
        if plain not in YES | NO:
            raise RowFault(_("“%(text)s” is neither yes nor no.") % {"text": word[:40]})
        return plain in YES

    def _found(self, found: Known | None, what: str, word: str) -> Known | None:
        """What was found; a word that means nothing here is counted."""
        if found is None and (shown := word.strip()[:60]):
            key = (what, shown)
            if key in self.unknown:
                self.unknown[key] += 1
            elif len(self.unknown) < MOST_NOTES:
                self.unknown[key] = 1
        return found


def _keys(model: type[Topic] | type[Place]) -> dict[str, UUID]:
    """{slug or name in small letters: translation key}; a slug wins, and the site's first language."""
    found: dict[str, UUID] = {}
    terms = list(model.objects.select_related("locale").order_by("pk"))
    terms.sort(key=lambda term: term.locale.language_code != settings.LANGUAGE_CODE)
    for term in terms:
        found.setdefault(term.slug.casefold(), term.translation_key)
    for term in terms:
        found.setdefault(term.name.casefold(), term.translation_key)
    return found


def _uuid(text: str) -> UUID | None:
    """Our own files name a topic or place that was deleted by its key."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
