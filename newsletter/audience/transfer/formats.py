"""Files whose columns we know: our own, Mailchimp's and listmonk's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.audience.models import Newsletter
from newsletter.audience.transfer.mapping import SUBSCRIPTION, SUBSCRIPTION_FIELDS, attribute_target, guessed
from newsletter.audience.transfer.reading import Table
from newsletter.audience.transfer.refused import FILE, REASON, ROW, STATUS, are_refused_rows

OWN, MAILCHIMP, LISTMONK, OTHER = "newsroom", "mailchimp", "listmonk", "table"
NEVER_JOINED = "never joined"

OWN_COLUMNS = {
    "address": "address",
    "name": "name",
    "language": "language",
    "place": "place",
    "kind": "kind",
    "connection": "relation",
    "tags": "tags",
    "topics": "topics",
    "attributes": "attributes",
    "on the list since": "created_at",
    "pause until": "paused_until",
    "do-not-mail": "do_not_mail",
}
OWN_SUBSCRIPTION_COLUMNS = {
    "status": "status",
    "how often": "rhythm",
    "asked on": "requested_at",
    "confirmed on": "confirmed_at",
    "unsubscribed on": "unsubscribed_at",
    "do-not-mail": "do_not_mail",
}
# https://mailchimp.com/help/about-your-exported-contacts/ : the status is in the file's name alone.
MAILCHIMP_NAME = re.compile(
    r"^(subscribed|unsubscribed|cleaned|nonsubscribed)_.*(audience|members|segment)_export", re.I
)
MAILCHIMP_STATUS = {
    "subscribed": "subscribed",
    "unsubscribed": "unsubscribed",
    "cleaned": "hard_bounce",
    "nonsubscribed": NEVER_JOINED,
}
MAILCHIMP_COLUMNS = {
    "email address": "address",
    "first name": "first_name",
    "last name": "last_name",
    "confirm_time": "confirmed_at",
    "unsub_time": "unsubscribed_at",
    "tags": "tags",
}
# Mailchimp's own book-keeping, of no use here; where somebody is and from where they clicked we do not want to know.
MAILCHIMP_LEFT_OUT = {
    "member_rating", "optin_time", "optin_ip", "confirm_ip", "latitude", "longitude", "gmtoff", "dstoff", "timezone",
    "cc", "region", "last_changed", "leid", "euid", "notes", "unsub_campaign_title", "unsub_campaign_id",
    "unsub_reason", "unsub_reason_other", "clean_time", "clean_campaign_title", "clean_campaign_id",
}  # fmt: skip
# https://listmonk.app/docs/concepts/#subscribers : "enabled", "disabled" and "blocklisted".
LISTMONK_COLUMNS = {
    "email": "address",
    "name": "name",
    "attributes": "attributes",
    "status": "status",
    "created_at": "confirmed_at",
}


@dataclass(frozen=True)
class Recognised:
    """`statuses`: for a table of that name, the status of each of its rows. `complete`: nobody has to map columns."""

    kind: str
    mapping: dict[str, str]
    statuses: dict[str, str] = field(default_factory=dict)
    complete: bool = True


def recognise(tables: Sequence[Table]) -> Recognised:
    """By the columns; all tables of a file are of one kind. What is unknown is guessed, and waits for a person."""
    headings = list(dict.fromkeys(heading for table in tables for heading in table.headings))
    small = {heading.casefold() for heading in headings}
    if all(set(OWN_COLUMNS) <= {heading.casefold() for heading in table.headings} for table in tables):
        return Recognised(OWN, {heading: _own_target(heading) for heading in headings})
    if are_refused_rows(tables) and not {"uuid", *LISTMONK_COLUMNS} <= small:
        return Recognised(OTHER, _refused_mapping(tables, headings), complete=False)
    if all(_is_mailchimp(table) for table in tables):
        statuses = {table.name: status for table in tables if (status := _mailchimp_status(table))}
        mapping = {heading: _mailchimp_target(heading) for heading in headings}
        if "confirm_time" not in small and "optin_time" in small:
            mapping |= {heading: "confirmed_at" for heading in headings if heading.casefold() == "optin_time"}
        return Recognised(
            MAILCHIMP, mapping, statuses, complete=len(statuses) == len({t.name for t in tables})
        )
    if {"uuid", *LISTMONK_COLUMNS} <= small:
        return Recognised(
            LISTMONK, {heading: LISTMONK_COLUMNS.get(heading.casefold(), "") for heading in headings}
        )
    return Recognised(OTHER, guessed(headings), complete=False)


def _refused_mapping(tables: Sequence[Table], headings: list[str]) -> dict[str, str]:
    """Of rows that were refused here, mended, and come anew: the columns of the file they stood in, and the status they
    had in it by its name, where no column said it."""
    theirs = [heading for heading in headings if heading not in {REASON, FILE, ROW, STATUS}]
    if all(_is_mailchimp(table) for table in tables):
        mapping = {heading: _mailchimp_target(heading) for heading in theirs}
    else:
        mapping = guessed(theirs)
    said = "" if "status" in mapping.values() or not _holds_something(tables, STATUS) else "status"
    return {**dict.fromkeys(headings, ""), **mapping, STATUS: said}


def _holds_something(tables: Sequence[Table], heading: str) -> bool:
    """In the first of its rows: the column is filled in for all of them or for none."""
    for table in tables:
        row = next(iter(table.rows()), None)
        if row is not None and any(
            name == heading and cell for name, cell in zip(table.headings, row.cells, strict=False)
        ):
            return True
    return False


def own_subscription_heading(newsletter: Newsletter, words: str) -> str:
    return f"{newsletter.slug}: {words}"


def _own_target(heading: str) -> str:
    if target := OWN_COLUMNS.get(heading.casefold()):
        return target
    slug, _colon, words = heading.rpartition(": ")
    wanted = OWN_SUBSCRIPTION_COLUMNS.get(words, "")
    return f"{SUBSCRIPTION}{slug}:{wanted}" if wanted in SUBSCRIPTION_FIELDS else ""


def _is_mailchimp(table: Table) -> bool:
    small = {heading.casefold() for heading in table.headings}
    return "email address" in small and (
        bool(MAILCHIMP_NAME.match(table.name)) or bool({"leid", "euid", "member_rating"} & small)
    )


def _mailchimp_status(table: Table) -> str:
    if named := MAILCHIMP_NAME.match(table.name):
        return MAILCHIMP_STATUS[named[1].lower()]
    # The file was renamed. A column may come from another file that was put together with this one: it may take people
    # for unsubscribed, which staff and they themselves can mend, but not for addresses that do not exist.
    return "unsubscribed" if "unsub_time" in {heading.casefold() for heading in table.headings} else ""


def _mailchimp_target(heading: str) -> str:
    small = heading.casefold()
    if small in MAILCHIMP_LEFT_OUT:
        return ""
    if known := MAILCHIMP_COLUMNS.get(small):
        return known
    # Merge fields and groups are the old list's own; its "Address" is a postal one.
    guess = guessed([heading])[heading]
    return guess if guess in {"language", "place", "topics"} else attribute_target(heading)
