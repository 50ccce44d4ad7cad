"""Included under i18n_patterns at the root: sign-up, and the pages people reach by a signed link."""

from django.urls import path

from newsletter.audience.views import readers, sign_up, your_data

app_name = "audience"

urlpatterns = [
    path("subscribe/", sign_up.newsletters, name="subscribe"),
    path("subscribe/sent/", sign_up.sent, name="sent"),
    path("subscribe/<slug:slug>/", sign_up.sign_up, name="sign_up"),
    path("subscribe/<slug:slug>/embed/", sign_up.embed, name="embed"),
    path("confirm/<str:token>/", readers.confirm, name="confirm"),
    path("preferences/", sign_up.link_again, name="link_again"),
    path("preferences/sent/", sign_up.link_sent, name="link_sent"),
    path("preferences/<str:token>/", readers.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", readers.unsubscribe, name="unsubscribe"),
    path("your-data/<str:token>/", your_data.your_data, name="your_data"),
    path("your-data/<str:token>/download/", your_data.download, name="download"),
    path("your-data/<str:token>/erase/", your_data.erasure, name="erase"),
    path("new-address/<str:token>/", your_data.new_address, name="new_address"),
]
