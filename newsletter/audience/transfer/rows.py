"""A file's rows in order, each a person or the reason why not; and its chunks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from newsletter.audience.models import SubscriberImport
from newsletter.audience.transfer.faults import FileFault, RowFault
from newsletter.audience.transfer.files import path_of
from newsletter.audience.transfer.formats import MAILCHIMP, OWN, recognise
from newsletter.audience.transfer.limits import CHUNK, MAX_ROWS
from newsletter.audience.transfer.outcomes import Outcome
from newsletter.audience.transfer.own_people import OwnPersonReader
from newsletter.audience.transfer.people import Person, PersonReader
from newsletter.audience.transfer.reading import Table, read_tables
from newsletter.audience.transfer.refused import Place, Refusal, as_they_stood
from newsletter.audience.transfer.vocabulary import Vocabulary

# Whoever left in one of Mailchimp's files and stands in another as subscribed has left.
STRONGEST_FIRST = ("hard_bounce", "unsubscribed", "never joined", "subscribed", "")


@dataclass
class Chunk:
    """`position` is the one after its last row; empty rows count."""

    position: int
    people: list[Person] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class SubscriberFile:
    """The file of an import. Raises FileFault, when it is made and from chunks()."""

    def __init__(self, record: SubscriberImport, *, now: datetime) -> None:
        self.record = record
        self.tables = as_they_stood(read_tables(path_of(record), name=record.file_name))
        self.statuses = recognise(self.tables).statuses if record.file_kind == MAILCHIMP else {}
        self.vocabulary = Vocabulary(newsletter=record.newsletter, now=now)
        self.tables.sort(key=lambda table: STRONGEST_FIRST.index(self.statuses.get(table.name, "")))

    @property
    def notes(self) -> list[str]:
        return [note for table in self.tables for note in table.notes]

    def unknown_newsletters(self) -> list[str]:
        """Short names of newsletters our own file speaks of, and this site does not have."""
        spoken = {
            target.split(":")[1]
            for target in self.record.mapping.values()
            if target.startswith("subscription:")
        }
        return sorted(spoken - set(self.vocabulary.newsletters))

    def chunks(self, *, after: int = 0) -> Iterator[Chunk]:
        """Rows from that position on, CHUNK at a time. What came before is read for its addresses alone."""
        seen: dict[str, bool] = {}
        position = 0
        chunk = Chunk(position=after)
        here: set[str] = set()
        for table in self.tables:
            reader = self._reader(table)
            for row in table.rows():
                position += 1
                if position > MAX_ROWS:
                    raise FileFault(_("more than %(limit)s rows.") % {"limit": MAX_ROWS}, file=table.name)
                taken = self._take(reader, table, row.number, row.cells, seen)
                if position <= after:
                    continue
                if isinstance(taken, Person) and taken.address in here:
                    # An opt-out of somebody in this very chunk: it must find them written.
                    chunk.position = position - 1
                    yield chunk
                    chunk, here = Chunk(position=position - 1), set()
                if isinstance(taken, Person):
                    chunk.people.append(taken)
                    chunk.places.append(Place(table.name, row.number))
                    here.add(taken.address)
                elif taken is not None:
                    chunk.refused.append(taken)
                if position % CHUNK == 0:
                    chunk.position = position
                    yield chunk
                    chunk, here = Chunk(position=position), set()
        if position > chunk.position:
            chunk.position = position
            yield chunk

    def _take(
        self, reader: PersonReader, table: Table, number: int, cells: list[str], seen: dict[str, bool]
    ) -> Person | Refusal | None:
        if not "".join(cells).strip():
            return None
        try:
            person = reader.read(cells)
        except RowFault as fault:
            return self._refusal(table, number, cells, Outcome.INVALID, str(fault))
        opts_out = person.opts_out
        before = seen.get(person.address)
        if before is None or (opts_out and not before):
            seen[person.address] = opts_out
            return person
        return self._refusal(
            table, number, cells, Outcome.DUPLICATE, _("This address stands in an earlier row.")
        )

    def _refusal(self, table: Table, number: int, cells: list[str], outcome: Outcome, reason: str) -> Refusal:
        place = Place(table.name, number)
        # A column that says it stands in the row as it is.
        status = "" if "status" in self.record.mapping.values() else self._status(table)
        return Refusal(place, outcome, cells, reason, table.headings, status)

    def _status(self, table: Table) -> str:
        """What the file's name, or else the person who uploaded it, says of every row of the table."""
        return self.statuses.get(table.name) or self.record.assumed

    def _reader(self, table: Table) -> PersonReader:
        if self.record.file_kind == OWN:
            return OwnPersonReader(table.headings, mapping=self.record.mapping, vocabulary=self.vocabulary)
        return PersonReader(
            table.headings,
            mapping=self.record.mapping,
            vocabulary=self.vocabulary,
            newsletter_id=self.record.newsletter_id,
            joins_as=self.record.joins_as,
            status=self._status(table),
        )
