"""Rows of our own export made into the people they were: nothing is guessed, and every newsletter is named."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from newsletter.audience.models import Subscription
from newsletter.audience.transfer.cells import restored
from newsletter.audience.transfer.faults import RowFault
from newsletter.audience.transfer.mapping import SUBSCRIPTION
from newsletter.audience.transfer.people import Person, PersonReader, Wish
from newsletter.audience.transfer.vocabulary import REASONS, Vocabulary

STATUSES = frozenset(Subscription.Status.values)


class OwnPersonReader(PersonReader):
    def __init__(
        self, headings: Sequence[str], *, mapping: Mapping[str, str], vocabulary: Vocabulary
    ) -> None:
        super().__init__(headings, mapping=mapping, vocabulary=vocabulary, newsletter_id=None)
        self.wishes = self._newsletters_with("status")
        self.listed = self._newsletters_with("do_not_mail")

    def _newsletters_with(self, field: str) -> dict[str, int]:
        return {
            slug: pk
            for slug, pk in self.vocabulary.newsletters.items()
            if f"{SUBSCRIPTION}{slug}:{field}" in self.columns
        }

    def _readable(self, cells: list[str]) -> list[str]:
        return [restored(cell) for cell in super()._readable(cells)]

    def _take_wishes(self, person: Person, cells: list[str]) -> None:
        person.created_at = self._from(cells, "created_at", self.vocabulary.moment)
        person.paused_until = self._from(cells, "paused_until", self.vocabulary.day)
        person.do_not_mail = self._reason(cells, "do_not_mail")
        person.do_not_mail_for = {
            pk: reason
            for slug, pk in self.listed.items()
            if (reason := self._reason(cells, f"{SUBSCRIPTION}{slug}:do_not_mail"))
        }
        person.is_kept = True
        person.wishes = {
            pk: wish for slug, pk in self.wishes.items() if (wish := self._own_wish(cells, slug))
        }

    def _reason(self, cells: list[str], target: str) -> str:
        reason = self._one(cells, target)
        if reason and reason not in REASONS:
            raise RowFault(_("this is no reason of the do-not-mail list."), column=self._heading(target))
        return reason

    def _own_wish(self, cells: list[str], slug: str) -> Wish | None:
        prefix = f"{SUBSCRIPTION}{slug}:"
        status = self._one(cells, f"{prefix}status")
        if not status:
            return None
        if status not in STATUSES:
            raise RowFault(
                _("the status “%(status)s” is not known.") % {"status": status[:60]},
                column=self._heading(f"{prefix}status"),
            )
        asked, confirmed, left = (
            self._from(cells, f"{prefix}{name}", self.vocabulary.moment)
            for name in ("requested_at", "confirmed_at", "unsubscribed_at")
        )
        rhythm = self.vocabulary.rhythm(self._one(cells, f"{prefix}rhythm"))
        return Wish(status, rhythm, asked, confirmed, left)
