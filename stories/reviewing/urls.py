from django.urls import path

from stories.reviewing import views

urlpatterns = [path("review/<str:token>/", views.review, name="review")]
