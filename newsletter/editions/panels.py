"""The edition's form under the steps of its way out of the house."""

from typing import Any

from django.utils.html import format_html_join
from wagtail import hooks
from wagtail.admin.panels import TabbedInterface


class TabsUnderSteps(TabbedInterface):
    """The tabs of a page's form; above them what the hook "edition_form_head" gives.

    A hook gets (edition, request), the edition perhaps unsaved, and returns safe HTML. What happens to an edition
    after it is written is another room's.
    """

    class BoundPanel(TabbedInterface.BoundPanel):
        template_name = "editions/admin/tabs_under_steps.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            heads = ((hook(self.instance, self.request),) for hook in hooks.get_hooks("edition_form_head"))
            return {**context, "head": format_html_join("", "{}", heads)}
