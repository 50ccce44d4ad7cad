from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.permissions import page_permission_policy

from stories.wordpress.reports import ImportedPagesView


class ImportedPagesMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(
            page_permission_policy.user_has_any_permission(request.user, ["add", "change", "publish"])
        )


@hooks.register("register_reports_menu_item")
def imported_pages_menu_item() -> MenuItem:
    return ImportedPagesMenuItem(
        _("Imported pages"),
        reverse("imported_pages_report"),
        name="imported-pages",
        icon_name="download",
        order=900,
    )


@hooks.register("register_admin_urls")
def imported_pages_urls() -> list[URLPattern]:
    results: Any = ImportedPagesView.as_view(results_only=True)
    return [
        path("reports/imported-pages/", ImportedPagesView.as_view(), name="imported_pages_report"),
        path("reports/imported-pages/results/", results, name="imported_pages_report_results"),
    ]
