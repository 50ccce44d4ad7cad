"""What a column can hold, and what its heading lets us guess."""

import re
from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

IGNORED = ""
ADDRESS = "address"
ATTRIBUTE = "attribute:"
# Columns of our own files hold what is so for one newsletter: "subscription:<newsletter>:<field>".
SUBSCRIPTION = "subscription:"
SUBSCRIPTION_FIELDS = ("status", "rhythm", "requested_at", "confirmed_at", "unsubscribed_at", "do_not_mail")

TARGETS: dict[str, str | Promise] = {
    IGNORED: _("leave it out"),
    ADDRESS: _("address"),
    "name": _("name"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "language": _("language"),
    "place": _("place"),
    "kind": _("person or organisation"),
    "relation": _("connection to us"),
    "tags": _("tags"),
    "topics": _("topics"),
    "status": _("status: subscribed, unsubscribed, bounced …"),
    "left": _("unsubscribed, when it says yes"),
    "confirmed_at": _("confirmed on"),
    "unsubscribed_at": _("unsubscribed on"),
    "attributes": _("several attributes, as JSON"),
}
# What only our own files say; nobody is asked for these.
OWN_TARGETS = ("created_at", "paused_until", "do_not_mail")

# By heading, in small letters, signs taken for spaces.
GUESSES: dict[str, str] = {
    **dict.fromkeys(
        (
            "email", "e mail", "email address", "e mail address", "mail", "address", "correo", "correo electronico",
            "correo electrónico", "courriel", "adresse e mail", "adresse mail", "adresse", "dirección",
        ),
        ADDRESS,
    ),
    **dict.fromkeys(("name", "full name", "nombre completo", "nom complet", "display name"), "name"),
    **dict.fromkeys(("first name", "firstname", "given name", "nombre", "prénom", "prenom", "fname"), "first_name"),
    **dict.fromkeys(("last name", "lastname", "surname", "family name", "apellido", "apellidos", "nom", "lname"), "last_name"),
    **dict.fromkeys(("language", "lang", "locale", "idioma", "langue"), "language"),
    **dict.fromkeys(("place", "city", "town", "ciudad", "lugar", "ville", "lieu", "can2 user city"), "place"),
    **dict.fromkeys(("kind", "type", "tipo"), "kind"),
    **dict.fromkeys(("connection", "connection to us", "relation", "relación"), "relation"),
    **dict.fromkeys(("tags", "labels", "etiquetas", "étiquettes", "can2 user tags"), "tags"),
    **dict.fromkeys(("topics", "interests", "temas", "thèmes"), "topics"),
    **dict.fromkeys(
        (
            "status", "subscription status", "can2 subscription status", "subscribed to emails", "subscribed",
            "active subscription", "estado", "statut",
        ),
        "status",
    ),
    **dict.fromkeys(("unsubscribed", "email disabled", "opted out", "opt out", "baja", "désabonné"), "left"),
    **dict.fromkeys(("confirmed at", "confirm time", "optin time", "opt in date", "created at", "subscribed at", "subscribed on"), "confirmed_at"),
    **dict.fromkeys(("unsub time", "unsubscribed at", "unsubscribed on"), "unsubscribed_at"),
    **dict.fromkeys(("attributes", "data"), "attributes"),
}  # fmt: skip
# Several columns may hold these.
MANY = ("tags", "topics", "attributes")
ATTRIBUTE_NAME = re.compile(r"[\w .:/-]{1,60}")


def guessed(headings: Iterable[str]) -> dict[str, str]:
    """{heading: target} for every heading; a target is guessed once, attributes are never guessed."""
    found = dict.fromkeys(headings, IGNORED)
    # Where one column says "mail", one that says "address" is a street's.
    for heading in sorted(found, key=lambda heading: "mail" not in heading.casefold()):
        plain = " ".join(re.sub(r"[\W_]+", " ", heading.casefold()).split())
        target = GUESSES.get(plain, IGNORED)
        found[heading] = IGNORED if target in found.values() and target not in MANY else target
    return found


def attribute_target(heading: str) -> str:
    """A column kept under its own heading."""
    return ATTRIBUTE + ("".join(re.findall(r"[\w .:/-]", heading))[:60].strip() or "?")


def fault_of(mapping: Mapping[str, str]) -> str:
    """In words what is wrong with a mapping made by hand; empty where nothing is."""
    chosen = [target for target in mapping.values() if target]
    if ADDRESS not in chosen:
        return _g("Say which column holds the address.")
    for target in chosen:
        if target.startswith(ATTRIBUTE):
            if not ATTRIBUTE_NAME.fullmatch(target.removeprefix(ATTRIBUTE)):
                return _g("An attribute's name has up to 60 letters, digits, spaces and . : / -.")
        elif target not in TARGETS:
            return _g("“%(target)s” is nothing a column can hold.") % {"target": target}
        if chosen.count(target) > 1 and target not in MANY:
            words = TARGETS.get(target, target)
            return _g("Two columns cannot both hold the same: %(target)s.") % {"target": words}
    return ""
