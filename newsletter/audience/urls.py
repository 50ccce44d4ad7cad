"""Included under i18n_patterns at the root: sign-up, and the pages people reach by a signed link."""

from django.urls import path

from newsletter.audience import views

app_name = "audience"

urlpatterns = [
    path("subscribe/", views.newsletters, name="subscribe"),
    path("subscribe/sent/", views.sent, name="sent"),
    path("subscribe/<slug:slug>/", views.sign_up, name="sign_up"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("preferences/<str:token>/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
