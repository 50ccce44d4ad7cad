"""Which pages people can open by the time an article is out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.utils import timezone
from wagtail.models import Page, Revision, get_default_page_content_type

if TYPE_CHECKING:
    from stories.models.articles import ArticlePage

_together: ContextVar[frozenset[int]] = ContextVar("going_out_together", default=frozenset())


@contextmanager
def going_out_together(page_ids: Iterable[int]) -> Iterator[None]:
    """Pages published in the same breath may link to one another, though none of them can be the first."""
    before = _together.set(_together.get() | frozenset(page_ids))
    try:
        yield
    finally:
        _together.reset(before)


def opens_by(page: "ArticlePage", page_ids: Iterable[int]) -> set[int]:
    """Those of the pages that are open when this one goes out: published, scheduled not later, or going out with it."""
    wanted = set(page_ids)
    known = wanted & ({page.pk} | _together.get())
    rest = wanted - known
    if not rest:
        return known
    live = set(Page.objects.filter(pk__in=rest, live=True).values_list("pk", flat=True))
    now = timezone.now()
    scheduled = Revision.objects.filter(
        base_content_type=get_default_page_content_type(),
        object_id__in=[str(pk) for pk in rest - live],
        approved_go_live_at__lte=max(page.go_live_at or now, now),
    )
    return known | live | {int(object_id) for object_id in scheduled.values_list("object_id", flat=True)}
