"""Long lists page by page, without counting them: to count ten thousand articles costs more than to show twenty."""

from typing import Any

from django.core.paginator import EmptyPage, InvalidPage, Page, Paginator
from django.db.models import QuerySet


class UncountedPage(Page):
    """A page that knows whether there is a next one, and not how many there are."""

    def __init__(self, object_list: QuerySet, number: int, paginator: Paginator, *, is_last: bool) -> None:
        super().__init__(object_list, number, paginator)
        self.is_last = is_last

    def has_next(self) -> bool:
        return not self.is_last

    def next_page_number(self) -> int:
        return self.number + 1

    def previous_page_number(self) -> int:
        return self.number - 1


class UncountedPaginator(Paginator):
    """Like Django's, for a queryset in a complete order. Only a page after the last one makes it count."""

    def get_page(self, number: Any) -> Page:
        try:
            number = int(number)
        except (TypeError, ValueError):
            number = 1
        try:
            return self.page(max(number, 1))
        except InvalidPage:
            return super().page(self.num_pages)

    def page(self, number: int | str) -> Page:
        """Raises EmptyPage when the list has ended before."""
        number = int(number)
        if number > self.farthest:
            raise EmptyPage(f"There is no page {number}.")
        start = (number - 1) * self.per_page
        pages: QuerySet = self.object_list  # type: ignore[assignment]
        keys = list(pages.values_list("pk", flat=True)[start : start + self.per_page + 1])
        if not keys and number > 1:
            raise EmptyPage(f"There is no page {number}.")
        # By their keys alone: the conditions held a moment ago, and cost as much again.
        shown = pages.model._default_manager.filter(pk__in=keys[: self.per_page]).order_by(
            *pages.query.order_by
        )
        return UncountedPage(shown, number, self, is_last=len(keys) <= self.per_page)

    # SQLite takes no larger offset than a 64-bit number, and nobody has read so far.
    farthest = 1_000_000
