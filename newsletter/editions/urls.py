from django.urls import path

from newsletter.editions import views

app_name = "editions"

urlpatterns = [
    path("new/", views.new_edition, name="new"),
    path("duplicate/", views.duplicate_last, name="duplicate_last"),
]
