from django.urls import path

from stories import review_views

urlpatterns = [path("review/<str:token>/", review_views.review, name="review")]
