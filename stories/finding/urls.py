"""Included under i18n_patterns at the root."""

from django.urls import path

from stories.finding import views

app_name = "stories"

urlpatterns = [
    path("search/", views.search, name="search"),
    path("topics/<str:slug>/", views.topic, name="topic"),
    path("places/<str:slug>/", views.place, name="place"),
    path("authors/<str:slug>/", views.author, name="author"),
]
