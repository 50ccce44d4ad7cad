"""Included under i18n_patterns, before Wagtail's pages."""

from django.urls import path, re_path

from stories import calendar_views

urlpatterns = [
    path("calendar.ics", calendar_views.all_coming, name="calendar"),
    re_path(r"^(?P<path>(?:[\w-]+/)+)calendar\.ics$", calendar_views.one_event, name="event_calendar"),
]
