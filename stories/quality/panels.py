"""The article's form under what has to be mended before it is published."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import ObjectList, TabbedInterface
from wagtail.utils.decorators import cached_classmethod

from stories.quality.registry import check_article


def panel_context(page: Any) -> dict[str, Any]:
    """What the list of findings is drawn from; `page` as its latest draft."""
    findings = check_article(page)
    errors = sum(finding.level == "error" for finding in findings)
    return {"page": page, "findings": findings, "errors": errors, "warnings": len(findings) - errors}


class TabsUnderFindings(TabbedInterface):
    class BoundPanel(TabbedInterface.BoundPanel):
        template_name = "stories/quality/tabs_under_findings.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            if not self.instance.pk:
                return context
            # A form that came back with faults holds half of what was typed: the check is of what is saved.
            draft = self.instance
            if self.form is not None and self.form.is_bound:
                draft = type(draft)._default_manager.get(pk=draft.pk).get_latest_revision_as_object()
            return {**context, **panel_context(draft)}


@cached_classmethod
def edit_handler_with_findings(cls: Any) -> Any:
    """In place of Page.get_edit_handler: the same tabs, under the findings."""
    tabs = [
        ObjectList(cls.content_panels, heading=_("Content")),
        ObjectList(cls.promote_panels, heading=_("Promote")),
        ObjectList(cls.settings_panels, heading=_("Settings")),
    ]
    return TabsUnderFindings(tabs, base_form_class=cls.base_form_class).bind_to_model(cls)
