"""What the segment's form shows beside its rules."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Segment
from newsletter.audience.segmentation import describe, people_in

SAMPLE = 10


class SegmentPeoplePanel(Panel):
    """Whom the segment means as it was saved: in words, how many, and the first ten. Or why it means nobody."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("heading", _("People"))
        super().__init__(**kwargs)

    class BoundPanel(Panel.BoundPanel):
        template_name = "audience/admin/segment_people.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            segment: Segment = self.instance
            if segment.pk:
                try:
                    people = people_in(segment)
                    context.update(
                        description=describe(segment), count=people.count(), sample=people[:SAMPLE]
                    )
                except SegmentUnusable as fault:
                    context["fault"] = str(fault)
            may_see = self.request.user.has_perm("audience.view_subscriber") or self.request.user.has_perm(
                "audience.change_subscriber"
            )
            return {**context, "segment": segment, "may_see_people": may_see}
