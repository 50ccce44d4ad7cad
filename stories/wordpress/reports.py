"""Reports → Imported pages: what came from WordPress, and what its import check counted."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from stories.wordpress.models import ImportedDocument
from stories.wordpress.parity import ROW_LABELS
from stories.wordpress.report import KIND_LABELS, grouped, notes_from_json


class ImportedPagesFilterSet(WagtailFilterSet):
    title = django_filters.CharFilter(label=_("Title"), lookup_expr="icontains")

    class Meta:
        model = ImportedDocument
        fields = ["title", "wordpress_type"]


class ImportedPagesView(ReportView):
    """Read-only. Shows the pages that the person may edit, and the ones that are gone to nobody."""

    page_title = _("Imported pages")
    header_icon = "download"
    model = ImportedDocument
    index_url_name = "imported_pages_report"
    index_results_url_name = "imported_pages_report_results"
    results_template_name = "wordpress/reports/imported_pages_results.html"
    filterset_class = ImportedPagesFilterSet
    permission_policy = page_permission_policy
    any_permission_required = ["add", "change", "publish"]
    list_export = ["title", "source_url", "wordpress_type", "imported_at"]

    def get_queryset(self) -> QuerySet[ImportedDocument]:
        editable = page_permission_policy.instances_user_has_permission_for(self.request.user, "change")
        return ImportedDocument.objects.filter(
            page__in=Page.objects.filter(pk__in=editable.values("pk"))
        ).select_related("page")

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        for imported in object_list:
            imported.rows = [
                (ROW_LABELS[key], there, here)
                for key, there, here in imported.report.get("rows", [])
                if key in ROW_LABELS
            ]
            imported.notes = [
                (
                    KIND_LABELS[kind],
                    [
                        (text, len(details), [detail for detail in details if detail])
                        for text, details in texts.items()
                    ],
                )
                for kind, texts in grouped(notes_from_json(imported.report.get("notes"))).items()
            ]
        return object_list
