"""The entry "Import and export" of the admin's menu, and its pages."""

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from newsletter.audience.transfer import views


class TransferMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perms(views.IMPORTING) or request.user.has_perms(views.EXPORTING)


class TransferViewSet(ViewSet):
    name = "import"
    icon = "download"
    menu_label = _("Import and export")
    menu_name = "import"
    menu_item_class = TransferMenuItem

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", views.index, name="index"),
            path("new/", views.upload, name="upload"),
            path("export/", views.export, name="export"),
            path("<int:pk>/", views.detail, name="detail"),
            path("<int:pk>/columns/", views.columns, name="columns"),
            path("<int:pk>/steer/", views.steer, name="steer"),
            path("<int:pk>/refused.csv", views.refused_rows, name="refused"),
        ]
