"""What the admin's front page says about the list."""

from typing import Any

from django.http import HttpRequest
from wagtail.admin.ui.components import Component

from newsletter.audience.growth import growth_of_list

COLUMN, GAP, HEIGHT = 34, 10, 120


class ListGrowthPanel(Component):
    """Twelve weeks, as a drawing and as a table; for who may see subscribers."""

    name = "list_growth"
    template_name = "audience/admin/list_growth.html"
    order = 300

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        growth = growth_of_list()
        scale = HEIGHT / growth.tallest if growth.tallest else 0
        columns = []
        for number, week in enumerate(growth.weeks):
            joined, left = round(week.joined * scale, 1), round(week.left * scale, 1)
            columns.append(
                {
                    "x": number * (COLUMN + GAP),
                    "joined": joined,
                    "joined_top": HEIGHT - joined,
                    "left": left,
                    "left_top": HEIGHT - left,
                }
            )
        return {
            "growth": growth,
            "columns": columns,
            "width": len(columns) * (COLUMN + GAP),
            "height": HEIGHT,
            "half": COLUMN // 2,
        }


def add_list_growth(request: HttpRequest, panels: list[Any]) -> None:
    if request.user.has_perm("audience.view_subscriber"):
        panels.append(ListGrowthPanel())
