"""Included under i18n_patterns, before Wagtail's pages."""

from django.urls import path, re_path

from stories.events import views

urlpatterns = [
    path("calendar.ics", views.all_coming, name="calendar"),
    re_path(r"^(?P<path>(?:[\w-]+/)+)calendar\.ics$", views.one_event, name="event_calendar"),
]
