"""Publishing many pages at once: those that are ready go out, the others stay drafts and are named."""

from collections.abc import Iterable, Iterator
from typing import Any

from wagtail.admin.views.pages.bulk_actions.publish import PublishBulkAction
from wagtail.models import Page

from stories.quality.gate import UnfitToPublish, sort_out
from stories.quality.going_out import going_out_together
from stories.quality.refusals import tell


class PublishReadyPages(PublishBulkAction):
    """In place of Wagtail's own, which would publish none of them for the sake of one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.refusals: list[UnfitToPublish] = []

    def get_execution_context(self) -> dict[str, Any]:
        return {**super().get_execution_context(), "refusals": self.refusals}

    @classmethod
    def execute_action(
        cls,
        objects: Iterable[Page],
        include_descendants: bool = False,
        user: Any = None,
        refusals: list[UnfitToPublish] | None = None,
        **_context: Any,
    ) -> tuple[int, int]:
        """How many of the chosen pages, and how many below them, were published."""
        chosen = list(objects)
        below = list(_drafts_below(chosen, user)) if include_descendants else []
        revisions = {
            page.pk: page.get_latest_revision() or page.specific.save_revision(user=user)
            for page in (*chosen, *below)
        }
        fit, refused = sort_out([revision.as_object() for revision in revisions.values()])
        if refusals is not None:
            refusals.extend(refused)
        ready = {page.pk for page in fit}
        with going_out_together(ready):
            for pk in ready:
                revisions[pk].publish(user=user)
        of_chosen = len(ready & {page.pk for page in chosen})
        return of_chosen, len(ready) - of_chosen

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str | None:
        for refusal in self.refusals:
            tell(self.request, refusal)
        if not num_parent_objects and not num_child_objects:
            return None
        return str(super().get_success_message(num_parent_objects, num_child_objects))


def _drafts_below(pages: list[Page], user: Any) -> Iterator[Page]:
    for page in pages:
        for draft in page.get_descendants().not_live().defer_streamfields().specific().iterator():
            if user is None or draft.permissions_for_user(user).can_publish():
                yield draft
