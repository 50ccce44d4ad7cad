"""Nothing unfinished goes out, whichever way it is published. Drafts are never kept from being saved.

Wagtail publishes in two ways: Page.publish() (revisions, workflows, schedules, bulk) and its publish action used
directly (the editor's button, the admin API). Both end in Page.save() with a new live revision, so that is where the
last guard stands; the first one, in publish(), refuses before anything is written.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from stories.quality.going_out import going_out_together
from stories.quality.registry import Finding, errors_of

if TYPE_CHECKING:
    from stories.models.articles import ArticlePage


class UnfitToPublish(ValidationError):
    """Names every error that has to be mended first."""

    def __init__(self, page: "ArticlePage", findings: list[Finding]) -> None:
        super().__init__({NON_FIELD_ERRORS: [finding.message for finding in findings]})
        self.page = page
        self.findings = findings


def refuse_unfit(page: "ArticlePage") -> None:
    """Raises UnfitToPublish when the article, as this object holds it, has errors."""
    if findings := errors_of(page):
        raise UnfitToPublish(page, findings)


def guard_saving(page: "ArticlePage") -> None:
    """Called before a page is written. Raises UnfitToPublish when that would put an unfinished article before people.

    One that is added to the tree live, as the "new page" form and copying do, is added as a draft instead: refusing
    would lose what was written.
    """
    if not page.live:
        return
    if page._state.adding:
        if errors_of(page):
            page.live, page.has_unpublished_changes, page.live_revision = False, True, None
        return
    stored = type(page)._base_manager.filter(pk=page.pk).values_list("live", "live_revision_id").first()
    if stored != (True, page.live_revision_id):
        refuse_unfit(page)


def sort_out(pages: Iterable[Any]) -> tuple[list[Any], list[UnfitToPublish]]:
    """Drafts that can be published together, and a refusal for each that cannot. Links among the former are no fault."""
    fit = list(pages)
    refused: dict[int, UnfitToPublish] = {}
    while True:
        with going_out_together(page.pk for page in fit):
            newly = {page.pk: refusal for page in fit if (refusal := refusal_of(page))}
        if not newly:
            return fit, list(refused.values())
        refused |= newly
        fit = [page for page in fit if page.pk not in newly]


def refusal_of(page: Any) -> UnfitToPublish | None:
    """None for a page that is fit, and for pages that are no articles."""
    from stories.models.articles import ArticlePage

    findings = errors_of(page) if isinstance(page, ArticlePage) else []
    return UnfitToPublish(page, findings) if findings else None
