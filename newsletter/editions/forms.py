from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm


class EditionForm(WagtailAdminPageForm):
    """A new edition is numbered after the highest number on its newsletter's page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and self.parent_page is not None and "number" in self.fields:
            editions = self._meta.model.objects.child_of(self.parent_page).exclude(number=None)
            last = editions.order_by("-number").values_list("number", flat=True).first()
            self.initial["number"] = (last or 0) + 1
