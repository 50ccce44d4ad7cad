"""Included under i18n_patterns at feeds/. A room that adds an address of its own puts it before these."""

from django.urls import path, re_path

from . import views

app_name = "feeds"

CHANNEL = r"(?P<channel>[^/]+)"
EXTENSION = r"(?P<extension>[A-Za-z0-9]+)"

urlpatterns = [
    path("", views.index, name="index"),
    re_path(
        rf"^{CHANNEL}/archive/(?P<number>[1-9][0-9]{{0,5}})\.{EXTENSION}$", views.archive, name="archive"
    ),
    re_path(rf"^{CHANNEL}\.{EXTENSION}$", views.feed, name="feed"),
    re_path(r"^(?P<name>[^/.]+)/?$", views.unknown, name="unknown"),
]
