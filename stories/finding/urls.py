"""Included under i18n_patterns at the root."""

from django.urls import path

from stories.finding import views

app_name = "stories"

urlpatterns = [
    path("search/", views.search, name="search"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
    path("places/<slug:slug>/", views.place, name="place"),
    path("authors/<slug:slug>/", views.author, name="author"),
]
