"""The segment's form, and what it shows beside its rules."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel

from newsletter.audience.admin_forms import RolesNamed
from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Segment
from newsletter.audience.segment_previews import Meant, log_view, whom_it_means
from newsletter.audience.segmentation import describe
from newsletter.audience.visible import is_limited


class SegmentForm(RolesNamed):
    """Whoever is limited to some newsletters does not say who may send to a segment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.for_user is not None and is_limited(self.for_user):
            del self.fields["senders"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        rules, exceptions = cleaned.get("rules"), cleaned.get("exceptions")
        # The preview says itself that there are no conditions yet.
        if not self.is_deferred_validation and rules is not None and not rules and not exceptions:
            self.add_error("rules", _("Add a condition: without one nobody knows whom the segment means."))
        return cleaned


class SegmentPeoplePanel(Panel):
    """Whom the segment means as it was saved. The preview says the same of what is being typed."""

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
                    describe(segment)
                    meant = whom_it_means(segment.as_stored(), user=self.request.user)
                except SegmentUnusable as fault:
                    meant = Meant(fault=str(fault))
                log_view(segment, meant, user=self.request.user)
                context["meant"] = meant
            return {**context, "segment": segment}
