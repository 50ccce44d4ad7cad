"""A row of a file made into a person, or into the reason why not."""

import csv
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from newsletter.audience.addresses import MAX_NAME_LENGTH, validate_header_text
from newsletter.audience.admin_forms import MAX_TAG_LENGTH
from newsletter.audience.models import Subscriber, Subscription
from newsletter.audience.transfer.attributes import attributes_in
from newsletter.audience.transfer.cells import UNREADABLE, split_words
from newsletter.audience.transfer.faults import RowFault
from newsletter.audience.transfer.formats import NEVER_JOINED
from newsletter.audience.transfer.limits import MAX_CELL
from newsletter.audience.transfer.mapping import ATTRIBUTE
from newsletter.audience.transfer.plain_addresses import normalised
from newsletter.audience.transfer.vocabulary import REASONS, SUBSCRIBED, UNSUBSCRIBED, Vocabulary

MOST_TAGS = 100

Status = Subscription.Status
EVERY_EDITION = Subscription.Rhythm.EVERY_EDITION.value
CONFIRMED = Subscription.Status.CONFIRMED.value
LEFT = Status.UNSUBSCRIBED.value


class Wish(NamedTuple):
    """What the file says about one newsletter. Status NEVER_JOINED: known to the old system, and never subscribed."""

    status: str
    rhythm: str = EVERY_EDITION
    requested_at: datetime | None = None
    confirmed_at: datetime | None = None
    unsubscribed_at: datetime | None = None


@dataclass(slots=True)
class Person:
    """`wishes` by newsletter's primary key, and so `do_not_mail_for`. `do_not_mail` is a reason of the do-not-mail list, for
    every newsletter, or empty.

    `is_kept`: somebody on the do-not-mail list who is on the list of people all the same, as in our own files.
    """

    address: str
    name: str = ""
    language: str = ""
    place_key: UUID | None = None
    kind: str = Subscriber.Kind.PERSON.value
    relation: str = Subscriber.Relation.SUPPORTER.value
    tags: tuple[str, ...] = ()
    topics: Sequence[UUID] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    paused_until: date | None = None
    wishes: dict[int, Wish] = field(default_factory=dict)
    do_not_mail: str = ""
    do_not_mail_for: dict[int, str] = field(default_factory=dict)
    is_kept: bool = False

    @property
    def opts_out(self) -> bool:
        if self.do_not_mail or self.do_not_mail_for:
            return True
        return LEFT in [wish.status for wish in self.wishes.values()]


class PersonReader:
    """Reads the rows of one table that another system wrote.

    `status` holds for every row where no column says it; `newsletter_id` is the newsletter they join; `joins_as` is what
    "subscribed" becomes, confirmed or pending.
    """

    def __init__(
        self,
        headings: Sequence[str],
        *,
        mapping: Mapping[str, str],
        vocabulary: Vocabulary,
        newsletter_id: int | None,
        joins_as: str = CONFIRMED,
        status: str = "",
    ) -> None:
        self.headings, self.vocabulary = headings, vocabulary
        self.newsletter_id, self.joins_as, self.status = newsletter_id, joins_as, status
        self.columns: dict[str, list[int]] = {}
        for number, heading in enumerate(headings):
            if target := mapping.get(heading, ""):
                self.columns.setdefault(target, []).append(number)
        self.first = {target: numbers[0] for target, numbers in self.columns.items()}
        self.attributes = [
            (target.removeprefix(ATTRIBUTE), numbers[0])
            for target, numbers in self.columns.items()
            if target.startswith(ATTRIBUTE)
        ]
        self.name_parts = [self.first[part] for part in ("first_name", "last_name") if part in self.first]
        # A column that the file does not have need not be asked for each of a hundred thousand people.
        readers: dict[str, tuple[str, Callable[[str], Any]]] = {
            "language": ("language", vocabulary.language),
            "place": ("place_key", vocabulary.place),
            "kind": ("kind", vocabulary.kind),
            "relation": ("relation", vocabulary.relation),
        }
        self.plain = [
            (name, self.first[target], read)
            for target, (name, read) in readers.items()
            if target in self.first
        ]

        # A list has few combinations of tags and many people.
        self.tags_of = lru_cache(maxsize=1024)(self._tags_of)

    def read(self, cells: list[str]) -> Person:
        """Raises RowFault."""
        cells = self._readable(cells)
        person = Person(
            address=self._address(cells), name=self._name(cells), language=self.vocabulary.first_language
        )
        for name, number, read in self.plain:
            setattr(person, name, read(cells[number]))
        if "tags" in self.columns:
            person.tags = self.tags_of(self._written(cells, "tags"))
        if "topics" in self.columns:
            person.topics = self._topics(cells)
        if self.attributes or "attributes" in self.columns:
            person.attributes = self._attributes(cells)
        self._take_wishes(person, cells)
        return person

    def _one(self, cells: list[str], target: str) -> str:
        number = self.first.get(target)
        return "" if number is None else cells[number]

    def _heading(self, target: str) -> str:
        numbers = self.columns.get(target)
        return self.headings[numbers[0]] if numbers else ""

    def _from(self, cells: list[str], target: str, read: Callable[[str], Any]) -> Any:
        """The column read by `read`; its fault names the column."""
        text = self._one(cells, target)
        if not text:
            return None
        try:
            return read(text)
        except RowFault as fault:
            raise RowFault(str(fault), column=self._heading(target)) from fault

    def _readable(self, cells: list[str]) -> list[str]:
        """The cells, as many as there are columns."""
        columns = len(self.headings)
        if len(cells) < columns:
            cells = [*cells, *[""] * (columns - len(cells))]
        elif len(cells) > columns and any(cells[columns:]):
            raise RowFault(
                _("the row has %(cells)s cells, and there are %(headings)s columns.")
                % {"cells": len(cells), "headings": columns}
            )
        whole = "".join(cells)
        if not (whole.isascii() and len(whole) <= MAX_CELL and "\x00" not in whole):
            self._look_at(cells, whole)
        return cells

    def _look_at(self, cells: list[str], whole: str) -> None:
        if len(whole) > MAX_CELL:
            for number, cell in enumerate(cells):
                if len(cell) > MAX_CELL:
                    raise RowFault(
                        _("longer than %(limit)s characters.") % {"limit": MAX_CELL},
                        column=self._named(number),
                    )
        if not whole.isascii() or "\x00" in whole:
            for number, cell in enumerate(cells):
                if found := UNREADABLE.search(cell):
                    raise RowFault(
                        _("a character that cannot be read (U+%(code)04X). The file's encoding may be wrong.")
                        % {"code": ord(found[0])},
                        column=self._named(number),
                    )

    def _named(self, number: int) -> str:
        return self.headings[number] if number < len(self.headings) else ""

    def _address(self, cells: list[str]) -> str:
        raw = self._one(cells, "address")
        if not raw.strip():
            raise RowFault(_("the address is missing."), column=self._heading("address"))
        try:
            return normalised(raw)
        except ValidationError as error:
            raise RowFault(" ".join(error.messages), column=self._heading("address")) from error

    def _name(self, cells: list[str]) -> str:
        whole = self._one(cells, "name").strip()
        if not whole and self.name_parts:
            whole = " ".join([part for number in self.name_parts if (part := cells[number].strip())])
        if len(whole) > MAX_NAME_LENGTH:
            raise RowFault(_("a name has at most %(limit)s characters.") % {"limit": MAX_NAME_LENGTH})
        if not whole.isprintable():
            try:
                validate_header_text(whole)
            except ValidationError as error:
                raise RowFault(" ".join(error.messages)) from error
        return whole if whole.isascii() else unicodedata.normalize("NFC", whole)

    def _written(self, cells: list[str], target: str) -> tuple[str, ...]:
        return tuple([cells[number] for number in self.columns.get(target, ())])

    def _words(self, written: tuple[str, ...], target: str) -> tuple[str, ...]:
        found: list[str] = []
        for number, cell in zip(self.columns.get(target, ()), written, strict=True):
            try:
                found += split_words(cell)
            except csv.Error as error:
                raise RowFault(_("this cannot be split into words."), column=self._named(number)) from error
        return tuple(dict.fromkeys(found))

    def _tags_of(self, written: tuple[str, ...]) -> tuple[str, ...]:
        tags = self._words(written, "tags")
        if len(tags) > MOST_TAGS:
            raise RowFault(
                _("more than %(limit)s tags.") % {"limit": MOST_TAGS}, column=self._heading("tags")
            )
        for tag in tags:
            if len(tag) > MAX_TAG_LENGTH or not tag.isprintable():
                raise RowFault(
                    _("A tag is at most %(length)s characters long.") % {"length": MAX_TAG_LENGTH}
                    if len(tag) > MAX_TAG_LENGTH
                    else _("a tag holds a character that cannot be seen."),
                    column=self._heading("tags"),
                )
        return tags

    def _topics(self, cells: list[str]) -> list[UUID]:
        words = self._words(self._written(cells, "topics"), "topics")
        keys = [self.vocabulary.topic(word) for word in words]
        return list(dict.fromkeys(key for key in keys if key is not None))

    def _attributes(self, cells: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number in self.columns.get("attributes", ()):
            if cells[number].strip():
                found |= self._json(cells[number], number)
        for name, number in self.attributes:
            if value := cells[number].strip():
                found[name] = value
        return found

    def _json(self, text: str, number: int) -> dict[str, Any]:
        try:
            value = attributes_in(text)
        except (ValueError, RecursionError) as error:
            raise RowFault(_("this is not JSON that can be stored."), column=self._named(number)) from error
        if not isinstance(value, dict):
            raise RowFault(_("attributes are a JSON object, as {…}."), column=self._named(number))
        return value

    def _take_wishes(self, person: Person, cells: list[str]) -> None:
        status = self.status
        if "status" in self.columns:
            status = self._status(cells)
        if "left" in self.columns and self._from(cells, "left", self.vocabulary.yes):
            status = UNSUBSCRIBED if status in {"", SUBSCRIBED, NEVER_JOINED} else status
        status = status or SUBSCRIBED
        if status in REASONS:
            person.do_not_mail = status
            return
        if self.newsletter_id is None:
            raise RowFault(_("no newsletter is named."))
        confirmed_at = self._from(cells, "confirmed_at", self.vocabulary.moment)
        if status == SUBSCRIBED:
            wish = Wish(self.joins_as, confirmed_at=confirmed_at if self.joins_as == CONFIRMED else None)
        elif status == UNSUBSCRIBED:
            wish = Wish(
                LEFT,
                confirmed_at=confirmed_at,
                unsubscribed_at=self._from(cells, "unsubscribed_at", self.vocabulary.moment),
            )
        else:
            wish = Wish(NEVER_JOINED)
        person.wishes = {self.newsletter_id: wish}

    def _status(self, cells: list[str]) -> str:
        try:
            return self.vocabulary.status(self._one(cells, "status"))
        except RowFault as fault:
            raise RowFault(str(fault), column=self._heading("status")) from fault
